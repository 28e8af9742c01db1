"""What grading a class again would change: who, by how much, because of which test; nothing is recorded.

mirror = Mirror(batch, gradebook)       # a desk that takes back what it writes
mirror.take(entry, result, "graded")
mirror.store()
mirror.changes                          # [Change("hopper", before=4.0, after=6.0, tests=(Moved(...),))]
"""

from dataclasses import dataclass, replace

from autograder.desk import Desk, Entry, Graded
from autograder.gradebook import rehearse
from autograder.results import Result
from autograder.stand import Stand


@dataclass(frozen=True)
class Moved:
    """One test whose points would change; None before when it is new, after when it is gone."""

    question: str
    test: str
    before: float | None
    after: float | None
    message: str = ""  # what it says now


@dataclass(frozen=True)
class Change:
    """What recording a student's result now would change in what counts: a person's scores and lateness are in it.

    `before` is None for who is not in the gradebook yet; `by_hand` names the questions whose points a person gave,
    which stand whatever the tests say; `penalties` is what lateness costs, before and after. Who is `unjudged`, for a
    reason of ours, keeps what there is.
    """

    student: str
    before: float | None
    after: float
    tests: tuple[Moved, ...] = ()
    by_hand: tuple[str, ...] = ()
    penalties: tuple[float, float] = (0.0, 0.0)
    unjudged: bool = False

    @property
    def different(self) -> bool:
        return self.before != self.after or self.penalties[0] != self.penalties[1] or bool(self.tests) or self.unjudged


class Mirror(Desk):
    """A desk that records nothing: what it would write is written, looked at and taken back, a chunk at a time."""

    def __init__(self, batch, gradebook) -> None:
        super().__init__(batch, gradebook, again=True)
        self.cells = {question.grade_cell: question.id for question in self.manifest.questions}
        self.changes: list[Change] = []

    def known(self, entry: Entry) -> Graded | None:
        graded = super().known(entry)
        if graded is not None:
            self.changes.append(self.change(entry.student, self.later(entry.student), graded.result))
        return graded

    def take(self, entry: Entry, result: Result, news: str) -> Graded:
        graded = super().take(entry, result, news)
        if graded.news == "kept":
            self.changes.append(self.change(entry.student, self.later(entry.student), None))
        return graded

    def later(self, student: str) -> Stand:
        """What will stand of somebody whose scores stay: lateness is reckoned anew."""
        return replace(self.stands[student], penalty=self.stands[student].due)

    def store(self) -> None:
        sheets = [sheet for *_, sheet in self.waiting]
        after = rehearse(self.gradebook, self.name, sheets, self.rule) if sheets else {}
        self.changes += [self.change(entry.student, after[entry.student], result) for entry, result, _ in self.waiting]
        self.waiting.clear()

    def change(self, student: str, after: Stand, result: Result | None) -> Change:
        before, old = self.stands.get(student), self.last(student)
        return Change(
            student,
            None if before is None else before.counts,
            after.counts,
            moved(old, result) if old and result else (),
            tuple(question for cell, question in self.cells.items() if before and cell in before.by_hand),
            (before.penalty if before else 0.0, after.penalty),
            unjudged=result is None or result.needs_attention,
        )


def moved(old: Result, new: Result) -> tuple[Moved, ...]:
    """The tests whose points differ between two results, those of the new one first."""
    before = {(test.question, test.name): test.points for test in old.tests}
    now = {(test.question, test.name): test for test in new.tests}
    found = [
        Moved(*key, before.get(key), test.points, test.message)
        for key, test in now.items()
        if before.get(key) != test.points
    ]
    return (*found, *(Moved(*key, points, None) for key, points in before.items() if key not in now))
