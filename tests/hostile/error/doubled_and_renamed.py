"""doubled notebooks

Hands in two notebooks, neither under the right name: nobody can know which one counts.
"""

from tests.hostile.specimen import write

EXPECT = {"total": "error"}
NOTES = "several others are there"


def submit(folder, notebook):
    write(folder, notebook, "draft.ipynb")
    write(folder, notebook, "final.ipynb")
