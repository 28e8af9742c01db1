"""bad timestamps

Hands in a timestamp of random bytes.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    (folder / "timestamp.txt").write_bytes(bytes(range(256)) * 100)
