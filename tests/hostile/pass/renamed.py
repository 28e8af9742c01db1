"""renamed notebooks

Hands in the notebook under another name, with spaces and brackets.
"""

from tests.hostile.specimen import write

NOTES = "expected the name a01_toy.ipynb"


def submit(folder, notebook):
    write(folder, notebook, "a01_toy (1) [final] FINAL*.ipynb")
