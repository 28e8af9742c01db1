"""symlinks

Hands in a folder with the notebook's name.
"""

EXPECT = {"total": "error"}
NOTES = "not a regular file|cannot be opened"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").mkdir()
