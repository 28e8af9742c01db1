"""empty

Hands in a folder with nothing in it.
"""

EXPECT = {"total": "error"}
NOTES = "no notebook is there"


def submit(folder, notebook): ...
