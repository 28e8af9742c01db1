"""empty

Hands in the notebook as it was given out.
"""

from tests.hostile.specimen import answer, write

EXPECT = {"total": "error"}


def submit(folder, notebook):
    for name in ("scale", "total"):
        answer(notebook, name, f"def {name}(*args):\n    raise NotImplementedError  # your code here")
    write(folder, notebook)
