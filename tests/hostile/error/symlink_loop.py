"""symlinks

Hands in links to itself, to /dev/zero, to the gradebook and to nowhere.
"""

import os

EXPECT = {"total": "error"}
NOTES = "is a link"


def submit(folder, notebook):
    os.symlink("a01_toy.ipynb", folder / "a01_toy.ipynb")
    os.symlink("/dev/zero", folder / "zero.ipynb")
    os.symlink("..", folder / "up")
    os.symlink("/nowhere", folder / "timestamp.txt")
    os.symlink(folder.parents[2] / "gradebook.db", folder / "gradebook.db")
