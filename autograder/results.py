"""What grading one submission found, as plain records: the grader writes them, feedback, export and gradebook read.

>>> outcome = TestOutcome("test_first_step", "adam", points=1.0, max_points=2.0, verdict="partial")
>>> result = Result("a03_optimizers", "hopper", tests=[outcome], sandbox="tier 2")
>>> result.score, result.max_score, result.question_score("adam")
(1.0, 2.0, 1.0)
"""

import math
import os
import tempfile
from pathlib import Path

import msgspec

VERDICTS = (
    "pass", "fail", "partial", "error", "timeout", "memory", "crash", "forbidden", "skipped", "infrastructure",
)  # fmt: skip


class Diagnosis(msgspec.Struct, frozen=True):
    """A known mistake whose outputs equal the student's on the same inputs."""

    name: str
    message: str
    erratum: str | None = None


class TestOutcome(msgspec.Struct, frozen=True):
    """One hidden test of one submission.

    `title` is the test's docstring, the sentence the student reads; `message` says what went wrong (empty on a pass).
    """

    name: str
    question: str
    points: float
    max_points: float
    verdict: str
    title: str = ""
    message: str = ""
    mistake: Diagnosis | None = None
    flagged: bool = False  # a person should look: it ended the judge twice, or found no processor time even alone

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {self.verdict!r}: expected one of {', '.join(VERDICTS)}")
        if not (math.isfinite(self.points) and 0 <= self.points <= self.max_points):
            raise ValueError(f"{self.name}: points must lie in [0, {self.max_points}], got {self.points}")


class CellRun(msgspec.Struct, frozen=True):
    """What one of the student's code cells did in the sandbox. `index` counts all cells of the repaired notebook."""

    index: int
    status: str  # ok, error, timeout or skipped
    stdout: str = ""
    error: str = ""  # trimmed traceback, only the student's own cells
    images: list[bytes] = []  # PNGs of its figures, as pictures.py lets them through; base64 in the file


class Result(msgspec.Struct, frozen=True):
    """Everything found out about one submission; the score is the sum over the tests its manifest declares."""

    assignment: str
    student: str
    tests: list[TestOutcome]
    sandbox: str
    cells: list[CellRun] = []
    notes: list[str] = []  # about the file itself, one line each: what was broken and how it was read
    seconds: float = 0.0
    seed: int = 0

    @property
    def score(self) -> float:
        return math.fsum(test.points for test in self.tests)

    @property
    def max_score(self) -> float:
        return math.fsum(test.max_points for test in self.tests)

    @property
    def needs_attention(self) -> bool:
        """True when some test could not be judged for a reason that is ours: never final, never 0."""
        return any(test.verdict == "infrastructure" for test in self.tests)

    def of(self, question: str) -> list[TestOutcome]:
        return [test for test in self.tests if test.question == question]

    def question_score(self, question: str) -> float:
        return math.fsum(test.points for test in self.of(question))


def result_path(folder: Path, assignment: str, student: str) -> Path:
    """Where a result lies in a course: one JSON file a student and assignment."""
    return Path(folder) / assignment / f"{student}.json"


def save_result(result: Result, folder: Path) -> Path:
    """Write `result` below `folder` so that a reader sees the old file or the new one, never half of one."""
    path = result_path(folder, result.assignment, result.student)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(result), indent=1))
    return path


def load_result(path: Path) -> Result:
    return msgspec.json.decode(Path(path).read_bytes(), type=Result)


def write_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary file beside `path`, flush it to disk, then rename: a kill at any moment loses nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
