"""not UTF-8

Hands in a notebook saved as UTF-16.
"""

import json

EXPECT = {"total": "error"}
NOTES = "is not UTF-8"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_bytes(json.dumps(notebook).encode("utf-16"))
