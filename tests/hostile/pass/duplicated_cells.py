"""duplicated solution cells

Hands in its answer twice: the copy kept the original's names.
"""

import copy

from tests.hostile.specimen import place, write

NOTES = "'scale' occurs 2 times"


def submit(folder, notebook):
    where = place(notebook, "scale")
    notebook["cells"].insert(where, copy.deepcopy(notebook["cells"][where]))
    write(folder, notebook)
