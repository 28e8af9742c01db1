"""resubmission while grading

Replaces its notebook by a wrong one, and then by none, while the class is graded: what was there at the start counts.
"""

import shutil

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)


def during(folder):
    (folder / "a01_toy.ipynb").write_text("{}")
    (folder / "new.ipynb").write_text("{}")
    shutil.rmtree(folder)
