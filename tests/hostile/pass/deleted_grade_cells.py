"""deleted grade cells

Hands in a notebook without the cells that carry the points.
"""

from tests.hostile.specimen import write

NOTES = "'check-scale' was missing"


def submit(folder, notebook):
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("check-")]
    write(folder, notebook)
