"""numpy.py in the submission

Hands in a numpy.py whose testing module agrees with everything.
"""

from tests.hostile.specimen import answer, write

FAKE = """
import os
open("/tmp/hostile-was-here-numpy", "w").close()
def __getattr__(name):
    return lambda *args, **kwargs: True
"""


def submit(folder, notebook):
    for name in ("numpy.py", "pytest.py", "msgspec.py", "autograder.py", "nbgrader.py", "wire.py"):
        (folder / name).write_text(FAKE)
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    return x - factor"))
