"""The benchmark of the grader measures what it says: equal tests on both sides, and outcomes that no seed changes."""

import inspect
import subprocess
import sys
import warnings
import zlib
from functools import cache

import numpy as np
import pytest

from autograder.manifest import load_module, program_sources
from autograder.program import Program
from autograder.testing import PartialCredit
from benchmarks.grading_class import (
    COURSES,
    distinct_answers,
    notebook_of,
    signed,
    source_of,
    stock_cell,
    unanswered,
)
from benchmarks.processes import cpu_seconds, descendants, private_mib

pytestmark = pytest.mark.slow

NAME = "a01_tensors"


def programs():
    """Every program of the benchmark's course: (question, what it is, whether it is right, its source)."""
    _, manifest, solutions = source_of(NAME)
    for question in manifest.questions:
        yield question, "solution", True, solutions[question.solution_cell]
    for variant in manifest.variants:
        yield manifest.question(variant.question), variant.name, True, variant.source
    for mistake in manifest.mistakes:
        question = manifest.question(mistake.question)
        yield question, mistake.name, False, mistake.apply(solutions[question.solution_cell])


@cache
def hidden(question):
    """The module of a question's tests, and the instructor's program."""
    source, *_ = source_of(NAME)
    return load_module(source.hidden / NAME / f"test_{question}.py"), Program(
        program_sources(notebook_of(source, NAME))
    )


def points_by_test(question, answer, seed):
    """The points of each test of `question`, run one by one in this process."""
    source, *_ = source_of(NAME)
    notebook = notebook_of(source, NAME)
    module, reference = hidden(question.id)
    student = Program(program_sources(notebook, {question.solution_cell: answer}))
    points = []
    for test in question.tests:
        rng = np.random.default_rng([seed, zlib.crc32(f"{question.id}/{test.name}".encode())])
        offered = {"student": student, "reference": reference, "rng": rng}
        function = getattr(module, test.name)
        try:
            function(**{name: offered[name] for name in inspect.signature(function).parameters})
            points.append(test.points)
        except PartialCredit as credit:
            points.append(credit.fraction * test.points)
        except AssertionError:
            points.append(0.0)
    return points


@pytest.mark.parametrize("question", ["attend", "gradient", "train"])
def test_a_program_has_the_same_points_for_every_seed(question):
    tried = [program for program in programs() if program[0].id == question]
    assert len(tried) >= 6 and {right for _, _, right, _ in tried} == {True, False}
    for asked, name, right, source in tried:
        found = {tuple(points_by_test(asked, source, seed)) for seed in range(3)}
        assert len(found) == 1, name  # else ours and stock, which draw different numbers, could differ by chance
        assert (sum(found.pop()) == asked.points) is right, name


@pytest.mark.parametrize("right", [True, False])
def test_a_stock_grade_cell_ends_with_the_points_of_its_tests(right):
    source, manifest, _ = source_of(NAME)
    question = manifest.question("attend")
    answer = next(text for one, _, fine, text in programs() if one.id == question.id and fine is right)
    cell = stock_cell(source, NAME, question, "assert callable(attend)")
    assert cell.count("### BEGIN HIDDEN TESTS") == cell.count("### END HIDDEN TESTS") == 1
    assert "BEGIN SOLUTION" not in cell
    namespace = {"__name__": "__main__"}
    exec("import math\nimport numpy as np\nimport torch\n" + answer, namespace)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nbgrader gives no points where anything is written to stderr
        exec(cell, namespace)
    assert namespace["_score"] == sum(points_by_test(question, answer, 0))
    assert (namespace["_score"] == question.points) is right


@pytest.mark.parametrize("name", COURSES)
def test_no_two_notebooks_are_equal(name):
    _, manifest, solutions = source_of(name)
    for answers in (distinct_answers(manifest, solutions, 60), unanswered(solutions, 60)):
        assert len({tuple(answer.items()) for answer in answers}) == 60
        assert all(set(answer) == set(solutions) for answer in answers)
    bare = {tuple(text.partition("\n# written by")[0] for text in answer.values())
            for answer in distinct_answers(manifest, solutions, 60)}  # fmt: skip
    assert len(bare) == 60  # as programs, not only as texts


def test_a_signature_changes_no_program():
    text = signed({"a": "def f():\n    return 1\n"}, 7)["a"]
    namespace = {}
    exec(text, namespace)
    assert namespace["f"]() == 1 and "student 7" in text


def test_work_below_this_process_is_counted():
    before = cpu_seconds()
    work = [sys.executable, "-c", "sum(i * i for i in range(3_000_000)); input()"]
    with subprocess.Popen(work, stdin=subprocess.PIPE, text=True) as child:
        while cpu_seconds() - before < 0.05:  # while it runs
            assert child.poll() is None
        assert child.pid in descendants() and private_mib(child.pid) > 1
        child.communicate("\n")
    assert child.pid not in descendants() and cpu_seconds() - before >= 0.05  # and when it has ended
    assert private_mib(child.pid) == 0.0


@pytest.mark.parametrize("name", list(COURSES))
def test_there_are_as_many_different_notebooks_as_one_wants(name):
    _, manifest, solutions = source_of(name)
    answers = distinct_answers(manifest, solutions, 700)
    assert len({tuple(sorted(one.items())) for one in answers}) == 700
    first = {tuple(text.rpartition("# written by")[0] for text in one.values()) for one in answers[:60]}
    assert len(first) == 60  # in a small class not even the programs are the same
