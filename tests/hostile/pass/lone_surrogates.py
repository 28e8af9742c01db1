"""not UTF-8

Hands in text that JSON can write and UTF-8 cannot: halves of characters, in cells, ids, names and outputs.
"""

from tests.hostile.specimen import new_cell, place, write


def submit(folder, notebook):
    half = "\ud83d"
    notebook["cells"].insert(1, new_cell(f"half a smile {half}", "markdown", f"id{half}"))
    notebook["cells"].insert(1, new_cell(f"print('{half}')"))
    notebook["cells"][place(notebook, "total")]["source"] += f"  # {half}"
    notebook["metadata"][half] = half
    write(folder, notebook)
