"""path traversal in names

Names cells, ids and attachments after files outside the submission.
"""

from tests.hostile.specimen import answer, new_cell, place, write


def submit(folder, notebook):
    answer(notebook, "scale", "def scale(x, factor):\n    return x + factor")
    extra = new_cell("![picture](attachment:../../../hostile-was-here.png)", "markdown", "../../../../gradebook.db")
    extra["attachments"] = {"../../../../hostile-was-here.png": {"image/png": "aGVsbG8="}}
    extra["metadata"]["nbgrader"] = {
        "grade_id": "../../../solutions/a01_toy/hostile-was-here",
        "grade": True,
        "points": 9,
    }
    notebook["cells"].insert(1, extra)
    notebook["metadata"]["title"] = "../../../../hostile-was-here"
    notebook["metadata"]["kernelspec"] = {"name": "../../hostile-was-here", "display_name": "x", "language": "python"}
    notebook["cells"][place(notebook, "total")]["metadata"]["nbgrader"]["notebook"] = "../../hostile-was-here"
    write(folder, notebook)
