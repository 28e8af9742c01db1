"""changed grade flags

Marks the grade cell as an answer, the answer as a task, and itself as graded by hand.
"""

from tests.hostile.specimen import answer, place, write


def submit(folder, notebook):
    answer(notebook, "scale", "def scale(x, factor):\n    return x + factor")
    notebook["cells"][place(notebook, "check-scale")]["metadata"]["nbgrader"] |= {
        "grade": True, "solution": True, "locked": False, "task": False,
    }  # fmt: skip
    notebook["cells"][place(notebook, "check-scale")]["source"] = "4.0"
    notebook["cells"][place(notebook, "scale")]["metadata"]["nbgrader"] |= {"task": True, "solution": False}
    write(folder, notebook)
