"""time in many cells

A notebook of a hundred cells, each of which works as long as a cell may.
"""

from tests.hostile.specimen import new_cell, write

EXPECT = {"total": "timeout"}


def submit(folder, notebook):
    source = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 2.5:\n    pass"
    notebook["cells"][1:1] = [new_cell(source, id=f"cell-{number}") for number in range(100)]
    write(folder, notebook)
