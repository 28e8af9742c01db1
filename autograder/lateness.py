"""Lateness: time that a student was given, and what being late costs.

    extend(course, "a03_optimizers", "turing", timedelta(days=2))    # before or after turing hands in
    late = seconds_late(due, handed_in, extension)
    penalty(late_rule(course.root), "turing", 8.0, late)             # what nbgrader's plugin takes off

The due date and the extension stand in the gradebook, the rule is nbgrader's plugin. What is taken off is reckoned
from all three whenever a class is graded, so a date that moved or an extension that came late counts from then on.
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from autograder.course import Course, CourseError

Penalty = Callable[[str, float, float], float | None]  # of (student, score, seconds late)


def extend(course: Course, assignment: str, student: str, extra: timedelta) -> datetime:
    """Give `student` until `extra` after the due date, instead of any time given before; returns the new date, UTC.

    Raises
    ------
    CourseError
        For an assignment without a due date, or a student whom the gradebook does not know.
    """
    from nbgrader.api import MissingEntry

    from autograder.gradebook import open_gradebook

    name = course.assignment(assignment).name
    with open_gradebook(course) as gradebook:
        try:
            due = gradebook.find_assignment(name).duedate
            gradebook.find_student(student)
        except MissingEntry as error:
            raise CourseError(f"{error}; release {name} first, and add the student to the gradebook") from None
        if due is None:
            how = f'nbgrader db assignment add {name} --duedate "2026-12-01 18:00 UTC"'
            raise CourseError(f"{name} has no due date: set one with `{how}`")
        with gradebook.db.no_autoflush:  # nbgrader adds the parts of a submission before the whole
            gradebook.update_or_create_submission(name, student)
        gradebook.grant_extension(name, student, minutes=extra / timedelta(minutes=1))
        return due + extra


def seconds_late(due: datetime | None, timestamp: datetime | None, extension: timedelta | None) -> float:
    """How long after its due date, with the extension, something came in; 0 in time, or where no date is known."""
    if due is None or timestamp is None:
        return 0.0
    return max(0.0, (timestamp - due - (extension or timedelta())).total_seconds())


def penalty(rule: Penalty | None, student: str, total: float, late: float) -> float | None:
    """What `rule` takes off `total`: None where it takes nothing.

    The rule is the course's own program: what it raises, or what is no number, is an error that names the student.

    >>> penalty(lambda student, score, late: late / 3600, "hopper", 4.0, 5400.0)
    1.5
    >>> penalty(lambda student, score, late: 100.0, "hopper", 4.0, 1.0)
    4.0
    """
    if rule is None or not late:
        return None
    try:
        taken = rule(student, total, late)
        trouble = "" if taken is None or math.isfinite(taken) else f"{taken!r} is no number of points"
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"
    if trouble:
        raise CourseError(
            f"the course's plugin for late submissions failed for {student}, {late:.0f} s late with {total:g} points: "
            f"{trouble}; mend it and run the command again"
        )
    return None if taken is None else min(max(float(taken), 0.0), total)
