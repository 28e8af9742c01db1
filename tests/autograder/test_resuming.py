"""Grading goes on where it was: nothing is found out twice, nothing is left out, marks move when somebody says so."""

import datetime
import json
import shutil
import subprocess
import sys

import pytest

from autograder.batch import grade_class, preview
from autograder.changes import Moved
from autograder.course import Course
from autograder.gradebook import open_gradebook
from autograder.grading import Grader
from autograder.marks import read_standings
from autograder.results import load_result, result_path

pytestmark = pytest.mark.slow

NAME = "a01_toy"
MEAN = "def total(x):\n    return x.mean()"


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The students whose code really went to the sandbox, in order."""
    found, grade = [], Grader.grade_on

    def counted(self, line, task, last=False):
        found.append(task.student)
        return grade(self, line, task, last)

    monkeypatch.setattr(Grader, "grade_on", counted)
    return found


def news(course: Course, **options) -> dict[str, str]:
    return {one.student: one.news for one in grade_class(course, NAME, **options)}


def rows(course: Course) -> list[tuple]:
    """What a run is judged by: every graded cell of everybody."""
    return sorted(
        (mark.student, mark.cell, mark.auto, mark.manual, mark.extra_credit, mark.needs_manual, standing.late_penalty)
        for standing in read_standings(course, NAME)
        for mark in standing.marks
    )


def files(course: Course) -> dict[str, bytes]:
    """Results and notebooks, without what says how long something took."""
    found = {path: path.read_bytes() for path in course.autograded.rglob("*") if path.is_file()}
    for path in course.results.rglob("*.json"):
        found[path] = json.dumps(json.loads(path.read_bytes()) | {"seconds": 0}).encode()
    return {path.relative_to(course.root).as_posix(): content for path, content in found.items()}


def test_the_same_code_is_graded_once_whoever_hands_it_in(released_toy, hand_in, asked):
    course = released_toy
    for student in ("ada", "bob", "eve"):
        hand_in(course, student)
    hand_in(course, "mallory", total=MEAN)
    (course.submissions / "eve" / NAME / f"{NAME}.ipynb").rename(course.submissions / "eve" / NAME / "mine.ipynb")
    said = news(course)
    assert sorted(asked) == ["ada", "mallory"]
    assert said == {"ada": "graded", "bob": "shared", "eve": "shared", "mallory": "graded"}
    assert {one.student: one.score for one in read_standings(course, NAME)} == {
        "ada": 6, "bob": 6, "eve": 6, "mallory": 4,
    }  # fmt: skip
    results = {student: load_result(result_path(course.results, NAME, student)) for student in said}
    assert {result.student for result in results.values()} == set(said)
    assert results["bob"].notes == [] and "expected the name" in results["eve"].notes[0]  # of the file, not of the code
    assert results["eve"].tests == results["ada"].tests


def test_who_has_nothing_new_is_not_graded_again(released_toy, hand_in, asked):
    course = released_toy
    hand_in(course, "ada")
    hand_in(course, "bob", total=MEAN)
    news(course)
    before = rows(course), files(course)
    asked.clear()
    assert news(course) == {"ada": "unchanged", "bob": "unchanged"} and asked == []
    assert (rows(course), files(course)) == before
    hand_in(course, "bob", total="def total(x):\n    return x.sum()\n")
    assert news(course) == {"ada": "unchanged", "bob": "graded"} and asked == ["bob"]
    assert {one.student: one.score for one in read_standings(course, NAME)} == {"ada": 6, "bob": 6}


@pytest.mark.parametrize("lost", ["gradebook", "notebook", "result", "ledger"])
def test_what_somebody_deleted_is_written_again(released_toy, hand_in, asked, lost, _released):
    course = released_toy
    hand_in(course, "ada", total=MEAN)
    news(course)
    before = rows(course), files(course)
    asked.clear()
    if lost == "gradebook":
        shutil.copyfile(_released / "gradebook.db", course.root / "gradebook.db")
    elif lost == "notebook":
        shutil.rmtree(course.autograded)
    elif lost == "result":
        result_path(course.results, NAME, "ada").unlink()
    else:
        (course.results / "ledger.db").unlink()
    assert news(course) == {"ada": "graded" if lost == "ledger" else "shared"}
    assert asked == (["ada"] if lost == "ledger" else [])
    assert (rows(course), files(course)) == before


def test_a_resubmission_with_the_same_code_and_another_time_is_recorded_without_grading(released_toy, hand_in, asked):
    course = released_toy
    hand_in(course, "ada").with_name("timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    news(course)
    (course.submissions / "ada" / NAME / "timestamp.txt").write_text("2026-10-02 12:00:00 UTC")
    asked.clear()
    assert news(course) == {"ada": "shared"} and asked == []
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(NAME, "ada").timestamp.day == 2


# When the tests change


@pytest.fixture
def changed(released_toy, hand_in):
    """A graded class whose tests were made kinder afterwards: a mean is now taken for a total."""
    course = released_toy
    hand_in(course, "ada")
    hand_in(course, "bob", total=MEAN)
    hand_in(course, "eve", total=MEAN + "\n")
    news(course)
    with open_gradebook(course) as gradebook:
        gradebook.find_grade("check-total", NAME, NAME, "eve").manual_score = 1.5
        gradebook.db.commit()
    path = course.hidden / NAME / "test_total.py"
    path.write_text(
        path.read_text().replace("float(x.sum())", "float(x.sum()) if student.total(x) > 9 else student.total(x)")
    )
    return course


def test_marks_do_not_move_by_themselves_when_the_tests_have_changed(changed, asked):
    before = rows(changed), files(changed)
    assert set(news(changed).values()) == {"outdated"} and asked == []
    assert (rows(changed), files(changed)) == before


def test_a_preview_says_who_would_change_by_how_much_and_why_and_records_nothing(changed, asked):
    before = rows(changed), files(changed)
    asked.clear()
    found = {change.student: change for change in preview(changed, NAME)}
    assert (rows(changed), files(changed)) == before
    assert not found["ada"].different and (found["ada"].before, found["ada"].after) == (6, 6)
    assert found["bob"].different and (found["bob"].before, found["bob"].after) == (4, 6)
    assert found["bob"].tests == (Moved("total", "test_total", 0.0, 2.0),) and found["bob"].by_hand == ()
    assert found["eve"].by_hand == ("total",)
    graded = list(asked)
    assert news(changed, again=True) == {"ada": "shared", "bob": "shared", "eve": "shared"}
    assert asked == graded  # what the preview found out is known
    assert {one.student: one.score for one in read_standings(changed, NAME)} == {"ada": 6, "bob": 6, "eve": 5.5}
    assert [change for change in preview(changed, NAME) if change.different] == []
    assert set(news(changed).values()) == {"unchanged"}


def test_a_new_submission_meets_the_new_tests(changed, hand_in, asked):
    hand_in(changed, "zoe", total=MEAN + "\n\n")
    (change,) = preview(changed, NAME, ["zoe"])
    assert change.different and change.before is None and change.after == 6
    assert news(changed)["zoe"] == "shared"


def test_the_command_shows_it_and_applies_it(changed):
    def run(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "autograder", *words]
        done = subprocess.run(command, cwd=changed.root, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done

    said = run("grade", NAME).stderr
    assert "3 submissions: 3 unchanged since they were graded" in said
    assert (
        "3 of them would be graded otherwise now (other tests, or another machine): "
        f"`autograder regrade {NAME} --preview`" in said
    )
    shown = " ".join(run("regrade", NAME, "--preview").stdout.split())
    assert "bob 4 6 total: test_total 0 -> 2" in shown and "eve 5.5 5.5 total: test_total 0 -> 2" in shown
    assert "(a person's score stands)" in shown and "2 of 3 would change; nothing was recorded" in shown
    changes = json.loads(run("regrade", NAME, "--preview", "--json").stdout)
    assert [(change["student"], change["before"], change["after"]) for change in changes] == [
        ("bob", 4, 6),
        ("eve", 5.5, 5.5),
    ]
    assert "3 submissions: 3 with the same code as another" in run("regrade", NAME).stderr
    assert "nothing would change for the 3" in run("regrade", NAME, "--preview").stdout


# Lateness


PLUGIN = """
import sys
sys.path.insert(0, c.CourseDirectory.root)
c.AssignLatePenalties.plugin_class = "hourly.Hourly"
"""
HOURLY = """
from nbgrader.plugins import BasePlugin

class Hourly(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {"free": None, "negative": -1.0, "much": 100.0}.get(student_id, total_seconds_late / 3600)
"""


@pytest.mark.parametrize("rule", ["none", "zero", "hourly"])
def test_lateness_costs_what_nbgrader_s_own_step_says(released_toy, hand_in, rule):
    course = released_toy
    config = course.root / "nbgrader_config.py"
    if rule == "hourly":
        (course.root / "hourly.py").write_text(HOURLY)
        config.write_text(config.read_text() + PLUGIN)
    else:
        config.write_text(config.read_text() + f"\nc.LateSubmissionPlugin.penalty_method = {rule!r}\n")
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-10-01 12:00:00 UTC")
        for student in ("extended", "extended_late"):
            gradebook.add_student(student)
            with gradebook.db.no_autoflush:  # nbgrader adds the parts of a submission before the whole
                gradebook.add_submission(NAME, student)
            gradebook.grant_extension(NAME, student, hours=2)
    handed_in = {
        "early": "11:00", "sharp": "12:00", "late": "13:30", "much": "13:00", "negative": "13:00", "free": "13:00",
        "extended": "13:59", "extended_late": "15:00",
    }  # fmt: skip
    for student, when in handed_in.items():
        hand_in(course, student, total=MEAN).with_name("timestamp.txt").write_text(f"2026-10-01 {when}:00 UTC")
    hand_in(course, "unknown")
    list(grade_class(course, NAME))
    ours = {one.student: one.late_penalty for one in read_standings(course, NAME)}
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission(NAME, "extended").extension == datetime.timedelta(hours=2)
    late = {"late": 1.5, "much": 4.0, "negative": 0.0, "free": 0.0, "extended_late": 1.0}
    expected = {
        "none": {}, "zero": dict.fromkeys(late, 4.0), "hourly": late,
    }[rule]  # fmt: skip
    assert ours == dict.fromkeys([*handed_in, "unknown"], 0.0) | expected
    if rule == "hourly":
        command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force"]
        subprocess.run(command, cwd=course.root, check=True, capture_output=True, timeout=500)
        assert {one.student: one.late_penalty for one in read_standings(course, NAME)} == ours


# Two at once


def test_two_batches_at_once_grade_nothing_twice_and_lose_nobody(released_toy, hand_in):
    course = released_toy
    students = [f"s{number:02d}" for number in range(24)]
    for number, student in enumerate(students):
        hand_in(course, student, total=f"def total(x):\n    return x.sum() + {number % 12}")
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--jobs", "1"]
    pipes = {"cwd": course.root, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    said = [process.communicate(timeout=400)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    graded = sum(int(text.partition(" submissions: ")[2].split()[0]) for text in said if " graded" in text)
    assert graded == 12
    found = {one.student: one.score for one in read_standings(course, NAME)}
    assert found == {student: 6 if number % 12 == 0 else 4 for number, student in enumerate(students)}
