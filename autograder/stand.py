"""What the gradebook says of each student of an assignment, in two queries; and lateness, brought up to date.

stands = standings(gradebook, "a03_optimizers", late_rule(course.root))
stands["hopper"].counts                         # the marks, a person's before ours, less what lateness took
reckon(gradebook, stands.values())              # lateness costs from now on what the dates and the rule say
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select, update

from autograder.lateness import Penalty, penalty, seconds_late


@dataclass(frozen=True)
class Stand:
    """One student: automatic scores by cell, the cells a person scored, what counts in sum, and what lateness costs.

    `penalty` is what was taken off, `due` what is to be taken off by the rule and the dates as they are now.
    """

    notebook: str  # its row in the gradebook
    scores: Mapping[str, float | None]
    by_hand: frozenset[str]
    total: float
    penalty: float
    due: float

    @property
    def counts(self) -> float:
        return max(0.0, self.total - self.penalty)


def standings(
    gradebook, assignment: str, rule: Penalty | None, students: Iterable[str] | None = None
) -> dict[str, Stand]:
    """By student: everybody who has a submission in the gradebook, or those of `students`; nothing is written."""
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        SubmittedAssignment,
        SubmittedNotebook,
    )  # fmt: skip

    def of_assignment(*columns: object) -> Select:
        query = select(SubmittedNotebook.id, *columns).select_from(SubmittedAssignment).join(Assignment)
        query = query.join(SubmittedNotebook).where(Assignment.name == assignment)
        return query if students is None else query.where(SubmittedAssignment.student_id.in_(list(students)))

    grades = of_assignment(BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    cells: dict[str, dict] = defaultdict(dict)
    for notebook, cell, *values in gradebook.db.execute(grades.join(Grade).join(BaseCell)):
        cells[notebook][cell] = values
    dates = SubmittedAssignment.timestamp, SubmittedAssignment.extension, Assignment.duedate
    taken = SubmittedNotebook.late_submission_penalty
    found = {}
    for row in gradebook.db.execute(of_assignment(SubmittedAssignment.student_id, *dates, taken)):
        marks, late = cells[row.id], seconds_late(row.duedate, row.timestamp, row.extension)
        total = sum(counted(*values) for values in marks.values())
        found[row.student_id] = Stand(
            row.id,
            {cell: auto for cell, (auto, _, _) in marks.items()},
            frozenset(cell for cell, (_, manual, _) in marks.items() if manual is not None),
            total,
            row.late_submission_penalty or 0.0,
            penalty(rule, row.student_id, total, late) or 0.0,
        )
    return found


def counted(auto: float | None, manual: float | None, extra: float | None) -> float:
    """What one cell counts: a person's score before the automatic one, extra credit on top; 0 where nobody judged."""
    given = manual if manual is not None else auto
    return 0.0 if given is None else given + (extra or 0.0)


def reckon(gradebook, stands: Iterable[Stand]) -> None:
    """Write what lateness costs now, where that is not what stands."""
    from nbgrader.api import SubmittedNotebook

    changed = [
        {"id": stand.notebook, "late_submission_penalty": stand.due} for stand in stands if stand.due != stand.penalty
    ]
    if changed:
        gradebook.db.execute(update(SubmittedNotebook), changed)
    gradebook.db.commit()
