"""100,000 files

Hands in the notebook among 100,000 files.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    (folder / "data").mkdir()
    for number in range(100_000):
        (folder / "data" / f"{number}.txt").touch()
    write(folder, notebook)
