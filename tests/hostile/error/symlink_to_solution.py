"""symlinks

Hands in a link to the instructor's solution.
"""

import os

EXPECT = {"total": "error"}
NOTES = "is a link"


def submit(folder, notebook):
    course = folder.parents[2]
    name = next(name for name in ("solutions", "source") if (course / name).is_dir())
    os.symlink(course / name / "a01_toy" / "a01_toy.ipynb", folder / "a01_toy.ipynb")
