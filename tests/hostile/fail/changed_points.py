"""changed points

Raises the points of its own grade cells and answers one question wrong.
"""

from tests.hostile.specimen import answer, place, write


def submit(folder, notebook):
    answer(notebook, "scale", "def scale(x, factor):\n    return x + factor")
    for name in ("check-scale", "check-total"):
        grading = notebook["cells"][place(notebook, name)]["metadata"]["nbgrader"]
        grading["points"] = 1000
    notebook["cells"][place(notebook, "scale")]["metadata"]["nbgrader"] |= {"grade": True, "points": 500}
    write(folder, notebook)
