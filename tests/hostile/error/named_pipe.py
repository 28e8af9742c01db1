"""symlinks

Hands in a named pipe, which blocks whoever opens it, as its notebook.
"""

import os

EXPECT = {"total": "error"}
NOTES = "not a regular file"


def submit(folder, notebook):
    os.mkfifo(folder / "a01_toy.ipynb")
