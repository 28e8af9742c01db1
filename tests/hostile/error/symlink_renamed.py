"""symlinks

Hands in a link to another student's notebook, under another name.
"""

import os

EXPECT = {"total": "error"}


def submit(folder, notebook):
    other = next(path for path in sorted(folder.parents[1].iterdir()) if path != folder.parent)
    os.symlink(other / "a01_toy" / "a01_toy.ipynb", folder / "mine.ipynb")
