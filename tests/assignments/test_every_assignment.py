"""Every written assignment: its hidden tests pass what is right and catch what is not, each on its own promise.

Which tests catch which known mistake on the first seed stands in caught/. The gate (autograder audit) tries 200 seeds,
in the sandbox.
"""

import pytest

from autograder import checkdata
from tests.assignments.bench import WRITTEN, bench

MANY = 12  # seeds
SLOW = ("trajectory", "long")  # in the names of tests that are tried last: most often they are not needed
WRONG_IN_NUMBERS = pytest.mark.filterwarnings("ignore:.*(overflow|invalid value|divide by zero).*:RuntimeWarning")

CORRECT = [
    pytest.param(name, question, source, id=f"{name}-{question}-{what}")
    for name in WRITTEN
    for question, what, source in [
        *((one.id, "solution", bench(name).solutions[one.solution_cell]) for one in bench(name).questions),
        *((one.question, one.name, one.source) for one in bench(name).manifest.variants),
    ]
]
MISTAKES = [
    pytest.param(name, mistake, id=f"{name}-{mistake.question}-{mistake.name}")
    for name in WRITTEN
    for mistake in bench(name).manifest.mistakes
]


def assert_full_marks(name, question, source, seeds):
    program = bench(name).program_with(question, source)
    for test in bench(name).manifest.question(question).tests:
        for seed in seeds:
            share, why = bench(name).fraction(test, program, seed)
            assert share == 1, f"{test.name}, seed {seed}: {why}"


@pytest.mark.parametrize(("name", "question", "source"), CORRECT)
def test_correct_programs_get_full_marks(name, question, source):
    assert_full_marks(name, question, source, range(2))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "question", "source"), CORRECT)
def test_correct_programs_get_full_marks_for_many_seeds(name, question, source):
    assert_full_marks(name, question, source, range(2, MANY))


@WRONG_IN_NUMBERS
@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_a_mistake_costs_its_own_points(name, mistake):
    program, tests = bench(name).program_of(mistake), bench(name).manifest.question(mistake.question).tests
    lost = [test.name for test in tests if bench(name).fraction(test, program, seed=0)[0] < 1]
    assert sorted(lost) == sorted(bench(name).catchers(mistake))


@pytest.mark.slow
@WRONG_IN_NUMBERS
@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_a_mistake_loses_points_for_many_seeds(name, mistake):
    program, catchers = bench(name).program_of(mistake), bench(name).catchers(mistake)
    tests = [test for test in bench(name).manifest.question(mistake.question).tests if test.name in catchers]
    tests.sort(key=lambda test: any(word in test.name for word in SLOW))
    for seed in range(1, MANY):
        assert any(bench(name).fraction(test, program, seed)[0] < 1 for test in tests), f"seed {seed}: full marks"


@pytest.mark.parametrize("name", WRITTEN)
def test_every_question_has_mistakes_and_variants(name):
    manifest = bench(name).manifest
    for question in manifest.questions:
        own = {mistake.name for mistake in manifest.mistakes if mistake.question == question.id}
        assert len(own) >= 5 and own == set(bench(name).caught[question.id])
        assert sum(variant.question == question.id for variant in manifest.variants) >= 3


@WRONG_IN_NUMBERS
@pytest.mark.parametrize("name", WRITTEN)
def test_visible_checks_tell_mistakes_apart(name):
    manifest = bench(name).manifest
    data = checkdata.build(
        name.partition("_")[0],
        questions=manifest.checks,
        solution_source={question.id: bench(name).solutions[question.solution_cell] for question in manifest.questions},
        mistakes=manifest.mistakes,
        points={question.id: question.points for question in manifest.questions},
        functions={question.id: question.function for question in manifest.questions},
    )
    assert len(data) < 150_000
