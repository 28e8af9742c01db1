"""bad timestamps

Hands in a named pipe as its timestamp, which blocks whoever reads it.
"""

import os

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    os.mkfifo(folder / "timestamp.txt")
