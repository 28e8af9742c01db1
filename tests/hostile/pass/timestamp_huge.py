"""bad timestamps

Hands in a timestamp of twenty million digits.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    (folder / "timestamp.txt").write_text("2026-10-01 12:00:00 " + "1" * 20_000_000)
