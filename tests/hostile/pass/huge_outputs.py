"""100 MB of embedded outputs

Hands in a notebook whose outputs weigh 100 MB.
"""

from tests.hostile.specimen import new_cell, write


def submit(folder, notebook):
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0K" * 1_250_000}}
    cell = new_cell("1 + 1")
    cell["outputs"] = [picture] * 10
    notebook["cells"].insert(2, cell)
    write(folder, notebook)
