"""duplicated solution cells

Hands in each grade cell ten times.
"""

import copy

from tests.hostile.specimen import place, write


def submit(folder, notebook):
    for name in ("check-scale", "check-total"):
        where = place(notebook, name)
        notebook["cells"][where:where] = [copy.deepcopy(notebook["cells"][where]) for _ in range(9)]
    write(folder, notebook)
