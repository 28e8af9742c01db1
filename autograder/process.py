"""One sandboxed process as the judge holds it: a request goes in, an answer comes out, and clocks watch.

    process = Process(control, packages=("numpy",), clocks=Clocks())
    process.ask(["call", "adam_step", args, kwargs], cpu_limit=4.0)     # an answer, or StudentError

While it works on a request, it may call back a function that the request handed over; whatever else it says out of turn
is `forbidden`, and ends it. A process that ends before any of the student's code ran in it is our failure, an
`OSError`, and never the student's; so is `Starved`, one that wanted to work and got no processor.
"""

import os
import socket
import time
from dataclasses import dataclass

from autograder import wire
from autograder.callbacks import Refused
from autograder.exchange import Exchange
from autograder.testing import StudentError

TICK = 0.05  # seconds between looks at the clocks
ENOUGH_DROPPED = 32  # handles that nobody holds any more are worth a message of their own


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


class Starved(OSError):
    """Time is over on the wall, but the machine never let the process work: nobody's fault but ours."""


class Process:
    """One sandboxed process. Trouble with it ends it and becomes a `StudentError`, before it is ready an `OSError`."""

    def __init__(self, control: Control, packages: tuple[str, ...], clocks: Clocks) -> None:
        self.control, self.clocks, self.alive = control, clocks, True
        self.exchange = Exchange()
        self.worked = 0.0  # CPU seconds, when last looked at
        self.unseen = 0.0  # seconds of answering since then, at most
        self.ours = self.inside = 0.0  # seconds spent in functions of ours; in requests
        self.pid, self.channel = control.spawn(packages)
        self.channel.settimeout(TICK)
        try:
            self._receive(Watch(self, clocks.cell))
        except (StudentError, wire.Disconnected) as error:
            self.end()
            raise ConnectionError(f"a sandboxed process did not start: {error}") from None

    def ask(self, request: list, cpu_limit: float) -> list:
        """Send one request and wait for its answer, as long as the clocks allow; meanwhile answer its calls back."""
        if self.unseen > TICK:
            self.look()
        inside, watch = self.inside, Watch(self, cpu_limit)
        try:
            if len(self.exchange.dropped) >= ENOUGH_DROPPED:
                self._send(["drop", self.exchange.take_dropped()])
            self._send(request)
            answer = self._receive(watch)
            while answer[0] == "back":
                self._send(self._called_back(answer))
                watch.patience(1)
                answer = self._receive(watch)
        except wire.Disconnected:
            self.end()
            why = "the process ended without an answer (a crash, os._exit or memory)"
            raise StudentError("crash", message=why) from None
        except BaseException:  # a request that is left without its answer leaves the line out of step
            self.end()
            raise
        finally:
            spent = time.monotonic() - watch.started
            self.inside = inside + spent
            self.unseen += spent
        return answer

    def _send(self, message: list) -> None:
        self.channel.settimeout(self.clocks.wall)
        wire.send(self.channel, message)
        self.channel.settimeout(TICK)

    def _receive(self, watch: "Watch") -> list:
        try:
            answer = wire.receive(self.channel, watch.patience)
        except wire.Disconnected:
            raise
        except wire.WireError as error:
            raise self.forbidden(f"the answer could not be read: {error}") from None
        if type(answer) is not list or not answer or type(answer[0]) is not str:
            raise self.forbidden("the answer was none of the protocol's")
        return answer

    def _called_back(self, message: list) -> list:
        """Do what a call back asks, and say how it went: its value, or a fixed code."""
        started, inside = time.monotonic(), self.inside
        try:
            reply = ["gave", self.exchange.answer(*wire.fields(message[1:], int, list, list))]
        except Refused as refusal:
            if not self.alive and refusal.__cause__ is not None:
                raise refusal.__cause__ from None
            reply = ["refused", refusal.code]
        except (wire.WireError, RecursionError) as error:
            raise self.forbidden(f"a call back could not be answered: {error}") from None
        finally:
            self.ours += time.monotonic() - started - (self.inside - inside)
        if not self.alive:
            raise StudentError("crash", message="the process ended in a call inside this call")
        return reply

    def forbidden(self, why: str) -> StudentError:
        """It broke the protocol: its end, and the error to raise."""
        self.end()
        return StudentError("forbidden", message=why)

    def look(self) -> str:
        """Read its CPU clock and return its state; a dead process has not worked less than before."""
        seconds, state = processor(self.pid)
        self.worked, self.unseen = max(self.worked, seconds), 0.0
        return state

    def end(self) -> None:
        if self.alive:
            self.alive = False
            self.exchange.gone = "the process that this object lived in has ended"
            self.channel.close()
            self.control.kill(self.pid)


class Watch:
    """The clocks of one request: CPU time decides, wall time is the backstop; time in functions of ours is free."""

    def __init__(self, process: Process, cpu_limit: float) -> None:
        self.process, self.cpu_limit = process, cpu_limit
        self.cpu_started, self.ours = process.worked, process.ours
        self.started = self.looked = time.monotonic()
        self.looks = self.runnable = 0

    def patience(self, came: int) -> None:
        """Return while there is time; looks no more often than each `TICK`. Who says something is not kept waiting."""
        now = time.monotonic()
        if now - self.looked < TICK:
            return
        self.looked, self.looks = now, self.looks + 1
        self.runnable += self.process.look() in ("R", "D") and came == 0
        used = self.process.worked - self.cpu_started
        waited = now - self.started - (self.process.ours - self.ours)
        if used > self.cpu_limit:
            self._stop(f"{used:.0f} s of work")
        elif waited > self.process.clocks.wall:
            if used < waited / 10 and self._starved(waited):
                self.process.end()
                raise Starved(f"a process got {used:.2f} s of processor time in {waited:.0f} s")
            self._stop(f"{waited:.0f} s of waiting")

    def _starved(self, waited: float) -> bool:
        """Whether it wanted to work most of the time that we looked, or we ourselves got hardly a chance to look."""
        return 2 * self.runnable > self.looks or self.looks < waited / TICK / 10

    def _stop(self, spent: str) -> None:
        self.process.end()
        raise StudentError("timeout", message=f"stopped after {spent}")


def processor(pid: int) -> tuple[float, str]:
    """CPU time of a process so far, and its state; 0 where there is no /proc, so that only the wall clock counts."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0, ""
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0].decode()
