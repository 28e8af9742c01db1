"""empty

Hands in a file of zero bytes.
"""

EXPECT = {"total": "error"}
NOTES = "is empty"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").touch()
