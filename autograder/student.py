"""A submission as the tests see it: calls that run in the sandbox, and a fresh process after a crash.

    submission = Submission(control, cells, packages=("numpy",))
    submission.call("adam_step", args, kwargs)     # a plain value, or StudentError

The submission's cells run once, one request each, when its first process starts. When that process dies (a segfault, an
`os._exit`, a call out of time), the next call gets a fresh one, in which the good cells run again: it costs one test.
"""

import contextlib
from typing import Any

from autograder import wire
from autograder.process import Clocks, Control, Process
from autograder.testing import StudentError


class Submission:
    """One student's code in one kind of sandbox. `cells` are (index, source) in notebook order."""

    def __init__(self, control: Control, cells: list, packages: tuple[str, ...], clocks: Clocks | None = None) -> None:
        self.control, self.packages, self.clocks = control, packages, clocks or Clocks()
        self.cells, self.bad, self.ran = cells, set(), set()
        self.process, self.started = None, 0
        self.timeouts: dict[str, int] = {}
        self.test_cpu = 0.0

    def start_test(self) -> None:
        self.test_cpu = 0.0

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        """Call `name` of the submission; returns plain values, raises `StudentError` for whatever goes wrong there."""
        if self.timeouts.get(name, 0) >= self.clocks.timeouts:
            why = f"`{name}` ran out of time in {self.clocks.timeouts} tests: not called again"
            raise StudentError("timeout", message=why)
        process = self._running()
        limit = max(0.1, min(self.clocks.call, self.clocks.test - self.test_cpu))
        before = process.worked
        try:
            answer = process.ask(["call", name, wire.pack(args), wire.pack(kwargs)], limit)
            self.test_cpu += process.worked - before
        except StudentError as error:
            if error.kind == "timeout":
                self.timeouts[name] = self.timeouts.get(name, 0) + 1
            raise
        return self._value(answer)

    def _value(self, answer: list) -> Any:
        try:
            if answer[0] == "value" and len(answer) == 2:
                return wire.unpack(answer[1])
            if answer[0] == "error" and len(answer) == 5 and all(type(part) is str for part in answer):
                kind = answer[1] if answer[1] in ("error", "memory", "forbidden") else "error"
                raise StudentError(kind, answer[2][:200], answer[3][:2000], answer[4][-4000:])
        except (wire.WireError, RecursionError) as error:
            raise StudentError("forbidden", message=f"the answer could not be read: {error}") from None
        raise StudentError("forbidden", message="the answer was none of the protocol's")

    def _running(self) -> Process:
        """The process that answers: the one at hand, or a fresh one in which the good cells have run."""
        while self.process is None or not self.process.alive:
            if self.started >= self.clocks.processes:
                raise StudentError("crash", message=f"{self.started} processes died: no more are started")
            self.started += 1
            self.process = Process(self.control, self.packages, self.clocks)
            for index, source in self.cells:
                if index not in self.bad and not self._run_cell(index, source):
                    break
        return self.process

    def _run_cell(self, index: int, source: str) -> bool:
        """Run one cell; a cell that ends its process is left out of the next one. Returns whether the process lives."""
        try:
            answer = self.process.ask(["cell", index, source], self.clocks.cell)
        except StudentError as error:
            self.bad.add(index)
            self._report_cell(index, "timeout" if error.kind == "timeout" else "error", "", str(error))
            return False
        fine = len(answer) == 4 and answer[0] == "ran" and all(type(part) is str for part in answer)
        if index not in self.ran:
            self._report_cell(index, *(answer[1:] if fine else ("error", "", "the answer was none of the protocol's")))
        return True

    def _report_cell(self, index: int, status: str, stdout: str, error: str) -> None:
        self.ran.add(index)
        status = status if status in ("ok", "error", "timeout", "skipped") else "error"
        record = {"index": index, "status": status, "stdout": stdout[:25_000], "error": error[-20_000:]}
        self.control.report("cell", record)

    def warm_up(self) -> None:
        """Run the cells now, so that their outputs are known even when no test calls anything."""
        with contextlib.suppress(StudentError, OSError):  # the first test to call something meets it again
            self._running()

    def end(self) -> None:
        if self.process is not None:
            self.process.end()
