"""output of many cells

A notebook of 1,500 cells, each of which prints as much as is kept and fails with as long a message.
"""

from tests.hostile.specimen import answer, new_cell, write

EXPECT = {"total": "pass"}


def submit(folder, notebook):
    source = "print('\\N{GRINNING FACE}' * 30_000)\nraise ValueError('\\N{GRINNING FACE}' * 30_000)"
    notebook["cells"] += [new_cell(source, id=f"cell-{number}") for number in range(1500)]
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    raise ValueError"))
