"""symlinks

Hands in a link to the folder of the instructor's solution, instead of a folder.
"""

import os

EXPECT = {"total": "error"}


def submit(folder, notebook):
    course = folder.parents[2]
    name = next(name for name in ("solutions", "source") if (course / name).is_dir())
    folder.rmdir()
    os.symlink(course / name / "a01_toy", folder)
