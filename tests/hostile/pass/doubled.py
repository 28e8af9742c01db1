"""doubled notebooks

Hands in the notebook and a wrong copy of it beside; the right name counts.
"""

import copy

from tests.hostile.specimen import answer, write


def submit(folder, notebook):
    write(folder, notebook)
    write(
        folder, answer(copy.deepcopy(notebook), "scale", "def scale(x, factor):\n    return 0"), "a01_toy-Copy1.ipynb"
    )
    (folder / ".ipynb_checkpoints").mkdir()
    write(folder / ".ipynb_checkpoints", notebook, "a01_toy-checkpoint.ipynb")
