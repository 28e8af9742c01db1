"""missing schema keys

Hands in cells that are no cells: null, numbers, cells without a type or a text.
"""

from tests.hostile.specimen import write

NOTES = "cells were none"


def submit(folder, notebook):
    notebook["cells"][1:1] = [
        None,
        7,
        [],
        {},
        {"cell_type": "code"},
        {"source": 3},
        {"cell_type": "code", "source": {}},
    ]
    write(folder, notebook)
