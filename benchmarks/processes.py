"""What the processes below this one cost: CPU seconds and private memory, read from Linux's /proc.

before = cpu_seconds()
...
cpu_seconds() - before      # of this process, all its descendants, and those that have ended and were waited for
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat after the name: state, parent, ..."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def descendants() -> list[int]:
    """All processes below this one, at this moment."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(int(stat(int(entry))[1]), []).append(int(entry))
            except OSError:  # it has ended
                continue
    found = [os.getpid()]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def cpu_seconds() -> float:
    """CPU time so far of this process and everything below it; who has ended counts where a parent waited for it."""
    total = 0
    for pid in [os.getpid(), *descendants()]:
        try:
            total += sum(int(field) for field in stat(pid)[11:15])  # own and children's, in user and system mode
        except OSError:
            continue
    return total / TICKS


def private_mib(pid: int) -> float:
    """Memory that only this process has (USS); what it shares with the zygote it was forked from is not in it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            rows = [line.split() for line in file]
    except OSError:  # it has ended, or may not be looked at
        return 0.0
    return sum(int(row[1]) for row in rows if row[0] in (b"Private_Clean:", b"Private_Dirty:")) / 1024


class Watch:
    """The largest private memory of processes that were not there before: together, and each by its name."""

    def __init__(self) -> None:
        self.before, self.most, self.parts = set(descendants()), 0.0, {}

    def look(self) -> None:
        sizes = {pid: private_mib(pid) for pid in descendants() if pid not in self.before}
        if sum(sizes.values()) > self.most:
            self.most, self.parts = sum(sizes.values()), {pid: size for pid, size in sizes.items() if size > 0}


@contextmanager
def watching(seconds: float = 0.01) -> Iterator[Watch]:
    """Look every `seconds` at the processes that come up meanwhile."""
    watch, over = Watch(), threading.Event()

    def work() -> None:
        while not over.wait(seconds):
            watch.look()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
