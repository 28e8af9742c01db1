"""The trusted process between the class and the machine: keeps warm zygotes, forks T and S from them, ends everything.

Started by `exec` with a socket for each core, never forked from anything that holds tests, ledger or secrets. It has a
zygote of judges (T), one of workers (S) for each kind of sandbox, and a `Lane` for each core, a thread that grades one
submission at a time: it has a judge forked, and workers when the judge asks, drains and caps every pipe, keeps the
clock of the whole submission, and answers with what the judge reported:

    ["grade", job, wall_seconds]  ->  ["graded", {"outcomes", "cells", "done", "over", "died", "trouble"}]

Neither T nor S is its child: their zygotes are, so that nothing of one submission is inherited by the next.
"""

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from autograder import sandbox, wire
from autograder.zygote import Child, Zygote, ZygoteError

KEPT = 10_000  # bytes of a process's raw output that are kept, to explain a failure of ours
JUDGE = ("judge",)  # the kind of the judges' zygote; a kind of workers is named by its packages


class Nursery:
    """The zygotes of one assignment, all started at once; the lanes take turns at each.

    `taught` is the folder that stands for mmcourse inside a sandbox, or "".
    """

    def __init__(self, tier: int, taught: str, hidden: str, solution: str, kinds: list[tuple[str, ...]]) -> None:
        self.tier, self.taught, self.hidden, self.solution = tier, taught, hidden, solution
        self.folder = tempfile.TemporaryDirectory(prefix="mmcourse-supervisor-")
        self.turns = {kind: threading.Lock() for kind in [JUDGE, *kinds]}
        self.zygotes: dict[tuple[str, ...], Zygote] = {}
        for kind in self.turns:
            with contextlib.suppress(sandbox.SandboxError, OSError):  # tried again, and explained, at the first fork
                self.zygotes[kind] = self._start(kind)

    def fork(self, kind: tuple[str, ...]) -> Child:
        """A fork of the zygote of that kind. One that has died is started again, once."""
        with self.turns[kind]:
            try:
                return self._zygote(kind).fork()
            except (ZygoteError, OSError):
                if kind in self.zygotes:
                    self.zygotes.pop(kind).stop()
                return self._zygote(kind).fork()

    def stop(self) -> None:
        for zygote in self.zygotes.values():
            zygote.stop()
        self.folder.cleanup()

    def _zygote(self, kind: tuple[str, ...]) -> Zygote:
        if kind not in self.zygotes:
            self.zygotes[kind] = self._start(kind)
        return self.zygotes[kind]

    def _start(self, kind: tuple[str, ...]) -> Zygote:
        return self._start_judges() if kind == JUDGE else sandbox.launch(self._box(kind))

    def _start_judges(self) -> Zygote:
        ours, theirs = socket.socketpair()
        call = f"judge.main({theirs.fileno()}, {self.hidden!r}, {self.solution!r})"
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", f"from autograder import judge; {call}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                cwd=self.folder.name,
            )
        return Zygote(process, ours)

    def _box(self, packages: tuple[str, ...]) -> sandbox.Box:
        root = Path(tempfile.mkdtemp(dir=self.folder.name, prefix="box-"))
        roots = sandbox.distribution_roots((*packages, *sandbox.ALWAYS))
        if self.taught:
            roots["mmcourse"] = self.taught
        return sandbox.make_box(self.tier, str(root), roots)


class Lane:
    """Grades one submission at a time."""

    def __init__(self, channel: socket.socket, nursery: Nursery) -> None:
        self.channel, self.nursery = channel, nursery
        self.selector = selectors.DefaultSelector()
        self.students: dict[int, Child] = {}
        self.output, self.waited = b"", 0.0

    def serve(self) -> None:
        with contextlib.suppress(wire.Disconnected):
            while True:
                _, job, wall_seconds = wire.receive(self.channel)
                found = self.grade(job, wall_seconds)
                try:
                    wire.send(self.channel, ["graded", found])
                except wire.Disconnected:
                    raise
                except wire.WireError:  # whatever made it so large, the verdicts are not
                    wire.send(self.channel, ["graded", found | {"cells": []}])

    def grade(self, job: dict, wall_seconds: float) -> dict:
        """Run one judge to its end, or to the end of its time."""
        found: dict = {"outcomes": [], "cells": [], "done": False, "over": False, "died": "", "trouble": ""}
        self.output, self.waited = b"", 0.0
        try:
            judge = self.nursery.fork(JUDGE)
        except (ZygoteError, OSError) as error:
            return found | {"trouble": str(error)}
        self._watch(judge)
        self.selector.register(judge.channel, selectors.EVENT_READ, "judge")
        deadline = time.monotonic() + wall_seconds
        try:
            wire.send(judge.channel, job)
            self._listen(judge, found, deadline)
        except wire.Disconnected as error:
            found |= {"died": "judge", "trouble": str(error)}
        except (wire.WireError, sandbox.SandboxError, ZygoteError, OSError) as error:
            found["trouble"] = str(error)
        finally:
            self._end(judge)
        if not found["done"] and not found["trouble"]:
            trouble = f"the {wall_seconds:.0f} s for the whole submission were over"
            if starved := self.waited > wall_seconds / 2:
                trouble += f", {self.waited:.0f} of them spent waiting for a processor"
            found |= {"over": not starved, "died": "starved" if starved else "", "trouble": trouble}
        elif not found["done"] or not found["outcomes"]:
            found["trouble"] = f"{found['trouble']}\n{self.output.decode(errors='replace')[-2000:]}".strip()
        return found

    def _listen(self, judge: Child, found: dict, deadline: float) -> None:
        while not found["done"] and time.monotonic() < deadline:
            for key, _ in self.selector.select(timeout=0.2):
                if key.data == "judge":
                    self._handle(wire.receive(judge.channel), judge, found)
                elif not key.fileobj.closed:  # as an earlier event may have done
                    self._drain(key)

    def _handle(self, message: list, judge: Child, found: dict) -> None:
        kind, body = message
        if kind == "spawn":
            self._spawn(tuple(body), judge)
        elif kind == "kill":
            self._kill(body)
        elif kind == "done":
            found["done"] = True
        else:
            found[{"cell": "cells", "outcome": "outcomes"}[kind]].append(body)

    def _spawn(self, packages: tuple[str, ...], judge: Child) -> None:
        """Fork a worker and hand its socket to the judge; keep its pipes, and the means to end it."""
        student = self.nursery.fork(packages)
        self.students[student.pid] = student
        self._watch(student)
        wire.send(judge.channel, ["spawned", student.pid])
        socket.send_fds(judge.channel, [b"+"], [student.channel.fileno()])
        student.channel.close()  # when the worker dies, the judge is to notice

    # Pipes and ends

    def _watch(self, child: Child) -> None:
        for pipe in (child.stdout, child.stderr):
            os.set_blocking(pipe.fileno(), False)
            self.selector.register(pipe, selectors.EVENT_READ, "pipe")

    def _drain(self, key: selectors.SelectorKey) -> None:
        try:
            data = os.read(key.fd, 65536)
        except BlockingIOError:
            return
        if data:
            self.output = (self.output + data)[-KEPT:]
        else:
            self._forget(key.fileobj)

    def _forget(self, pipe) -> None:
        with contextlib.suppress(KeyError, ValueError):  # forgotten before
            self.selector.unregister(pipe)
        pipe.close()

    def _kill(self, pid: int) -> None:
        if (student := self.students.pop(pid, None)) is not None:
            self._finish(student)

    def _finish(self, child: Child) -> None:
        """Read what it said last, end it, and forget it."""
        self.waited += seconds_waiting(child.pid)
        for pipe in (child.stdout, child.stderr):
            if not pipe.closed:
                self._drain(self.selector.get_key(pipe))
            self._forget(pipe)
        child.kill()

    def _end(self, judge: Child) -> None:
        self.selector.unregister(judge.channel)
        self._finish(judge)
        for pid in list(self.students):
            self._kill(pid)


def seconds_waiting(pid: int) -> float:
    """How long a process was ready to run and another one ran instead; 0 where the kernel does not say."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def judge_environment(home: str) -> dict[str, str]:
    """A small environment for trusted children: pytest loads no foreign plugins, numpy one thread."""
    environment = {
        "HOME": home,
        "TMPDIR": home,
        "PATH": os.environ.get("PATH", ""),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "LC_ALL": "C.UTF-8",
    }
    return environment | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(channels: list[int], *arguments: object) -> None:
    """Serve the sockets with these descriptors, until all are closed."""
    nursery = Nursery(*arguments)
    lanes = [Lane(socket.socket(fileno=channel), nursery) for channel in channels]
    threads = [threading.Thread(target=lane.serve) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    nursery.stop()
