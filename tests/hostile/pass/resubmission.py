"""resubmission while grading

Replaces its notebook by another right one while the class is graded: whichever was read counts, whole.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)


def during(folder):
    path = folder / "a01_toy.ipynb"
    text = path.read_text()
    assert "x * factor" in text
    path.with_name("new.ipynb").write_text(text.replace("x * factor", "factor * x"))
    path.with_name("new.ipynb").replace(path)
