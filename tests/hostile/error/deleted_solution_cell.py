"""deleted grade cells

Hands in a notebook without the cell that holds the answer.
"""

from tests.hostile.specimen import place, write

NOTES = "'scale' was missing"


def submit(folder, notebook):
    del notebook["cells"][place(notebook, "scale")]
    write(folder, notebook)
