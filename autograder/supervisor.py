"""The trusted process between the class and one core: starts judges and sandboxes, keeps the clock, ends everything.

Started by `exec` with one socket, never forked from anything that holds tests, ledger or secrets. For each job it
forks a judge (T), starts sandboxed processes (S) when it asks, drains and caps every pipe, and answers with what the
judge reported:

    ["grade", job, wall_seconds]  ->  ["graded", {"outcomes", "cells", "done", "over", "trouble"}]
"""

import gc
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NoReturn

from autograder import judge, sandbox, wire

SUPERVISOR_FD = 3
KEPT = 10_000  # bytes of a process's raw output that are kept, to explain a failure of ours


class Supervisor:
    """Grades one submission at a time on sandboxes of one tier."""

    def __init__(self, channel: socket.socket, tier: int, taught: str) -> None:
        self.channel, self.tier = channel, tier
        self.folder = tempfile.TemporaryDirectory(prefix="mmcourse-supervisor-")
        self.taught = taught  # the folder that stands for mmcourse inside, or ""
        self.boxes: dict[tuple[str, ...], sandbox.Box] = {}
        self.selector = selectors.DefaultSelector()
        self.students: dict[int, sandbox.Sandboxed] = {}
        self.output = b""

    def serve(self) -> None:
        while True:
            try:
                _, job, wall_seconds = wire.receive(self.channel)
            except wire.Disconnected:
                return
            wire.send(self.channel, ["graded", self.grade(job, wall_seconds)])

    def grade(self, job: dict, wall_seconds: float) -> dict:
        """Run one judge to its end, or to the end of its time."""
        found: dict = {"outcomes": [], "cells": [], "done": False, "over": False, "trouble": ""}
        self.output = b""
        ours, theirs = socket.socketpair()
        child = self._start_judge(theirs)
        self.selector.register(ours, selectors.EVENT_READ, "judge")
        deadline = time.monotonic() + wall_seconds
        try:
            wire.send(ours, job)
            self._listen(ours, found, deadline)
        except (wire.WireError, sandbox.SandboxError, OSError) as error:
            found["trouble"] = str(error)
        finally:
            self._end(child, ours)
        if not found["done"] and not found["trouble"]:
            found["over"] = True
            found["trouble"] = f"the {wall_seconds:.0f} s for the whole submission were over"
        elif not found["done"] or not found["outcomes"]:
            found["trouble"] = f"{found['trouble']}\n{self.output.decode(errors='replace')[-2000:]}".strip()
        return found

    def _listen(self, ours: socket.socket, found: dict, deadline: float) -> None:
        while not found["done"] and time.monotonic() < deadline:
            for key, _ in self.selector.select(timeout=0.2):
                if key.data == "judge":
                    self._handle(wire.receive(ours), ours, found)
                else:
                    self._drain(key)

    def _handle(self, message: list, ours: socket.socket, found: dict) -> None:
        kind, body = message
        if kind == "spawn":
            self._spawn(tuple(body), ours)
        elif kind == "kill":
            self._kill(body)
        elif kind == "done":
            found["done"] = True
        else:
            found[{"cell": "cells", "outcome": "outcomes"}[kind]].append(body)

    def _start_judge(self, theirs: socket.socket) -> int:
        """Fork a judge: pytest and numpy are warm here and no test was ever held, so it starts at once, and clean."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            become_judge(theirs.fileno(), writing)
        theirs.close()
        os.close(writing)
        self._watch(os.fdopen(reading, "rb", buffering=0))
        return child

    def _spawn(self, packages: tuple[str, ...], judge: socket.socket) -> None:
        """Start a sandboxed process and hand its socket to the judge; it keeps nothing else of it than the pid."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            started = sandbox.launch(self._box(packages), theirs)
            self.students[started.pid] = started
            self._watch(started.launcher.stdout)
            self._watch(started.launcher.stderr)
            wire.send(judge, ["spawned", started.pid])
            socket.send_fds(judge, [b"+"], [ours.fileno()])

    def _box(self, packages: tuple[str, ...]) -> sandbox.Box:
        if packages not in self.boxes:
            root = Path(self.folder.name) / f"box-{len(self.boxes)}"
            root.mkdir()
            roots = sandbox.distribution_roots((*packages, "msgspec"))
            if self.taught:
                roots["mmcourse"] = self.taught
            self.boxes[packages] = sandbox.make_box(self.tier, str(root), roots)
        return self.boxes[packages]

    def _watch(self, pipe) -> None:
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
            self._forget(key)

    def _forget(self, key: selectors.SelectorKey) -> None:
        self.selector.unregister(key.fileobj)
        key.fileobj.close()

    def _kill(self, pid: int) -> None:
        student = self.students.pop(pid, None)
        if student is not None:
            student.kill()

    def _end(self, judge: int, ours: socket.socket) -> None:
        self.selector.unregister(ours)
        ours.close()
        os.kill(judge, signal.SIGKILL)
        os.waitpid(judge, 0)
        for pid in list(self.students):
            self._kill(pid)
        for key in list(self.selector.get_map().values()):
            self._drain(key)
        for key in list(self.selector.get_map().values()):
            self._forget(key)


def become_judge(channel: int, output: int) -> NoReturn:
    """In the forked child: keep one socket and the output pipe, judge one submission, end."""
    os.dup2(channel, judge.JUDGE_FD)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(judge.JUDGE_FD + 1, 4096)
    try:
        judge.main()
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def judge_environment(home: str) -> dict[str, str]:
    """A small environment for trusted children: pytest loads no foreign plugins, numpy one thread."""
    environment = {
        "HOME": home,
        "PATH": os.environ.get("PATH", ""),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "LC_ALL": "C.UTF-8",
    }
    return environment | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(tier: int, taught: str) -> None:
    gc.freeze()  # what is warm stays shared with the judges
    Supervisor(socket.socket(fileno=SUPERVISOR_FD), tier, taught).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
