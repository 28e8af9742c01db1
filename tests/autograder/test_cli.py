"""The command: its exit codes, its JSON, its one-line errors."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def autograder(course, *arguments):
    command = [sys.executable, "-m", "autograder", "--course", str(course.root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_try_prints_score_tests_seconds_and_sandbox_as_json(released_toy, hand_in):
    path = hand_in(released_toy, "hopper", total="def total(x):\n    return x.mean()")
    done = autograder(released_toy, "try", "a01_toy", str(path), "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["score"], record["max_score"]) == (4.0, 6.0)
    assert set(record) == {"score", "max_score", "tests", "seconds", "sandbox"}
    assert all(set(test) == {"name", "points", "max_points", "verdict", "message"} for test in record["tests"])
    assert record["sandbox"].startswith("tier ") and record["seconds"] > 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade", "a77"], "unknown assignment 'a77': the syllabus has a01_toy"),
        (["grade", "a01_toy", "--student", "ghost"], "no submission"),
        (["try", "a01_toy", "missing.ipynb"], "no such notebook"),
        (["export", "a01_toy", "--format", "tablet"], "csv"),
        (["frobnicate"], "No such command"),
        (["release"], "name an assignment"),
        (["extend", "a01", "ada"], "say how much: --days, --hours, or both"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(released_toy, arguments, says):
    done = autograder(released_toy, *arguments)
    assert done.returncode == 2
    assert says in done.stderr and "Traceback" not in done.stderr


def test_a_folder_without_a_course_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "audit"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2 and "syllabus.toml" in done.stderr


def test_a_term_in_five_commands(toy, hand_in):
    assert autograder(toy, "release", "a01_toy", "--seeds", "3").returncode == 0
    hand_in(toy, "hopper")
    hand_in(toy, "turing", scale="def scale(x, factor):\n    return x + factor")
    graded = autograder(toy, "grade", "a01_toy")
    assert graded.returncode == 0, graded.stderr
    assert "scale: adds" in graded.stdout and "6/6" in graded.stdout and "2/6" in graded.stdout
    assert autograder(toy, "feedback", "a01_toy").returncode == 0
    assert "You add the factor" in (toy.feedback / "turing" / "a01_toy" / "a01_toy.html").read_text()
    assert autograder(toy, "feedback", "a01_toy", "--policy", "none").returncode == 0
    assert "You add the factor" not in (toy.feedback / "turing" / "a01_toy" / "a01_toy.html").read_text()
    assert autograder(toy, "export", "a01_toy").returncode == 0
    assert "turing" in (toy.exports / "a01_toy.csv").read_text()


def test_a_refused_release_leaves_nothing_behind(toy):
    (toy.root / "hidden/a01_toy/variants.py").write_text("# %% total: wrong\ndef total(x):\n    return 0.0\n")
    done = autograder(toy, "release", "a01_toy", "--seeds", "2")
    assert done.returncode == 1
    assert "the correct variant 'wrong' gets 'fail'" in done.stdout
    assert not (toy.assignments / "a01_toy" / "a01_toy.ipynb").exists()


def test_audit_as_json_has_the_kill_table(released_toy):
    done = autograder(released_toy, "audit", "a01_toy", "--seeds", "2", "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["passed"] and set(report["kill_table"]["scale"]) == {"adds", "squares"}
