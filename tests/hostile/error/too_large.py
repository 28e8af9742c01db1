"""100 MB of embedded outputs

Hands in a notebook of 200 MB.
"""

EXPECT = {"total": "error"}
NOTES = "clear its outputs"


def submit(folder, notebook):
    with open(folder / "a01_toy.ipynb", "wb") as file:
        file.truncate(200_000_000)
