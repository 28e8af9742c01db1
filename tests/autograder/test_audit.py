"""The gate can say no: each kind of flaw, put into the toy course on purpose, is found and named."""

import pytest

from autograder.audit import audit, blank, closest, lecture_functions, shape
from autograder.release import release

pytestmark = pytest.mark.slow

HIDDEN = "hidden/a01_toy"


def edit(course, path, old, new):
    file = course.root / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_sound_assignment_passes_and_shows_which_test_kills_which_mistake(released_toy):
    report = audit(released_toy, "a01_toy", seeds=5)
    assert report.findings == [] and report.passed
    assert report.kill_table()["scale"]["adds"] == ["test_one_number", "test_matrix", "test_zero"]
    assert {attempt.kind for attempt in report.attempts} == {"solution", "blank", "mistake", "variant"}


FLAWS = {  # what an author got wrong: the edit that makes it so, and what the gate says
    "a test that is wrong at times": (
        ("test_total.py", "float(x.sum())", "float(x.sum()) + (x[0, 0] > 0.5)"),
        "the solution itself gets 'fail' in test_total",
    ),
    "a test that tests nothing": (
        ("test_total.py", "assert_close(student.total(x), float(x.sum()))", "pass"),
        "the blank notebook earns 2 points",
    ),
    "inputs on which a mistake does not show": (
        ("test_total.py", "rng.normal(size=(2, 3))", "rng.normal(size=(1, 1))"),
        "no hidden test catches the mistake 'mean'",
    ),
    "a variant that is not right": (
        ("variants.py", "result = 0.0", "result = 1e-5"),
        "the correct variant 'a loop' gets 'fail'",
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_in_the_tests_is_found(released_toy, flaw):
    (file, old, new), finding = FLAWS[flaw]
    edit(released_toy, f"{HIDDEN}/{file}", old, new)
    report = audit(released_toy, "a01_toy", seeds=20)
    assert not report.passed
    assert any(finding in one for one in report.findings), report.findings


def test_a_leak_and_a_stale_release_are_found(released_toy):
    released = "assignments/a01_toy/a01_toy.ipynb"
    edit(released_toy, released, "import numpy as np", "import numpy as np\\n# return np.asarray(x).sum()")
    (released_toy.assignments / "a01_toy" / "notes.txt").write_text("the answers")
    findings = "\n".join(audit(released_toy, "a01_toy", seeds=1).findings)
    assert "contains a line of the solution" in findings
    assert "notes.txt: stands beside the released notebook" in findings


def test_a_changed_solution_makes_the_release_stale(released_toy):
    edit(released_toy, "solutions/a01_toy/a01_toy.ipynb", "Add the entries of `x`.", "Sum the entries of `x`.")
    assert any("is not the stub of the solution" in one for one in audit(released_toy, "a01_toy", seeds=1).findings)


def test_lecture_code_that_answers_a_question_is_found(released_toy, monkeypatch, tmp_path):
    (tmp_path / "lecture_of_scaling.py").write_text("def multiply(x, factor):\n    return x * factor\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(type(released_toy), "modules_before", lambda self, name: ["lecture_of_scaling"])
    report = audit(released_toy, "a01_toy", seeds=1)
    assert any("lecture_of_scaling.multiply pasted in earns 4 of 4" in one for one in report.findings)
    edit(released_toy, f"{HIDDEN}/manifest.toml", "points = 4", "points = 4\nwarm_up = true")
    assert audit(released_toy, "a01_toy", seeds=1).passed


def test_lecture_code_is_what_a_module_defines_in_public(monkeypatch, tmp_path):
    code = "from math import exp\nfrom fractions import Fraction\n\n\nclass Node:\n    value = 1\n\n\n"
    (tmp_path / "lecture_of_graphs.py").write_text(f"{code}def walk():\n    pass\n\n\ndef _inner():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    shown = lecture_functions(["lecture_of_graphs", "mmcourse.planned_for_later"])
    assert list(shown) == [("Node", "lecture_of_graphs"), ("walk", "lecture_of_graphs")]
    assert shown["Node", "lecture_of_graphs"] == "class Node:\n    value = 1\n"


def test_blank_makes_the_stub_that_nbgrader_makes(released_toy):
    source = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    assert blank(source) == "def f():\n    raise NotImplementedError  # your code here"
    release(released_toy, "a01_toy")  # audit compares the two; here only that a release goes through


def test_closest_ranks_by_shape_and_not_by_names():
    shown = {
        ("same", "m"): "def same(a, b):\n    return a * b",
        ("other", "m"): "class Other:\n    x = [1, 2, 3]\n    y = {1: 2}",
    }
    assert closest("def scale(x, factor):\n    return x * factor", shown)[0] == ("same", "m")
    assert shape("def f(a):\n    return a") == shape("def g(b):\n    return b")
