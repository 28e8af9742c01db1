"""One sandboxed process as the judge holds it: a request goes in, an answer comes out, and clocks watch.

    process = Process(control, packages=("numpy",), clocks=Clocks())
    process.ask(["call", "adam_step", args, kwargs], cpu_limit=4.0)     # an answer, or StudentError

A process that ends before any of the student's code ran in it is our failure, an `OSError`, and never the student's.
"""

import os
import socket
import time
from dataclasses import dataclass

from autograder import wire
from autograder.testing import StudentError

TICK = 0.05  # seconds between looks at the clocks


@dataclass(frozen=True)
class Clocks:
    """CPU seconds for a cell, a call and a test; wall time is a backstop for code that waits instead of working."""

    cell: float = 10.0
    call: float = 4.0
    test: float = 12.0
    wall: float = 25.0
    timeouts: int = 2  # of one function, before it is not called any more
    processes: int = 30  # of one submission


class Control:
    """The judge's line to its supervisor: asks for sandboxed processes, reports what was found."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel

    def spawn(self, packages: tuple[str, ...]) -> tuple[int, socket.socket]:
        wire.send(self.channel, ["spawn", list(packages)])
        _, pid = wire.receive(self.channel)
        _, descriptors, _, _ = socket.recv_fds(self.channel, 1, 1)
        return pid, socket.socket(fileno=descriptors[0])

    def kill(self, pid: int) -> None:
        wire.send(self.channel, ["kill", pid])

    def report(self, kind: str, record: dict) -> None:
        wire.send(self.channel, [kind, record])


class Process:
    """One sandboxed process. Trouble with it ends it and becomes a `StudentError`, before it is ready an `OSError`."""

    def __init__(self, control: Control, packages: tuple[str, ...], clocks: Clocks) -> None:
        self.control, self.clocks, self.alive, self.worked = control, clocks, True, 0.0
        self.pid, self.channel = control.spawn(packages)
        self.channel.settimeout(TICK)
        try:
            self._receive(clocks.cell)
        except (StudentError, wire.Disconnected) as error:
            self.end()
            raise ConnectionError(f"a sandboxed process did not start: {error}") from None

    def ask(self, request: list, cpu_limit: float) -> list:
        """Send one request and wait for its answer, as long as the clocks allow."""
        try:
            self.channel.settimeout(self.clocks.wall)
            wire.send(self.channel, request)
            self.channel.settimeout(TICK)
            return self._receive(cpu_limit)
        except wire.Disconnected:
            self.end()
            why = "the process ended without an answer (a crash, os._exit or memory)"
            raise StudentError("crash", message=why) from None

    def _receive(self, cpu_limit: float) -> list:
        started = looked = time.monotonic()
        cpu_started = self.cpu_seconds()

        def patience() -> None:
            nonlocal looked
            if time.monotonic() - looked < TICK:
                return
            looked = time.monotonic()
            used, waited = self.cpu_seconds() - cpu_started, looked - started
            if used > cpu_limit or waited > self.clocks.wall:
                spent = f"{used:.0f} s of work" if used > cpu_limit else f"{waited:.0f} s of waiting"
                self.end()
                raise StudentError("timeout", message=f"stopped after {spent}")

        try:
            answer = wire.receive(self.channel, patience)
        except wire.Disconnected:
            raise
        except wire.WireError as error:
            self.end()
            raise StudentError("forbidden", message=f"the answer could not be read: {error}") from None
        if type(answer) is not list or not answer or type(answer[0]) is not str:
            self.end()
            raise StudentError("forbidden", message="the answer was none of the protocol's")
        return answer

    def cpu_seconds(self) -> float:
        """What it has worked so far; kept, so that a dead process has not worked less."""
        self.worked = max(self.worked, cpu_seconds(self.pid))
        return self.worked

    def end(self) -> None:
        if self.alive:
            self.alive = False
            self.channel.close()
            self.control.kill(self.pid)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far; 0 where there is no /proc, so that only the wall clock counts."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
