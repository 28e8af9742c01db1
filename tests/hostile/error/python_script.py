"""not JSON

Hands in a Python script under the notebook's name.
"""

EXPECT = {"total": "error"}
NOTES = "is not JSON"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text("def scale(x, factor):\n    return x * factor\n")
