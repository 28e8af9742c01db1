"""The whole corpus, graded as one class: no forged point, no lost submission, no honest student harmed.

It runs in a process of its own (runner.py), on tiers 2 and 1, as an ordinary user; started by root, it also runs once
as root, on the tier without a root folder of its own. Root's Python often lies below a folder that nobody else may
enter, so the ordinary user gets a mount namespace in which such folders are open. Where root may not make one, as in
most containers, the runs are root's, and an ordinary user's are left to those who run the tests as one.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder.release import release
from tests.conftest import copy_toy_course
from tests.hostile import runner, specimen
from tests.hostile.people import as_anybody, why_not

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CORPUS = {one.name: one for one in specimen.corpus()}
AS_ROOT = os.geteuid() == 0
ORDINARY = "an ordinary user" if AS_ROOT and not why_not() else "whoever runs this"
RUNS = [(2, ORDINARY), (1, ORDINARY)] + (
    [(1, "whoever runs this")] if AS_ROOT and ORDINARY != "whoever runs this" else []
)


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: f"tier {run[0]}, {run[1]}")
def graded(request, tmp_path_factory):
    """(report, tier) of one run over the corpus."""
    if sys.platform != "linux":
        pytest.skip("tiers 2 and 1 are Linux's")
    tier, person = request.param
    around = tmp_path_factory.mktemp("corpus")
    course = copy_toy_course(around / "toy")
    release(course, "a01_toy")
    command = [sys.executable, "-B", "-m", "tests.hostile.runner", str(course.root), str(tier)]
    if person == "an ordinary user":
        command = as_anybody(command, around)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    shutil.rmtree(course.submissions, ignore_errors=True)
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout), tier


def test_every_row_has_a_specimen():
    rows = {row for group in tomllib.loads((specimen.HERE / "rows.toml").read_text()).values() for row in group}
    shown = {one.row for one in CORPUS.values()}
    assert sorted(rows - shown) == [] and sorted(shown - rows) == []


def test_every_specimen_says_what_it_does_and_no_two_are_one_student():
    assert all(one.about.endswith(".") for one in CORPUS.values())
    assert len({one.student for one in CORPUS.values()}) == len(CORPUS)


@pytest.mark.parametrize("name", CORPUS)
def test_specimen(graded, name):
    report, tier = graded
    assert runner.problems(report, CORPUS[name], tier) == []


def test_the_batch_completes_and_nobody_is_lost(graded):
    report, _ = graded
    assert report["trouble"] == ""
    everybody = {one.student for one in CORPUS.values() if "REFUSED" not in one.declared} | set(runner.HONEST)
    assert everybody - set(report["students"]) == set() and everybody - set(report["gradebook"]) == set()


def test_honest_classmates_have_all_their_points(graded):
    report, _ = graded
    for student in runner.HONEST:
        assert set(report["students"][student]["verdicts"].values()) == {"pass"}
        assert report["gradebook"][student] == [6.0, [None, None]]


def test_it_ran_where_it_should(graded):
    report, tier = graded
    assert {told["sandbox"] for told in report["students"].values()} == {f"tier {tier}"}


def test_nothing_else_on_the_machine_changed(graded):
    report, _ = graded
    assert {what: report[what] for what in ("changed", "new", "marks", "processes")} == {
        "changed": [], "new": [], "marks": [], "processes": [],
    }  # fmt: skip
    assert report["connections"] == 0


def test_an_unknown_declaration_or_a_specimen_without_content_is_an_error(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text('"""empty\n\nNothing.\n"""\n')
    with pytest.raises(ValueError, match="has cells or a function `submit`"):
        specimen.read(path)


def test_problems_are_found(graded):
    """The judge of the corpus is no rubber stamp: a forged point, a lost student and a wrong gradebook are named."""
    report, tier = json.loads(json.dumps(graded[0])), graded[1]
    one = CORPUS["fail/eq_true"]
    report["gradebook"][one.student] = [6.0, [4.0, None]]
    report["students"][one.student]["points"]["test_matrix"] = 2
    report["students"][one.student]["verdicts"]["test_one_number"] = "pass"
    found = "\n".join(runner.problems(report, one, tier))
    assert "test_matrix: 2 points for fail" in found and "test_one_number: pass instead of fail" in found
    assert "the gradebook says" in found
    del report["students"][one.student]
    assert runner.problems(report, one, tier) == ["it was not graded"]
