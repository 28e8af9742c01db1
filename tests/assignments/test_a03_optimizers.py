"""a03_optimizers: the solution equals torch, what is no answer gets nothing, and the text's numbers are right."""

import numpy as np
import pytest
import torch

from tests.assignments.bench import bench

BENCH = bench("a03_optimizers")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference


def test_errata_of_the_decks_are_among_the_mistakes():
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E20", "E21", "E22", "E37"}


def test_answers_that_are_no_answers_get_nothing():
    for source in ("return None", "return params", "return params, state", "raise NotImplementedError"):
        for question in MANIFEST.questions:
            program = BENCH.program_with(
                question.id, f"def {question.function}(params, grads, state=None, **options):\n    {source}"
            )
            assert all(BENCH.fraction(test, program, seed=0)[0] == 0 for test in question.tests), source


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
    step, params, state, lengths = BENCH.program_of(mistake).adam_step, {"w": np.array(0.0)}, None, []
    for _ in range(30):
        moved, state = step(params, {"w": np.array(1.0)}, state, lr=1.0)
        lengths.append(float(params["w"] - moved["w"]))
        params = moved
    assert lengths[0] == pytest.approx(3.16, abs=0.01)
    assert max(lengths) == pytest.approx(6.57, abs=0.01)
    assert np.argmax(lengths) + 1 == 12
