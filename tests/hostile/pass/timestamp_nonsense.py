"""bad timestamps

Hands in a timestamp that is no time.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    (folder / "timestamp.txt").write_text("31 February 99999, half past never")
