"""renamed notebooks

Hands in the notebook with capital letters in its name.
"""

from tests.hostile.specimen import write

NOTES = "expected the name a01_toy.ipynb"


def submit(folder, notebook):
    write(folder, notebook, "A01_Toy.ipynb")
