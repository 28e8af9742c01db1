"""reordered cells

Hands in the cells in the opposite order, the imports last.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    notebook["cells"].reverse()
    write(folder, notebook)
