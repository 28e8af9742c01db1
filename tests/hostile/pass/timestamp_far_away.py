"""bad timestamps

Hands in a timestamp of the year 1 with a time zone that puts it before all time.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook)
    (folder / "timestamp.txt").write_text("0001-01-01 00:00:00 +2359")
