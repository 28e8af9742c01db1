"""a03_optimizers: the instructor's solution equals torch.optim, its tests pass what is right and catch what is not."""

import inspect
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder import checkdata
from autograder.manifest import Manifest, load_module, program_sources, solution_sources
from autograder.program import Program
from autograder.testing import PartialCredit

ROOT = Path(__file__).parents[2]
HIDDEN = ROOT / "autograder" / "hidden" / "a03_optimizers"
NOTEBOOK = ROOT / "solutions" / "a03_optimizers" / "a03_optimizers.ipynb"
MANIFEST = Manifest.load(HIDDEN, NOTEBOOK)
SOLUTIONS = solution_sources(NOTEBOOK)
REFERENCE = Program(program_sources(NOTEBOOK))
MODULES = {question.id: load_module(HIDDEN / f"test_{question.id}.py") for question in MANIFEST.questions}
MANY = 12  # seeds; the gate (autograder audit) tries 200

# What each known mistake costs: the tests that must catch it, in every run. Most cost one promise only.
RULE = ["constant_gradient", "trajectory"]
CAUGHT = {
    "momentum": {
        "deck_sign": [*RULE, "rate_schedule"],
        "rate_outside_velocity": ["rate_schedule"],
        "averaged_gradient": [*RULE, "rate_schedule"],
        "state_not_kept": [
            *RULE,
            "rate_schedule",
            "frozen_entries_stay",
            "thawed_entries_roll_on",
            "missing_gradients",
        ],
        "moves_before_update": [*RULE, "rate_schedule", "weight_decay", "frozen_entries_stay"],
        "decay_beside_velocity": ["weight_decay"],
        "frozen_ignored": ["frozen_entries_stay", "thawed_entries_roll_on"],
        "only_gradient_frozen": ["frozen_entries_stay", "thawed_entries_roll_on"],
        "mask_multiplied": ["frozen_entries_stay", "thawed_entries_roll_on", "single_precision"],
        "frozen_velocity_lost": ["thawed_entries_roll_on"],
        "missing_means_zero": ["missing_gradients"],
    },
    "rmsprop": {
        "deck_r": [test.name.removeprefix("test_") for test in MANIFEST.question("rmsprop").tests],
        "gradient_not_squared": [test.name.removeprefix("test_") for test in MANIFEST.question("rmsprop").tests],
        "sum_without_decay": [*RULE, "size_of_gradients", "centered", "centered_without_spread"],
        "alpha_swapped": [*RULE, "size_of_gradients", "centered"],
        "eps_inside_root": ["constant_gradient", "centered_without_spread"],
        "root_missing": [*RULE, "size_of_gradients", "centered", "centered_without_spread"],
        "old_average_divides": [*RULE, "size_of_gradients", "single_precision"],
        "state_not_kept": [*RULE, "size_of_gradients", "centered", "centered_without_spread"]
        + ["frozen_entries", "missing_gradients"],
        "centered_ignored": ["centered", "centered_without_spread"],
        "centered_by_old_mean": ["centered", "centered_without_spread"],
        "spread_below_zero": ["centered_without_spread"],
        "decay_decoupled": ["weight_decay"],
        "decay_not_averaged": ["weight_decay"],
        "frozen_ignored": ["frozen_entries"],
        "frozen_state_updated": ["frozen_entries"],
        "decay_on_frozen": ["frozen_entries"],
        "missing_means_zero": ["missing_gradients"],
    },
    "adam": {
        "no_bias_correction": [*RULE, "size_of_gradients"],
        "count_starts_at_zero": [test.name.removeprefix("test_") for test in MANIFEST.question("adam").tests],
        "count_one_ahead": [*RULE, "size_of_gradients"],
        "square_not_corrected": [*RULE, "size_of_gradients"],
        "correction_kept": [*RULE, "size_of_gradients"],
        "eps_inside_root": ["constant_gradient"],
        "gradient_not_squared": [test.name.removeprefix("test_") for test in MANIFEST.question("adam").tests],
        "betas_swapped": ["size_of_gradients", "trajectory"],
        "state_not_kept": ["size_of_gradients", "trajectory", "frozen_entries", "own_count", "missing_gradients"],
        "state_in_a_global": ["trajectory", "coupled_decay", "decoupled_decay"],
        "coupled_for_decoupled": ["decoupled_decay"],
        "always_decoupled": ["coupled_decay"],
        "decayed_twice": ["decoupled_decay"],
        "decay_without_rate": ["decoupled_decay"],
        "decay_after_step": ["decoupled_decay"],
        "frozen_ignored": ["frozen_entries", "own_count"],
        "only_gradient_frozen": ["frozen_entries", "own_count"],
        "shared_count": ["own_count", "missing_gradients"],
        "count_per_name": ["own_count"],
        "missing_means_zero": ["missing_gradients"],
        "float64_back": ["single_precision"],
    },
}


def program_with(question, source):
    return Program(program_sources(NOTEBOOK, {MANIFEST.question(question).solution_cell: source}))


def fraction(test, student, seed):
    """Run one hidden test on a program; return the fraction of its points, and why not all of them."""
    function = getattr(MODULES[test.question], test.name)
    rng = np.random.default_rng([seed, zlib.crc32(f"{test.question}/{test.name}".encode())])
    offered = {"student": student, "reference": REFERENCE, "rng": rng}
    try:
        function(**{name: offered[name] for name in inspect.signature(function).parameters})
    except PartialCredit as credit:
        return credit.fraction, credit.message
    except Exception as error:  # a mistake may raise anything
        return 0.0, f"{type(error).__name__}: {error}"
    return 1.0, ""


CORRECT = [
    pytest.param(question.id, SOLUTIONS[question.solution_cell], id=f"{question.id}-solution")
    for question in MANIFEST.questions
] + [
    pytest.param(variant.question, variant.source, id=f"{variant.question}-{variant.name}")
    for variant in MANIFEST.variants
]
MISTAKES = [pytest.param(mistake, id=f"{mistake.question}-{mistake.name}") for mistake in MANIFEST.mistakes]


def assert_full_marks(question, source, seeds):
    program = program_with(question, source)
    for test in MANIFEST.question(question).tests:
        for seed in seeds:
            share, why = fraction(test, program, seed)
            assert share == 1, f"{test.name}, seed {seed}: {why}"


def program_of(mistake):
    return program_with(mistake.question, mistake.apply(SOLUTIONS[MANIFEST.question(mistake.question).solution_cell]))


@pytest.mark.parametrize(("question", "source"), CORRECT)
def test_correct_programs_get_full_marks(question, source):
    assert_full_marks(question, source, range(2))


@pytest.mark.slow
@pytest.mark.parametrize(("question", "source"), CORRECT)
def test_correct_programs_get_full_marks_for_many_seeds(question, source):
    assert_full_marks(question, source, range(2, MANY))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_costs_its_own_points(mistake):
    program = program_of(mistake)
    lost = [
        test.name.removeprefix("test_")
        for test in MANIFEST.question(mistake.question).tests
        if fraction(test, program, seed=0)[0] < 1
    ]
    assert sorted(lost) == sorted(CAUGHT[mistake.question][mistake.name])


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_loses_points_for_many_seeds(mistake):
    program, caught = program_of(mistake), CAUGHT[mistake.question][mistake.name]
    tests = [test for test in MANIFEST.question(mistake.question).tests if test.name.removeprefix("test_") in caught]
    tests.sort(key=lambda test: test.name == "test_trajectory")  # the slow one last: most often it is not needed
    for seed in range(1, MANY):
        assert any(fraction(test, program, seed)[0] < 1 for test in tests), f"seed {seed}: full marks"


def test_every_question_has_mistakes_and_variants():
    for question in MANIFEST.questions:
        own = [mistake for mistake in MANIFEST.mistakes if mistake.question == question.id]
        assert len(own) >= 5
        assert {mistake.name for mistake in own} == set(CAUGHT[question.id])
        assert sum(variant.question == question.id for variant in MANIFEST.variants) >= 3
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E20", "E21", "E22", "E37"}


def test_answers_that_are_no_answers_get_nothing():
    for source in ("return None", "return params", "return params, state", "raise NotImplementedError"):
        for question in MANIFEST.questions:
            program = program_with(
                question.id, f"def {question.function}(params, grads, state=None, **options):\n    {source}"
            )
            assert all(fraction(test, program, seed=0)[0] == 0 for test in question.tests), source


def test_visible_checks_tell_mistakes_apart():
    data = checkdata.build(
        "a03",
        questions=MANIFEST.checks,
        solution_source={question.id: SOLUTIONS[question.solution_cell] for question in MANIFEST.questions},
        mistakes=MANIFEST.mistakes,
        points={question.id: question.points for question in MANIFEST.questions},
        functions={question.id: question.function for question in MANIFEST.questions},
    )
    assert len(data) < 100_000


# The solution against torch.optim: 200 steps on a matrix, a vector and a number, in float64.


def random_run(seed, steps=200):
    rng = np.random.default_rng(seed)
    shapes = {"weight": (3, 4), "bias": (4,), "scale": ()}
    params = {name: np.asarray(rng.normal(size=shape)) for name, shape in shapes.items()}
    return params, [{n: np.asarray(rng.normal(size=shape)) for n, shape in shapes.items()} for _ in range(steps)]


def run_torch(make, params, steps):
    tensors = {name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in params.items()}
    optimizer = make(list(tensors.values()))
    for grads in steps:
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[name]) if name in grads else None
        optimizer.step()
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def run_ours(step, params, steps, **options):
    state = None
    for grads in steps:
        params, state = step(params, grads, state, **options)
    return params


OURS_AND_TORCH = {
    "momentum": ("momentum_step", {"lr": 0.02, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    "momentum with decay": (
        "momentum_step",
        {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1},
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1},
    ),
    "rmsprop": ("rmsprop_step", {}, torch.optim.RMSprop, {}),
    "rmsprop with decay": (
        "rmsprop_step",
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
        torch.optim.RMSprop,
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
    ),
    "rmsprop, centered": (
        "rmsprop_step",
        {"lr": 0.02, "alpha": 0.9, "centered": True, "weight_decay": 0.1},
        torch.optim.RMSprop,
        {"lr": 0.02, "alpha": 0.9, "centered": True, "weight_decay": 0.1},
    ),
    "adam": ("adam_step", {}, torch.optim.Adam, {}),
    "adam with decay": (
        "adam_step",
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adamw": (
        "adam_step",
        {"lr": 0.02, "weight_decay": 0.1, "decoupled": True},
        torch.optim.AdamW,
        {"lr": 0.02, "weight_decay": 0.1},
    ),
}


@pytest.mark.parametrize("case", OURS_AND_TORCH)
def test_solution_equals_torch(case):
    name, ours, optimizer, theirs = OURS_AND_TORCH[case]
    params, steps = random_run(seed=len(case))
    got = run_ours(getattr(REFERENCE, name), params, steps, **ours)
    expected = run_torch(lambda tensors: optimizer(tensors, **theirs), params, steps)
    for key in params:
        np.testing.assert_allclose(got[key], expected[key], rtol=1e-6, atol=1e-9)


def test_solution_equals_torch_with_missing_gradients():
    params, steps = random_run(seed=3, steps=50)
    rng = np.random.default_rng(3)
    steps = [{name: grad for name, grad in grads.items() if rng.random() < 0.6} for grads in steps]
    got = run_ours(REFERENCE.adam_step, params, steps, lr=0.02, weight_decay=0.1)
    expected = run_torch(lambda tensors: torch.optim.Adam(tensors, lr=0.02, weight_decay=0.1), params, steps)
    for key in params:
        np.testing.assert_allclose(got[key], expected[key], rtol=1e-6, atol=1e-9)


def test_momentum_parts_from_torch_when_the_rate_changes():
    params = {"w": np.array([1.0])}
    once, state = REFERENCE.momentum_step(params, {"w": np.array([1.0])}, lr=0.1, momentum=0.5)
    twice, _ = REFERENCE.momentum_step(once, {"w": np.array([1.0])}, state, lr=0.0, momentum=0.5)
    assert twice["w"] == pytest.approx(1 - 0.1 - 0.05)  # torch would stay at 0.9


# Numbers that the notebook's text prints.


def ravine(rule, steps=100):
    w, velocity, slope = np.ones(2), np.zeros(2), np.array([1.0, 25.0])
    for _ in range(steps):
        velocity = rule(velocity, slope * w)
        w = w + velocity
    return float(slope @ w**2 / 2)


def test_numbers_of_the_ravine():
    assert ravine(None, steps=0) == 13
    assert 1e-3 < ravine(lambda v, g: -0.03 * g) < 1.2e-3
    assert 3.5e-5 < ravine(lambda v, g: 0.9 * v - 0.03 * g) < 4.5e-5
    assert 2e24 < ravine(lambda v, g: -0.03 * g - 0.9 * v) < 3e24


def test_numbers_of_the_printed_rmsprop():
    assert 0.9 * 0 + 0.1 * -1 == pytest.approx(-0.1)
    assert 29 < np.sqrt(0.9 * 999 + 0.1) < 31


def test_numbers_of_adam_without_bias_correction():
    mistake = next(mistake for mistake in MANIFEST.mistakes if mistake.name == "no_bias_correction")
    step, params, state, lengths = program_of(mistake).adam_step, {"w": np.array(0.0)}, None, []
    for _ in range(30):
        moved, state = step(params, {"w": np.array(1.0)}, state, lr=1.0)
        lengths.append(float(params["w"] - moved["w"]))
        params = moved
    assert lengths[0] == pytest.approx(3.16, abs=0.01)
    assert max(lengths) == pytest.approx(6.57, abs=0.01)
    assert np.argmax(lengths) + 1 == 12
