"""a03_optimizers: the solution equals torch, what is no answer gets nothing, and the text's numbers are right."""

import numpy as np
import pytest
import torch

from tests.assignments.bench import bench

BENCH = bench("a03_optimizers")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference


def test_errata_of_the_decks_are_among_the_mistakes():
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E20", "E21", "E22", "E23", "E25", "E37"}


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
    "nesterov with decay": (
        "nesterov_step",
        {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1},
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True},
    ),
    "adagrad": (
        "adagrad_step",
        {"lr": 0.1, "lr_decay": 0.02, "start": 0.5},
        torch.optim.Adagrad,
        {"lr": 0.1, "lr_decay": 0.02, "initial_accumulator_value": 0.5},
    ),
    "adadelta with decay": (
        "adadelta_step",
        {"lr": 0.5, "rho": 0.8, "eps": (1e-3, 1e-3), "weight_decay": 0.1},
        torch.optim.Adadelta,
        {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
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


@pytest.mark.filterwarnings("ignore:Sparse invariant checks:UserWarning")  # torch's own, of its own tensors
def test_adagrad_equals_torch_with_sparse_gradients():
    rng = np.random.default_rng(5)
    table = rng.normal(size=(6, 3))
    steps = [(rng.integers(0, 6, size=5), rng.normal(size=(5, 3))) for _ in range(40)]
    got = run_ours(REFERENCE.adagrad_step, {"words": table}, [{"words": pair} for pair in steps], lr=0.1, lr_decay=0.05)
    words = torch.tensor(table, requires_grad=True)
    optimizer = torch.optim.Adagrad([words], lr=0.1, lr_decay=0.05)
    for rows, values in steps:
        words.grad = torch.sparse_coo_tensor(rows[None], torch.tensor(values), table.shape)
        optimizer.step()
    np.testing.assert_allclose(got["words"], words.detach().numpy(), rtol=1e-6)


def test_adamw_equals_torch_with_clipping_and_groups():
    params, steps = random_run(seed=7, steps=60)
    options = {"lr": 0.02, "weight_decay": 0.1, "eps": 0.1}
    got = run_ours(REFERENCE.adamw_step, params, steps, no_decay=["bias", "scale"], clip=3.0, **options)
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    spared = {"params": [tensors["bias"], tensors["scale"]], "weight_decay": 0.0}
    optimizer = torch.optim.AdamW([{"params": [tensors["weight"]]}, spared], **options)
    for grads in steps:
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[name])
        torch.nn.utils.clip_grad_norm_(tensors.values(), 3.0)
        optimizer.step()
    for name, tensor in tensors.items():  # torch adds 1e-6 to the norm it divides by
        np.testing.assert_allclose(got[name], tensor.detach().numpy(), rtol=1e-5, atol=1e-7)


def test_schedule_equals_torch_with_restarts():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=5, T_mult=2, eta_min=0.01)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    got = REFERENCE.learning_rate(np.arange(40), peak=0.3, cycle=5, growth=2, floor=0.01)
    np.testing.assert_allclose(got, rates, rtol=1e-9)


def test_newton_goes_down_where_the_plain_step_goes_to_the_saddle():
    x, y = 0.4, 1.2
    params, value = {"x": np.array(x), "y": np.array(y)}, np.inf
    for _ in range(10):
        x, y = float(params["x"]), float(params["y"])
        grads = {"x": np.array(x**3 - x), "y": np.array(y)}
        zero, one = np.array(0.0), np.array(1.0)
        hessian = {"x": {"x": np.array(3 * x**2 - 1), "y": zero}, "y": {"x": zero, "y": one}}
        assert x**4 / 4 - x**2 / 2 + y**2 / 2 <= value + 1e-15
        value = x**4 / 4 - x**2 / 2 + y**2 / 2
        params, report = REFERENCE.newton_step(params, grads, hessian, radius=0.5)
        assert report["predicted"] <= 0
    assert float(params["x"]) == pytest.approx(1) and value == pytest.approx(-0.25)


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


def test_numbers_of_the_lost_square():
    gradient, curvature = 25.0, 25.0  # of 25/2 x^2 at 1
    assert 0.5 * curvature * gradient**2 / gradient**2 == 12.5  # printed: rises while half the curvature > rate
    for rate, rises in ((0.079, False), (0.081, True)):
        assert (12.5 * (1 - rate * gradient) ** 2 > 12.5) == rises


def test_numbers_of_nesterov():
    def far(step, lr, steps=60):
        params, state, highest = {"w": np.array([-4.0, 1.0])}, None, 0.0
        for _ in range(steps):
            params, state = step(params, {"w": np.array([1.0, 25.0]) * params["w"]}, state, lr=lr)
            highest = max(highest, params["w"][0])
        return highest, abs(params["w"][1])

    assert far(REFERENCE.momentum_step, 0.04)[0] == pytest.approx(1.75, abs=0.01)
    assert far(REFERENCE.nesterov_step, 0.04)[0] == pytest.approx(1.28, abs=0.01)
    assert far(REFERENCE.nesterov_step, 0.0541, 2000)[1] < 1 < 1e3 < far(REFERENCE.nesterov_step, 0.0545, 2000)[1]
    assert 2 * 1.9 / 2.8 / 25 == pytest.approx(0.0543, abs=1e-4)


def test_numbers_of_the_loud_gradient():
    lengths = {}
    for clip in (None, 2.0):
        params, state = {"w": np.array(0.0)}, None
        for step in range(250):
            grads = {"w": np.array(1000.0 if step == 50 else 1.0)}
            params, state = REFERENCE.adamw_step(params, grads, state, lr=0.01, weight_decay=0.0, clip=clip)
        lengths[clip] = -float(params["w"])
    assert lengths[None] < 0.61 and lengths[2.0] > 2.4


def test_first_move_of_adadelta():
    for grad in (1e-2, 100.0):
        moved, _ = REFERENCE.adadelta_step({"w": np.array(0.0)}, {"w": np.array(grad)}, eps=(1e-6, 1e-12))
        assert -float(moved["w"]) == pytest.approx(np.sqrt(1e-6 / 0.1), rel=1e-6)
