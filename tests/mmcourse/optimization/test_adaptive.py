"""Adagrad, RMSprop, Adadelta, Adam and AdamW: by hand, against torch, under a constant gradient, invariances."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.optimization.adaptive import (
    AdagradState,
    AdamState,
    RMSpropState,
    adadelta_step,
    adagrad_step,
    adam_step,
    adamw_step,
    rmsprop_step,
)

STEPS = {
    "Adagrad": (adagrad_step, lambda x: AdagradState(x, np.zeros_like(x)), {"lr": 0.1, "eps": 1e-10}),
    "RMSprop": (rmsprop_step, lambda x: RMSpropState(x, np.zeros_like(x)), {"lr": 0.01, "decay": 0.9, "eps": 1e-8}),
    "Adam": (
        adam_step,
        lambda x: AdamState(x, np.zeros_like(x), np.zeros_like(x), 0),
        {"lr": 0.05, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    ),
}
TORCH = {
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, eps=1e-10),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.9, 0.999), eps=1e-8),
}
HESSIAN = np.diag([0.1, 1.0, 10.0, 100.0])
START = np.random.default_rng(1).normal(size=4)
every_method = pytest.mark.parametrize("name", STEPS)
sizes = st.floats(1e-4, 1e4)
gradients = hnp.arrays(float, 3, elements=sizes | sizes.map(lambda size: -size))


def run(name, x, grads, **changes):
    """Return all states of a run; `grads` is a function of x (200 steps), or the gradients themselves."""
    step, start, options = STEPS[name]
    states = [start(x)]
    for number in range(200 if callable(grads) else len(grads)):
        grad = grads(states[-1].x) if callable(grads) else grads[number]
        states.append(step(*states[-1], grad=grad, **{**options, **changes}))
    return states


@every_method
def test_the_path_equals_torch(name):
    ours = run(name, START, lambda x: HESSIAN @ x + np.cos(x))
    parameter = torch.tensor(START, requires_grad=True)
    optimizer = TORCH[name]([parameter])
    for state in ours[1:]:
        optimizer.zero_grad()
        (0.5 * parameter @ torch.tensor(HESSIAN) @ parameter + torch.sin(parameter).sum()).backward()
        optimizer.step()
        np.testing.assert_allclose(state.x, parameter.detach().numpy(), rtol=0, atol=1e-6)


def test_adagrad_by_hand():
    states = run("Adagrad", np.array([1.0]), np.array([[3.0], [4.0]]), lr=0.1, eps=0.0)
    assert states[1] == (pytest.approx([0.9]), [9.0])  # 3 / 3
    assert states[2] == (pytest.approx([0.82]), [25.0])  # 4 / 5


def test_rmsprop_by_hand():
    states = run("RMSprop", np.array([1.0]), np.array([[-1.0], [2.0]]), lr=0.1, decay=0.75, eps=0.0)
    # 0.25 * 1 is a square of a half: the step is +0.1 / 0.5; then 0.75 * 0.25 + 0.25 * 4 = 1.1875
    assert states[1] == (pytest.approx([1.2]), pytest.approx([0.25]))
    assert states[2] == (pytest.approx([1.2 - 0.2 / np.sqrt(1.1875)]), pytest.approx([1.1875]))


def test_adam_by_hand():
    states = run("Adam", np.array([1.0]), np.array([[2.0], [-1.0]]), lr=0.1, beta1=0.5, beta2=0.75, eps=0.0)
    assert states[1] == (pytest.approx([0.9]), pytest.approx([1.0]), pytest.approx([1.0]), 1)
    # m = 0.5 - 0.5 = 0, so the second step stands still; r = 0.75 + 0.25 = 1
    assert states[2] == (pytest.approx([0.9]), pytest.approx([0.0], abs=1e-15), pytest.approx([1.0]), 2)


def test_eps_stands_outside_the_root():
    got = [run(name, np.zeros(1), np.ones((1, 1)), lr=1.0, eps=1.0)[1].x for name in ("Adagrad", "Adam")]
    np.testing.assert_allclose(got, [[-0.5], [-0.5]])  # 1 / (1 + 1); inside the root it would be 0.707


def test_under_a_constant_gradient_the_steps_have_closed_forms():
    grads, t = np.full((200, 1), -7.0), np.arange(1, 201)
    paths = {name: np.diff([state.x[0] for state in run(name, np.zeros(1), grads, lr=0.1, eps=0.0)]) for name in STEPS}
    np.testing.assert_allclose(paths["Adagrad"], 0.1 / np.sqrt(t), rtol=1e-9)
    np.testing.assert_allclose(paths["RMSprop"], 0.1 / np.sqrt(1 - 0.9**t), rtol=1e-9)
    np.testing.assert_allclose(paths["Adam"], 0.1, rtol=1e-9)


def test_adam_without_the_correction_starts_much_too_fast():
    states = run("Adam", np.zeros(1), np.full((200, 1), 3.0))[1:]
    uncorrected = np.array([abs(state.mean[0]) / np.sqrt(state.square[0]) for state in states])  # in units of lr
    t = np.arange(1, 201)
    np.testing.assert_allclose(uncorrected, (1 - 0.9**t) / np.sqrt(1 - 0.999**t), rtol=1e-9)
    assert uncorrected[0] == pytest.approx(3.16, abs=0.005)
    assert (t[np.argmax(uncorrected)], uncorrected.max()) == (12, pytest.approx(6.57, abs=0.005))


def test_adam_starts_at_rest_and_steps_by_the_rate_whatever_the_gradient():
    grads = np.array([1e-2, -1.0, 1e2])
    first = run("Adam", np.zeros(3), grads[None], lr=1e-3)[1]
    np.testing.assert_allclose(first.x, -1e-3 * np.sign(grads), rtol=1e-5)  # eps / |grad| is 1e-6


def test_adagrad_shrinks_the_step_not_the_gradient():
    states = run("Adagrad", np.zeros(1), np.full((100, 1), 2.0), eps=0.0)
    lengths = np.abs(np.diff([state.x[0] for state in states]))
    assert lengths[-1] == pytest.approx(lengths[0] / 10)


@every_method
@given(grads=hnp.arrays(float, (5, 3), elements=sizes | sizes.map(lambda size: -size)), scale=sizes)
def test_the_scale_of_the_gradient_does_not_matter(name, grads, scale):
    ours, scaled = run(name, np.zeros(3), grads, eps=0.0), run(name, np.zeros(3), scale * grads, eps=0.0)
    np.testing.assert_allclose(scaled[-1].x, ours[-1].x, rtol=1e-9, atol=1e-12)


@every_method
@given(grad=gradients, order=st.permutations(range(3)))
def test_coordinates_do_not_see_each_other(name, grad, order):
    together = run(name, np.zeros(3), grad[None])[1].x
    np.testing.assert_array_equal(run(name, np.zeros(3), grad[order][None])[1].x, together[order])
    np.testing.assert_array_equal(run(name, np.zeros(1), grad[None, :1])[1].x, together[:1])
    np.testing.assert_array_equal(run(name, np.zeros(3), -grad[None])[1].x, -together)


@every_method
@given(grads=hnp.arrays(float, (4, 2), elements=st.floats(-1e4, 1e4)))
def test_a_coordinate_without_a_gradient_stays(name, grads):
    grads[:, 0] = 0.0
    assert all(state.x[0] == 1.0 for state in run(name, np.ones(2), grads))


@every_method
def test_the_arguments_stay_as_they_were(name):
    step, start, options = STEPS[name]
    state, grad = start(np.ones(2)), np.ones(2)
    step(*state, grad=grad, **options)
    np.testing.assert_array_equal(np.stack([*start(np.ones(2))[:2], np.ones(2)]), np.stack([*state[:2], grad]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: adagrad_step(x, np.zeros(2), x, lr=0.1),
            r"`squares` .* \(3, 2\), got \(2,\): start with np.zeros_like",
        ),
        (lambda x: rmsprop_step(x, 0.0, x, lr=0.1), r"`square` .* \(3, 2\), got \(\): start with np.zeros_like"),
        (lambda x: adam_step(x, x, np.zeros(3), 0, x), r"`square` .* \(3, 2\), got \(3,\): start with np.zeros_like"),
        (lambda x: adam_step(x, x, x, 0, x.T), r"`grad` .* \(3, 2\), got \(2, 3\): it belongs to other parameters"),
    ],
)
def test_wrong_shapes_are_refused_with_advice(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.zeros((3, 2)))


def test_adadelta_by_hand():
    start = (np.array([1.0]), np.zeros(1), np.zeros(1))
    x, square, moved = adadelta_step(*start, grad=np.array([4.0]), lr=0.5, decay=0.75, eps=1.0)
    # r = 0.25 * 16 = 4, d = 1 / sqrt(5) * 4, q = 0.25 * d ** 2
    assert (x, square, moved) == (pytest.approx([1 - 2 / np.sqrt(5)]), [4.0], pytest.approx([0.8]))


@given(grad=gradients)
def test_the_first_step_of_adadelta_is_the_root_of_eps_whatever_the_gradient(grad):
    x, *_ = adadelta_step(np.zeros(3), np.zeros(3), np.zeros(3), 1e4 * grad, eps=1e-6)
    np.testing.assert_allclose(np.abs(x), np.sqrt(1e-6 / 0.1), rtol=1e-4)


@given(grads=hnp.arrays(float, (30, 2), elements=st.floats(-1e4, 1e4)))
def test_adadelta_equals_torch(grads):
    x, square, moved = np.ones(2), np.zeros(2), np.zeros(2)
    parameter = torch.ones(2, dtype=torch.float64)
    optimizer = torch.optim.Adadelta([parameter], lr=2.0, rho=0.9, eps=1e-6)
    for grad in grads:
        parameter.grad = torch.from_numpy(grad.copy())
        optimizer.step()
        x, square, moved = adadelta_step(x, square, moved, grad, lr=2.0)
    np.testing.assert_allclose(x, parameter.numpy(), rtol=0, atol=1e-9)


def test_adamw_by_hand():
    x, mean, square, step = adamw_step(np.array([10.0]), np.zeros(1), np.zeros(1), 0, np.array([-3.0]), 0.1, decay=0.5)
    assert (x, step) == (pytest.approx([9.6]), 1)  # 10 * (1 - 0.05) + 0.1
    assert (mean, square) == (pytest.approx([-0.3]), pytest.approx([0.009]))


def test_adamw_without_decay_is_adam_and_takes_its_options():
    start, grad = (np.ones(3), np.full(3, 0.2), np.full(3, 0.3), 4), np.array([1.0, -2.0, 1e4])
    options = {"beta1": 0.5, "beta2": 0.9, "eps": 0.1}
    ours, adam = (adamw_step(*start, grad, 0.1, decay=0.0, **options), adam_step(*start, grad, 0.1, **options))
    for one, other in zip(ours, adam):
        np.testing.assert_array_equal(one, other)


def test_the_decay_of_adamw_does_not_see_the_gradients_and_that_of_a_penalty_does():
    noise, rng = np.repeat([10.0, 0.1], 200), np.random.default_rng(0)
    decayed = penalised = AdamState(np.ones(400), np.zeros(400), np.zeros(400), 0)
    for _ in range(1500):
        grad = noise * rng.normal(size=400)
        decayed = adamw_step(*decayed, grad=grad, lr=1e-3, decay=1.0)
        penalised = adam_step(*penalised, grad=grad + penalised.x, lr=1e-3)
    loud, quiet = decayed.x[:200].mean(), decayed.x[200:].mean()
    assert loud == pytest.approx(0.999**1500, abs=0.01) and quiet == pytest.approx(0.999**1500, abs=0.01)
    assert penalised.x[:200].mean() > 0.8 and penalised.x[200:].mean() < 0.12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: adadelta_step(x, x, np.zeros(2), x), r"`moved` .* \(3, 2\), got \(2,\): start with np.zeros_like"),
        (lambda x: adamw_step(x, x, x, 0, np.zeros(3)), r"`grad` .* \(3, 2\), got \(3,\): it belongs to other"),
    ],
)
def test_wrong_shapes_of_the_later_two_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.zeros((3, 2)))
