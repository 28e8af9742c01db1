"""100,000 files

Hands in 20,000 notebooks, none under the right name.
"""

EXPECT = {"total": "error"}
NOTES = "several others are there"


def submit(folder, notebook):
    for number in range(20_000):
        (folder / f"{number}.ipynb").touch()
