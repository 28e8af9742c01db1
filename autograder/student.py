"""A submission as the tests see it: calls that run in the sandbox, and a fresh process after a crash.

    submission = Submission(control, cells, packages=("numpy",))
    submission.call("adam_step", args, kwargs)             # a plain value or a handle, or StudentError
    submission.remote_ask("get", handle, "weight", link=recorder)  # any request of a test

The submission's cells run once, one request each, when its first process starts. When that process dies (a segfault, an
`os._exit`, a call out of time), the next call gets a fresh one, in which the good cells run again: it costs one test.
"""

import contextlib
from typing import Any

from autograder import wire
from autograder.exchange import Gone
from autograder.handles import Handle, Link, subject
from autograder.pictures import PER_CELL, TOTAL, safe_png
from autograder.process import Clocks, Control, Process
from autograder.testing import StudentError

TEXT = 2_000_000  # characters of all cells' outputs that are kept


class Submission:
    """One student's code in one kind of sandbox. `cells` are (index, source) in notebook order."""

    def __init__(self, control: Control, cells: list, packages: tuple[str, ...], clocks: Clocks | None = None) -> None:
        self.control, self.packages, self.clocks = control, packages, clocks or Clocks()
        self.cells, self.bad, self.ran = cells, set(), set()
        self.process, self.started = None, 0
        self.drawing, self.picture_room, self.text_room = True, TOTAL, TEXT
        self.timeouts: dict[str, int] = {}
        self.test_cpu = 0.0

    def start_test(self) -> None:
        self.test_cpu = 0.0

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        return self.remote_ask("call", name, args, kwargs)

    def remote_ask(self, verb: str, *parts: Any, link: Link | None = None) -> Any:
        """Make a request of a test (objects.py has the list); raises `StudentError` for whatever goes wrong there.

        Handles that come back go on to ask `link`, which passes their requests on to here.
        """
        what = subject(verb, parts)
        if self.timeouts.get(what, 0) >= self.clocks.timeouts:
            why = f"`{what}` ran out of time in {self.clocks.timeouts} tests: not called again"
            raise StudentError("timeout", message=why)
        for part in parts:
            if isinstance(part, Handle) and part._remote_home.gone:
                raise StudentError("crash", message=part._remote_home.gone)
        process = self._running()
        try:
            with process.exchange.request(verb, parts, link or self) as request:
                return self._value(process, verb, self._answer(process, request))
        except Gone as error:
            raise StudentError("crash", message=str(error)) from None
        except StudentError as error:
            if error.kind == "timeout":
                self.timeouts[what] = self.timeouts.get(what, 0) + 1
            raise

    def _answer(self, process: Process, request: list) -> list:
        """The answer to one request, within what is left of the test's time. A call in a call counts with the outer."""
        limit = max(0.1, min(self.clocks.call, self.clocks.test - self.test_cpu))
        before, outermost = process.worked, len(process.exchange.asked) == 1
        try:
            return process.ask(request, limit)
        finally:
            if outermost:
                self.test_cpu += process.worked - before

    def _value(self, process: Process, verb: str, answer: list) -> Any:
        """What an answer says: a value, or the student's exception. Anything else ends the process."""
        try:
            if answer[0] == "value" and len(answer) == 2:
                value = process.exchange.unpack(answer[1])
                if verb in ("op", "keep") and not isinstance(value, Handle | wire.OpaqueValue):
                    raise wire.WireError("an operator gave no object")
                return value
        except (wire.WireError, RecursionError) as error:
            raise process.forbidden(f"the answer could not be read: {error}") from None
        if answer[0] == "error" and len(answer) == 5 and all(type(part) is str for part in answer):
            process.exchange.raise_own()
            kind = answer[1] if answer[1] in ("error", "memory", "forbidden") else "error"
            raise StudentError(kind, answer[2][:200], answer[3][:2000], answer[4][-4000:])
        raise process.forbidden("the answer was none of the protocol's")

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
        fine = tuple(map(type, answer)) == (str, str, str, str, int) and answer[0] == "ran"
        if index not in self.ran:
            pictures = self._pictures() if fine and answer[4] > 0 else []
            said = answer[1:4] if fine else ("error", "", "the answer was none of the protocol's")
            self._report_cell(index, *said, pictures)
        return self.process.alive

    def _pictures(self) -> list[bytes]:
        """The figures of the cell that has just run. Drawing that hangs or crashes costs the pictures, not the cell."""
        if not self.drawing:
            return []
        try:
            answer = self.process.ask(["pictures"], self.clocks.call)
        except StudentError:
            self.drawing = False
            return []
        fine = len(answer) == 2 and answer[0] == "pictures" and type(answer[1]) is list
        sent = answer[1] if fine else []
        kept = []
        for picture in sent[:PER_CELL]:
            png = safe_png(picture) if type(picture) is bytes else None
            if png is not None and len(png) <= self.picture_room:
                self.picture_room -= len(png)
                kept.append(png)
        return kept

    def _report_cell(self, index: int, status: str, stdout: str, error: str, images: list[bytes] = ()) -> None:
        self.ran.add(index)
        stdout, error = stdout[: min(25_000, self.text_room)], error[-20_000:]
        error = error[: max(0, self.text_room - len(stdout))]
        self.text_room -= len(stdout) + len(error)
        status = status if status in ("ok", "error", "timeout", "skipped") else "error"
        record = {"index": index, "status": status, "stdout": stdout, "error": error}
        self.control.report("cell", record | {"images": list(images)})

    def warm_up(self) -> None:
        """Run the cells now, so that their outputs are known even when no test calls anything."""
        with contextlib.suppress(StudentError, OSError):  # the first test to call something meets it again
            self._running()

    def end(self) -> None:
        if self.process is not None:
            self.process.end()
