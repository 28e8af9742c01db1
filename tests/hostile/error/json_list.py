"""a JSON list

Hands in a list.
"""

EXPECT = {"total": "error"}
NOTES = "a list and no notebook"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text("[1, 2, 3]")
