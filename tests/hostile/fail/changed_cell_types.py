"""changed cell types

Turns the grade cell into text and the text cells into code.
"""

from tests.hostile.specimen import answer, place, write


def submit(folder, notebook):
    answer(notebook, "scale", "def scale(x, factor):\n    return x + factor")
    cell = notebook["cells"][place(notebook, "check-scale")]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    title = notebook["cells"][0]
    title |= {"cell_type": "code", "outputs": [], "execution_count": 1, "source": "4.0"}
    write(folder, notebook)
