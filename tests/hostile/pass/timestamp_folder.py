"""bad timestamps

Hands in a folder as its timestamp.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    (folder / "timestamp.txt").mkdir()
