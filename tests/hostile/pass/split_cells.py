"""split solution cells

Hands in its answer in three cells, of which the first kept the name.
"""

from tests.hostile.specimen import answer, new_cell, place, write


def submit(folder, notebook):
    answer(notebook, "scale", "def multiply(one, other):\n    return one * other")
    where = place(notebook, "scale") + 1
    notebook["cells"][where:where] = [
        new_cell("print(multiply(2, 3))", id="try-it"),
        new_cell("def scale(x, factor):\n    return multiply(x, factor)", id="rest"),
    ]
    write(folder, notebook)
