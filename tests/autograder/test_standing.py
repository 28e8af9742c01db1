"""What stands in the gradebook, and when it moves: with the code, or because somebody said so; never half, never back.

The judge is canned here: what is asked is what becomes of a verdict, not how it is found.
"""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.batch import Batch, at_work, grade_class, preview
from autograder.course import Course, CourseError
from autograder.desk import CHUNK, Desk
from autograder.gradebook import GradebookError, open_gradebook
from autograder.grading import Crew
from autograder.lateness import extend
from autograder.marks import read_standings
from autograder.recording import sheet_of
from autograder.release import release
from autograder.results import load_result, result_path
from autograder.students import left_out

NAME = "a01_toy"
MEAN = "def total(x):\n    return x.mean()"
DUE = "2026-10-01 12:00:00 UTC"


@pytest.fixture
def judge(monkeypatch):
    """A judge that gives nothing for a mean unless it is `.kind`; it may be `.broken`, and does `.then` meanwhile."""

    class Judge:
        kind, broken, asked, then = False, False, 0, staticmethod(lambda: None)

    def grade(self, line: int, job: dict, wall_seconds: float) -> dict:
        Judge.asked += 1
        Judge.then()
        code = "\n".join(source for _, source in job["cells"])
        right = {"scale": True, "total": "x.mean" not in code or Judge.kind}
        worth = {
            ("scale", "test_one_number"): 1,
            ("scale", "test_matrix"): 2,
            ("scale", "test_zero"): 1,
            ("total", "test_total"): 2,
        }
        outcomes = [
            {"question": question, "name": name, "points": points * right[question], "max_points": points,
             "verdict": "pass" if right[question] else "fail"}
            for (question, name), points in worth.items()
        ]  # fmt: skip
        found = {"outcomes": outcomes, "cells": [], "done": True, "over": False, "died": "", "trouble": ""}
        return found | {"outcomes": [], "trouble": "no memory"} if Judge.broken else found

    monkeypatch.setattr(Crew, "grade", grade)
    return Judge


def news(course: Course, **options) -> dict[str, str]:
    return {one.student: one.news for one in grade_class(course, NAME, tier=2, **options)}


def changes(course: Course) -> dict:
    return {change.student: change for change in preview(course, NAME, tier=2)}


def rows(course: Course) -> dict:
    return {
        one.student: (one.score, one.late_penalty, [(mark.auto, mark.manual, mark.needs_manual) for mark in one.marks])
        for one in read_standings(course, NAME)
    }


def other_tests(course: Course) -> None:
    path = course.hidden / NAME / "test_total.py"
    path.write_text(path.read_text() + "\n# another edition\n")


def everything(course: Course) -> dict[str, bytes]:
    return {
        path.relative_to(course.root).as_posix(): path.read_bytes()
        for folder in (course.results, course.autograded)
        for path in folder.rglob("*")
        if path.is_file() and "ledger" not in path.name
    }


def test_a_release_of_the_same_questions_moves_no_mark_by_itself(released_toy, hand_in, judge):
    hand_in(released_toy, "ada", total=MEAN)
    news(released_toy)
    notebook = released_toy.solutions / NAME / f"{NAME}.ipynb"
    content = json.loads(notebook.read_text())
    (check,) = (
        cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "check-total"
    )
    check["source"] = ["# a sentence without its misprint"]
    notebook.write_text(json.dumps(content))
    release(released_toy, NAME)
    judge.kind = True  # as if the tests had been changed, too
    before = rows(released_toy)
    assert news(released_toy) == {"ada": "outdated"} and rows(released_toy) == before
    assert news(released_toy, again=True) == {"ada": "graded"} and rows(released_toy)["ada"][0] == 6


def test_tests_that_judge_nobody_take_no_mark_away(released_toy, hand_in, judge):
    course = released_toy
    hand_in(course, "ada")
    hand_in(course, "bob", total=MEAN)
    news(course)
    before = rows(course), everything(course)
    text = (course.hidden / NAME / "test_total.py").read_text()
    other_tests(course)
    judge.broken = True
    assert all(change.unjudged and change.different for change in changes(course).values())
    assert {one.result.needs_attention for one in grade_class(course, NAME, tier=2, again=True)} == {True}
    assert (rows(course), everything(course)) == before
    (course.hidden / NAME / "test_total.py").write_text(text)
    assert set(news(course, again=True).values()) == {"unchanged"} and (rows(course), everything(course)) == before
    hand_in(course, "ada", total=MEAN + "  # another")  # but what is new has no score until somebody could judge it
    news(course)
    assert rows(course)["ada"][2] == [(None, None, True)] * 2
    judge.broken = False
    hand_in(course, "ada")
    assert news(course) == {"ada": "shared", "bob": "unchanged"} and rows(course) == before[0]


def test_code_that_cannot_be_judged_is_tried_once_for_all_who_have_it(released_toy, hand_in, judge):
    for number in range(5):
        hand_in(released_toy, f"s{number}")
    judge.broken = True
    assert all(one.result.needs_attention for one in grade_class(released_toy, NAME, tier=2))
    assert judge.asked == 2  # the second time alone


# Lateness


ZERO = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'


RULE = """
import sys
sys.path.insert(0, c.CourseDirectory.root)
c.AssignLatePenalties.plugin_class = "by_the_hour.Rule"
"""
BY_THE_HOUR = """
from nbgrader.plugins import BasePlugin

class Rule(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""


@pytest.fixture
def late(released_toy, hand_in, judge) -> Course:
    """A class handed in an hour late, where lateness costs everything; graded."""
    config = released_toy.root / "nbgrader_config.py"
    config.write_text(config.read_text() + ZERO)
    with open_gradebook(released_toy) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    for student, code in {"ada": "def total(x):\n    return x.sum()", "bob": MEAN}.items():
        hand_in(released_toy, student, total=code).with_name("timestamp.txt").write_text("2026-10-01 13:00:00 UTC")
    news(released_toy)
    assert rows(released_toy)["ada"][:2] == (0, 6)
    return released_toy


@pytest.mark.parametrize("what", ["an extension", "another due date", "another rule", "a person's score"])
def test_what_lateness_costs_follows_what_the_course_says(late, what):
    with open_gradebook(late) as gradebook:
        if what == "an extension":
            gradebook.grant_extension(NAME, "ada", hours=2)
        elif what == "another due date":
            gradebook.update_or_create_assignment(NAME, duedate="2026-10-01 14:00:00 UTC")
        elif what == "a person's score":  # lateness takes all, so that of it, too
            grade = gradebook.find_grade("check-total", NAME, NAME, "ada")
            grade.manual_score = 1.0
            gradebook.db.commit()
    if what == "another rule":
        config = late.root / "nbgrader_config.py"
        config.write_text(config.read_text().replace(ZERO, ""))
    expected = 5 if what == "a person's score" else 0
    before = rows(late)
    seen = changes(late)["ada"]
    assert rows(late) == before
    assert seen.different and (seen.before, seen.after) == (before["ada"][0], 0 if expected else 6)
    assert seen.penalties == (6, expected)
    assert news(late, students=["bob"]) == {"bob": "unchanged"} and rows(late)["ada"] == before["ada"]
    assert news(late)["ada"] == "unchanged" and rows(late)["ada"][:2] == (seen.after, expected)
    assert not changes(late)["ada"].different and set(news(late).values()) == {"unchanged"}


def test_an_extension_counts_once(late):
    """Due at 12, half an hour more, handed in at 13."""
    config = late.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace(ZERO, RULE))
    (late.root / "by_the_hour.py").write_text(BY_THE_HOUR)
    with open_gradebook(late) as gradebook:
        gradebook.grant_extension(NAME, "ada", minutes=30)
    other_tests(late)  # recorded anew, or only reckoned anew
    for again in (False, True):
        seen = changes(late)
        news(late, again=again)
        assert {student: row[1] for student, row in rows(late).items()} == {"ada": 0.5, "bob": 1.0}
        assert {student: change.penalties[1] for student, change in seen.items()} == {"ada": 0.5, "bob": 1.0}


def test_a_preview_shows_what_applying_does(late):
    """Whoever it is about: a person's score stands, extra credit counts, lateness takes its part."""
    with open_gradebook(late) as gradebook:
        gradebook.grant_extension(NAME, "bob", hours=2)
        grade = gradebook.find_grade("check-total", NAME, NAME, "bob")
        grade.manual_score, grade.extra_credit = 1.5, 0.25
        gradebook.db.commit()
    other_tests(late)
    seen = changes(late)
    news(late, again=True)
    assert {student: change.after for student, change in seen.items()} == {
        student: row[0] for student, row in rows(late).items()
    }
    assert seen["bob"].after == 5.75 and seen["bob"].by_hand == ("total",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return float('nan')", "nan"),
        ("return 'all'", "real number"),
        ("raise KeyError(student_id)", "KeyError: 'ada'"),
    ],
)
def test_a_late_rule_that_fails_is_named_with_the_student(late, body, said):
    (late.root / "broken_rule.py").write_text(
        "from nbgrader.plugins import BasePlugin\nclass Rule(BasePlugin):\n"
        f"    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        {body}\n"
    )
    config = late.root / "nbgrader_config.py"
    config.write_text(
        f"{config.read_text()}\nimport sys\nsys.path.insert(0, c.CourseDirectory.root)\n"
        "sys.modules.pop('broken_rule', 0)\nc.AssignLatePenalties.plugin_class = 'broken_rule.Rule'\n"
    )
    before = rows(late)
    with pytest.raises(CourseError, match=f"late submissions.*ada.*{said}"):
        news(late, again=True)
    assert rows(late) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [("1 / 0", "ZeroDivisionError"), ("c.AssignLatePenalties.plugin_class = 'nowhere.Rule'", "nowhere.Rule")],
)
def test_a_configuration_that_cannot_be_used_is_named(released_toy, hand_in, judge, more, said):
    hand_in(released_toy, "ada")
    config = released_toy.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\n{more}\n")
    with pytest.raises(CourseError, match=rf"nbgrader_config\.py.*{said}"):
        news(released_toy)


# While a batch is at work


def test_what_is_handed_in_while_grading_is_for_the_next_run_with_its_own_time(late, hand_in, judge):
    stamp = hand_in(late, "ada").with_name("timestamp.txt")
    stamp.write_text("2026-10-01 11:00:00 UTC")
    (late.results / "ledger.db").unlink()
    judge.then = lambda: (hand_in(late, "ada", total=MEAN), stamp.write_text("2026-10-01 15:00:00 UTC"))
    news(late)
    assert rows(late)["ada"][:2] == (6, 0)  # the first one, in time
    assert (late.autograded / "ada" / NAME / "timestamp.txt").read_text() == "2026-10-01 11:00:00 UTC"
    judge.then = lambda: None
    assert news(late) == {"ada": "shared", "bob": "unchanged"} and rows(late)["ada"][:2] == (0, 4)


def test_a_folder_that_goes_away_while_grading_is_nobody_s_zero(released_toy, hand_in, judge, monkeypatch):
    for student in ("ada", "bob", "eve"):
        hand_in(released_toy, student, total=f"def total(x):\n    return x.sum()  # {student}")
    said, read = [], Batch.read

    def then_gone(self, student):
        entry = read(self, student)
        shutil.rmtree(released_toy.submissions / "eve", ignore_errors=True)
        return entry

    monkeypatch.setattr(Batch, "read", then_gone)
    students = [one.student for one in grade_class(released_toy, NAME, tier=2, tell=said.append)]
    assert students == ["ada", "bob"] and set(rows(released_toy)) == {"ada", "bob"}
    assert ["eve" in text and "gone" in text for text in said] == [True]


def test_tests_that_change_under_a_batch_end_it(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    judge.then = lambda: other_tests(released_toy)
    with pytest.raises(CourseError, match=r"test_total\.py.*changed.*run the command again"):
        news(released_toy)
    assert rows(released_toy) == {}
    judge.then = lambda: None
    assert news(released_toy) == {"ada": "graded"}


def test_two_batches_that_read_different_submissions_leave_one_of_them_whole(released_toy, hand_in, judge):
    """One has read what was there before a resubmission, the other what came after; they write in any order."""
    course = released_toy
    hand_in(course, "ada")
    with at_work(course, NAME, tier=2) as batch, open_gradebook(course) as one, open_gradebook(course) as two:
        first, second = Desk(batch, one, False), Desk(batch, two, False)
        old = batch.read("ada")
        hand_in(course, "ada", total=MEAN)
        new = batch.read("ada")
        results = {entry.key: batch.grader.grade_one(entry.cells) for entry in (old, new)}
        second.take(new, results[new.key], "graded")
        first.take(old, results[old.key], "graded")
        first.store()
        second.store()
    assert (rows(course)["ada"][0], load_result(result_path(course.results, NAME, "ada")).score) == (4, 4)
    assert news(course) == {"ada": "unchanged"}


@pytest.mark.parametrize("moment", ["notebook", "gradebook", "ledger"])
def test_a_kill_while_recording_leaves_nothing_that_looks_complete(released_toy, hand_in, judge, monkeypatch, moment):
    """Whatever was written of a resubmission: what stood before it is not taken for recorded any more."""

    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    course = released_toy
    path = hand_in(course, "ada")
    first = path.read_bytes()
    news(course)
    hand_in(course, "ada", total=MEAN)
    what = {
        "notebook": "autograder.desk.write_autograded",
        "gradebook": "autograder.desk.record",
        "ledger": "autograder.ledger.Ledger.note_recorded",
    }[moment]
    with monkeypatch.context() as patch:
        patch.setattr(what, kill)
        with pytest.raises(Killed):
            news(course)
    path.write_bytes(first)  # the student thinks better of it
    assert news(course) == {"ada": "shared"} and rows(course)["ada"][0] == 6
    assert load_result(result_path(course.results, NAME, "ada")).score == 6


def test_what_a_killed_batch_had_half_written_is_swept_away(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    news(released_toy)
    places = released_toy.results / NAME, released_toy.autograded / "ada" / NAME
    for place in places:
        (place / ".new-half").write_text("half of it")
    hand_in(released_toy, "ada", total=MEAN)
    news(released_toy)
    assert [path.name for place in places for path in place.glob(".new-*")] == []


# What does not fit


@pytest.mark.parametrize("content", [b"", b"{", b'{"assignment": "a01_toy"}', b"\xff\x00"])
def test_a_result_file_that_cannot_be_read_is_written_again(released_toy, hand_in, judge, content):
    hand_in(released_toy, "ada")
    news(released_toy)
    path = result_path(released_toy.results, NAME, "ada")
    before = path.read_bytes()
    path.write_bytes(content)
    assert changes(released_toy)["ada"].after == 6
    assert news(released_toy) == {"ada": "shared"} and path.read_bytes() == before


def test_a_gradebook_that_another_one_wrote_is_put_right_when_somebody_says_so(released_toy, hand_in, judge):
    """As when two machines, each with a ledger of its own, write into one gradebook."""
    hand_in(released_toy, "ada")
    news(released_toy)
    with open_gradebook(released_toy) as gradebook:
        gradebook.find_grade("check-total", NAME, NAME, "ada").auto_score = 0.5
        gradebook.db.commit()
    assert news(released_toy) == {"ada": "outdated"} and rows(released_toy)["ada"][0] == 4.5
    assert (changes(released_toy)["ada"].before, changes(released_toy)["ada"].after) == (4.5, 6)
    assert news(released_toy, again=True) == {"ada": "shared"} and rows(released_toy)["ada"][0] == 6


def test_a_damaged_gradebook_is_nothing_to_throw_away(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    (released_toy.root / "gradebook.db").write_bytes(b"no database, but long enough to be one" * 200)
    with pytest.raises(GradebookError, match="backup") as raised:
        news(released_toy)
    assert "no mark of a person is lost" not in str(raised.value)


def test_an_assignment_that_the_gradebook_does_not_know_is_to_be_released(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    (released_toy.root / "gradebook.db").unlink()
    with pytest.raises(GradebookError, match=f"knows no {NAME}.*autograder release {NAME}"):
        news(released_toy)
    assert judge.asked == 0


def test_points_that_were_changed_and_not_released_end_a_batch_before_it_begins(released_toy, hand_in, judge):
    """The student's notebook and the gradebook would say 2 points, the tests 20."""
    hand_in(released_toy, "ada")
    for path in (released_toy.solutions / NAME / f"{NAME}.ipynb", released_toy.hidden / NAME / "manifest.toml"):
        text = path.read_text()
        path.write_text(text.replace('"points": 2', '"points": 20').replace("points = 2", "points = 20"))
    path = released_toy.hidden / NAME / "test_total.py"
    path.write_text(path.read_text().replace("@points(2)", "@points(20)"))
    with pytest.raises(CourseError, match=f"check-total.*20.*2.*autograder release {NAME}"):
        news(released_toy)
    assert judge.asked == 0


def test_a_name_that_no_gradebook_holds_is_left_out_and_costs_nobody_else(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    (released_toy.submissions / "\udcff" / NAME).mkdir(parents=True)
    assert news(released_toy) == {"ada": "graded"} and left_out(released_toy, NAME) == [ascii("\udcff")]


def test_a_student_asked_for_twice_is_graded_once(released_toy, hand_in, judge):
    hand_in(released_toy, "ada")
    assert [one.student for one in grade_class(released_toy, NAME, ["ada", "ada"], tier=2)] == ["ada"]


def test_whoever_waits_for_another_batch_is_told(released_toy, hand_in, judge, monkeypatch):
    hand_in(released_toy, "ada")
    said = []
    with at_work(released_toy, NAME, tier=2) as batch:
        key = batch.read("ada").key
        batch.ledger.owner = "elsewhere/boot:41:1"
        assert batch.ledger.lease(key)
        monkeypatch.setattr("autograder.batch.time.sleep", lambda seconds: batch.ledger.give_back([key]))
        found = list(grade_class(released_toy, NAME, tier=2, tell=said.append))
    assert [one.news for one in found] == ["graded"]
    assert len(said) == 1 and "1 " in said[0] and "process 41 on elsewhere" in said[0]


def test_a_class_of_more_than_a_chunk_is_recorded_whole(released_toy, hand_in, judge):
    students = [f"s{number:02d}" for number in range(CHUNK + 3)]
    for number, student in enumerate(students):
        hand_in(released_toy, student, total=f"def total(x):\n    return x.sum() + {number % 4}")
    news(released_toy)
    assert {student: row[0] for student, row in rows(released_toy).items()} == dict.fromkeys(students, 6)
    assert not [path for path in released_toy.root.rglob("*") if Path(path).name.startswith(".new-")]


# Time that was given


def test_time_given_before_handing_in_counts_and_is_no_submission(released_toy, hand_in, judge):
    config = released_toy.root / "nbgrader_config.py"
    config.write_text(config.read_text() + ZERO)
    with open_gradebook(released_toy) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
        for student in ("ada", "bob", "ghost"):
            gradebook.add_student(student)
    assert f"{extend(released_toy, NAME, 'ada', timedelta(days=1)):%d %H}" == "02 12"
    extend(released_toy, NAME, "ghost", timedelta(hours=30))
    standing = {one.student: (one.submitted, one.needs_manual) for one in read_standings(released_toy, NAME)}
    assert standing == dict.fromkeys(["ada", "bob", "ghost"], (False, False))
    for student in ("ada", "bob"):
        hand_in(released_toy, student).with_name("timestamp.txt").write_text("2026-10-02 11:00:00 UTC")
    news(released_toy)
    found = {one.student: (one.submitted, one.score) for one in read_standings(released_toy, NAME)}
    assert found == {"ada": (True, 6), "bob": (True, 0), "ghost": (False, 0)}
    extend(released_toy, NAME, "ada", timedelta())  # and taken back
    assert news(released_toy)["ada"] == "unchanged" and rows(released_toy)["ada"][:2] == (0, 6)


def test_time_can_be_given_where_there_is_a_date_and_a_student(released_toy):
    with open_gradebook(released_toy) as gradebook:
        gradebook.add_student("ada")
    with pytest.raises(CourseError, match=r"a01_toy has no due date: set one with `nbgrader db assignment add a01_toy"):
        extend(released_toy, NAME, "ada", timedelta(days=1))
    with open_gradebook(released_toy) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    with pytest.raises(CourseError, match="nobody.*add the student to the gradebook"):
        extend(released_toy, NAME, "nobody", timedelta(days=1))


def test_a_kill_while_recording_again_asks_nobody_to_mark_an_essay_twice(released_toy, hand_in, judge, monkeypatch):
    """What was half written is written again, and is still the submission that a person has marked."""
    hand_in(released_toy, "ada", total=MEAN)
    news(released_toy)
    seen: list[bool] = []

    def watched(*arguments, anew: bool, **named):
        seen.append(anew)
        return sheet_of(*arguments, anew=anew, **named)

    other_tests(released_toy)
    with monkeypatch.context() as patch:
        patch.setattr("autograder.ledger.Ledger.note_recorded", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            news(released_toy, again=True)
    monkeypatch.setattr("autograder.desk.sheet_of", watched)
    assert news(released_toy) == {"ada": "shared"} and seen == [False]
    assert news(released_toy) == {"ada": "unchanged"}
