"""a JSON list

Hands in the word null.
"""

EXPECT = {"total": "error"}
NOTES = "no notebook"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text("null")
