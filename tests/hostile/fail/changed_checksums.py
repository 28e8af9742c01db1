"""changed checksums

Replaces the text of the grade cell by a score and gives it the checksum of its new text.
"""

from tests.hostile.specimen import answer, place, write


def submit(folder, notebook):
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    answer(notebook, "scale", "def scale(x, factor):\n    return x + factor")
    cell = notebook["cells"][place(notebook, "check-scale")]
    cell["source"] = "4.0"
    cell["metadata"]["nbgrader"]["checksum"] = compute_checksum(from_dict(cell))
    write(folder, notebook)
