import json
import re
import sys

import pytest

from autograder.manifest import (
    Manifest,
    ManifestError,
    Mistake,
    load_module,
    program_sources,
    setup_sources,
    solution_sources,
)

TOML = """
[[question]]
id = "double"
title = "Twice"
solution_cell = "double"
grade_cell = "check-double"
function = "double"
points = 3
"""
TESTS = '''
from autograder.testing import assert_close, needs, points

@points(2)
def test_two(student, rng):
    """Two
    doubled."""
    assert_close(student.double(2), 4)

@points(1)
@needs("test_two")
def test_zero(student, reference):
    """Zero."""
'''
MISTAKES = """
from autograder.manifest import Mistake
MISTAKES = [Mistake(question="double", name="thrice", edits={"2 * x": "3 * x"}, message="Count again.", erratum="E01")]
"""
VARIANTS = """# Never imported.

# %% double: a sum
def double(x):
    return x + x

# %% double: a shift
def double(x):
    return x << 1
"""
CHECKS = 'QUESTIONS = {"double": "declared elsewhere"}\n'
SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"


def cell(source, tags=(), **grading):
    metadata = {"tags": list(tags)} | ({"nbgrader": grading} if grading else {})
    return {"cell_type": "code", "id": "c", "metadata": metadata, "outputs": [], "source": source.splitlines(True)}


@pytest.fixture
def folder(tmp_path):
    hidden = tmp_path / "a00_toy"
    hidden.mkdir()
    files = {"manifest.toml": TOML, "test_double.py": TESTS, "mistakes.py": MISTAKES, "variants.py": VARIANTS}
    for name, text in {**files, "checks.py": CHECKS}.items():
        (hidden / name).write_text(text)
    cells = [
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "Twice."},
        cell("import numpy as np"),
        cell(SOLUTION, solution=True, grade=False, grade_id="double"),
        cell("helper = double(1)"),
        cell("import matplotlib", tags=["explore"]),
        cell('check("a00.double", double)', solution=False, grade=True, grade_id="check-double", points=3),
    ]
    (tmp_path / "toy.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    return hidden


@pytest.fixture
def notebook(folder):
    return folder.parent / "toy.ipynb"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_load_finds_everything(folder, notebook):
    modules, path = set(sys.modules), list(sys.path)
    manifest = Manifest.load(folder, notebook)
    (question,) = manifest.questions
    assert (manifest.name, manifest.points, question.id, question.packages) == ("a00_toy", 3, "double", ("numpy",))
    assert (question.warm_up, question.graded_part) == (False, None)
    two, zero = manifest.tests
    assert (two.name, two.question, two.points, two.needs, two.title) == ("test_two", "double", 2, (), "Two doubled.")
    assert (zero.points, zero.needs) == (1, ("test_two",))
    assert [(v.question, v.name) for v in manifest.variants] == [("double", "a sum"), ("double", "a shift")]
    assert manifest.variants[0].source == "def double(x):\n    return x + x\n"
    assert dict(manifest.checks) == {"double": "declared elsewhere"}
    assert manifest.question("double") is question
    assert sys.path == path
    assert all(name.startswith("_hidden_") for name in set(sys.modules) - modules if "a00_toy" in name)


def test_mistakes_variants_and_checks_may_be_absent(folder, notebook):
    for name in ("mistakes.py", "variants.py", "checks.py"):
        (folder / name).unlink()
    manifest = Manifest.load(folder, notebook)
    assert (manifest.mistakes, manifest.variants, dict(manifest.checks)) == ((), (), {})


def test_cells_of_the_notebook(notebook):
    assert solution_sources(notebook) == {"double": SOLUTION}
    assert setup_sources(notebook) == ["import numpy as np", "helper = double(1)"]
    assert program_sources(notebook) == ["import numpy as np", SOLUTION, "helper = double(1)"]
    assert program_sources(notebook, {"double": "double = abs"})[1] == "double = abs"
    assert solution_sources(json.loads(notebook.read_text())) == {"double": SOLUTION}


def test_a_mistake_is_made_in_the_solution(folder, notebook):
    (mistake,) = Manifest.load(folder, notebook).mistakes
    assert mistake.apply(SOLUTION) == SOLUTION.replace("2 * x", "3 * x")
    whole = Mistake(question="double", name="other", source="double = abs", message="No.")
    assert whole.apply(SOLUTION) == "double = abs"


def test_several_edits_look_at_the_original_only():
    swap = Mistake(question="q", name="swap", edits={"a": "b", "b": "a"}, message="Swapped.")
    assert swap.apply("a = b") == "b = a"


@pytest.mark.parametrize(
    ("edits", "source", "message"),
    [
        ({"y": "z"}, "x = 1", "the text 'y' occurs 0 times in the solution cell, expected once"),
        ({"x": "z"}, "x = x", "the text 'x' occurs 2 times in the solution cell, expected once"),
        ({"": "z"}, "x = 1", "the text '' occurs everywhere"),
        ({"x = ": "y = ", " = 1": " = 2"}, "x = 1", "two edits overlap at 'x = '"),
        ({"x": "def"}, "x = 1", "the result does not parse, line 1"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edits, source, message):
    with pytest.raises(ManifestError, match="mistake q/m: ") as caught:
        Mistake(question="q", name="m", edits=edits, message=".").apply(source)
    assert message in str(caught.value)


@pytest.mark.parametrize("given", [{}, {"edits": {"a": "b"}, "source": "c"}])
def test_a_mistake_is_edits_or_a_source(given):
    with pytest.raises(ManifestError, match="give either edits or source"):
        Mistake(question="q", name="m", message=".", **given)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("manifest.toml", "points = 3", "points = 4", "is worth 4 points, but its tests add up to 3"),
        ("manifest.toml", "points = 3", "points = -3", "points must be positive, got -3"),
        ("manifest.toml", "points = 3", "points = true", "points has the wrong type, bool"),
        ("manifest.toml", "points = 3", "points = 3\ncolour = 'red'", "unknown key 'colour'"),
        ("manifest.toml", 'title = "Twice"', "", "missing 'title'"),
        ("manifest.toml", "[[question]]", "[question]", "expected one or more [[question]] tables"),
        ("manifest.toml", "points = 3", "points = ", "manifest.toml: Invalid value"),
        ("manifest.toml", 'id = "double"', 'id = "triple"', "question triple has no test file"),
        ("manifest.toml", TOML, TOML + TOML, "manifest.toml: id 'double' occurs more than once"),
        ("manifest.toml", 'solution_cell = "double"', 'solution_cell = "x"', "has no solution cell 'x', only 'double'"),
        ("manifest.toml", '"check-double"', '"x"', "has no grade cell 'x', only 'check-double'"),
        ("manifest.toml", 'function = "double"', 'function = "x"', "cell 'double' does not define 'x'"),
        ("test_double.py", "@points(1)\n", "", "test_zero: has no points, decorate it with @points(n)"),
        ("test_double.py", '"""Zero."""', "pass", "test_zero: has no docstring, which is what the student reads"),
        ("test_double.py", "student, reference", "student, tmp_path", "takes 'tmp_path'; a hidden test may take"),
        ("test_double.py", '@needs("test_two")', '@needs("test_zero")', "needs 'test_zero', which is no earlier test"),
        ("test_double.py", "def test_zero", "def test_two", "test 'test_two' occurs more than once"),
        ("test_double.py", "@points(2)", "@points(0)", "cannot be imported: ValueError: points must be a positive"),
        ("mistakes.py", "2 * x", "5 * x", "the text '5 * x' occurs 0 times"),
        ("mistakes.py", "MISTAKES =", "OTHERS =", "MISTAKES must be a list of Mistake"),
        ("mistakes.py", 'question="double"', 'question="x"', "'thrice' belongs to no question of manifest.toml: 'x'"),
        ("mistakes.py", 'edits={"2 * x": "3 * x"}, ', "", "mistakes.py: mistake double/thrice: give either"),
        ("variants.py", "double: a shift", "double: a sum", "variants.py: 'double/a sum' occurs more than once"),
        ("variants.py", "double: a shift", "a shift", 'a cell begins "# %% question: name"'),
        ("variants.py", "double: a shift", "triple: a shift", "belongs to no question"),
        ("checks.py", "double", "triple", "QUESTIONS must be a dictionary of 'double', got 'triple'"),
        ("checks.py", "QUESTIONS", "OTHERS", "QUESTIONS must be a dictionary of 'double', got NoneType"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_clear_line(folder, notebook, name, old, new, message):
    edit(folder / name, old, new)
    with pytest.raises(ManifestError) as caught:
        Manifest.load(folder, notebook)
    said = str(caught.value)
    assert message in said
    assert "\n" not in said
    assert str(folder.parent) in said or said.startswith("mistake ")


def test_a_test_file_without_question(folder, notebook):
    (folder / "test_triple.py").write_text(TESTS)
    with pytest.raises(ManifestError, match="no such question in manifest.toml, which has 'double'"):
        Manifest.load(folder, notebook)


def test_points_of_the_notebook_must_agree(folder, notebook):
    edit(notebook, '"points": 3', '"points": 5')
    with pytest.raises(ManifestError, match="cell 'check-double' is worth 5 points, the manifest says 3"):
        Manifest.load(folder, notebook)


def test_a_notebook_that_cannot_be_read(folder, notebook):
    notebook.write_text("{")
    with pytest.raises(ManifestError, match="cannot read this notebook"):
        Manifest.load(folder, notebook)
    with pytest.raises(ManifestError, match="cannot read this notebook"):
        Manifest.load(folder, folder / "none.ipynb")


def test_an_unknown_question(folder, notebook):
    with pytest.raises(ManifestError, match="a00_toy has no question 'x': it has 'double'"):
        Manifest.load(folder, notebook).question("x")


def test_two_files_of_one_name_are_two_modules(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test_x.py").write_text(f"value = {name!r}")
    one, two = (load_module(tmp_path / name / "test_x.py") for name in ("one", "two"))
    assert (one.value, two.value) == ("one", "two")
    assert one.__name__ != two.__name__


# What students get to read


def load_with(folder, line):
    (folder / "manifest.toml").write_text(f"{line}\n{TOML}")
    return Manifest.load(folder, folder.parent / "toy.ipynb")


def test_students_read_everything_unless_the_manifest_says_less(folder):
    assert load_with(folder, "").feedback == "full"
    assert load_with(folder, 'feedback = "none"').feedback == "none"
    manifest = load_with(folder, 'feedback = "after deadline"\nfeedback_full_after = 2026-12-01T23:59:00+01:00')
    assert manifest.feedback == "after deadline"
    assert manifest.feedback_full_after.isoformat() == "2026-12-01T23:59:00+01:00"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('feedback = "all"', "feedback is one of 'none', 'hint', 'full', 'after deadline', got 'all'"),
        ("feedback = true", "got True"),
        ('feedback = "after deadline"', "go together"),
        ("feedback_full_after = 2026-12-01T23:59:00+01:00", "go together"),
        ('feedback = "after deadline"\nfeedback_full_after = 2026-12-01T23:59:00', "distance from UTC"),
        ('feedback = "after deadline"\nfeedback_full_after = "tomorrow"', "distance from UTC"),
        ("feedbak = 1", "expected one or more"),
    ],
)
def test_a_policy_that_is_none_is_refused(folder, line, says):
    with pytest.raises(ManifestError, match=re.escape(says)):
        load_with(folder, line)
