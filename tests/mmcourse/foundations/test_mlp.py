"""The network: by hand, against torch, against differences; sizes, symmetries, and that it learns to read."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.foundations.autodiff import Tensor
from mmcourse.foundations.gradients import gradient_check
from mmcourse.foundations.mlp import MLP, Dense, classify, cross_entropy, fit, relu, scaled_init, sgd_step, tanh
from mmcourse.worlds.digits import digits

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_one_layer_by_hand(rng):
    layer = Dense(2, 2, rng)
    layer.W.value, layer.b.value = np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([0.5, -1.0])
    out = layer(np.array([[1.0, 1.0]]))
    assert out.value.tolist() == [[3.5, 0.0]]
    out.sum().backward()
    assert layer.W.grad.tolist() == [[1, 0], [1, 0]] and layer.b.grad.tolist() == [1, 0]


def test_cross_entropy_by_hand():
    logits = Tensor(np.log([[1.0, 3.0], [1.0, 1.0]]))
    loss = cross_entropy(logits, np.array([1, 0]))
    loss.backward()
    assert loss.value == pytest.approx((np.log(4 / 3) + np.log(2)) / 2)
    np.testing.assert_allclose(logits.grad, [[0.125, -0.125], [-0.25, 0.25]], atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([(relu, torch.relu), (tanh, torch.tanh)]))
def test_values_and_gradients_equal_torch(seed, activations):
    rng = np.random.default_rng(seed)
    sizes = (5, *rng.integers(1, 9, size=rng.integers(0, 4)), 3)
    net, x, labels = MLP(sizes, rng, activations[0]), rng.normal(size=(7, 5)), rng.integers(3, size=7)
    theirs = [torch.tensor(p.value, requires_grad=True) for p in net.parameters]
    a = torch.tensor(x)
    for W, b in zip(theirs[::2], theirs[1::2]):
        a = (activations[1](a) if W is not theirs[0] else a) @ W + b
    right = torch.nn.functional.cross_entropy(a, torch.tensor(labels))
    right.backward()
    left = cross_entropy(net(x), labels)
    left.backward()
    assert float(left.value) == pytest.approx(right.item(), abs=1e-12)
    for mine, other in zip(net.parameters, theirs):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=0, atol=1e-12)


def test_training_equals_torch_step_by_step(rng):
    x, labels = rng.normal(size=(20, 4)), rng.integers(3, size=20)
    net = MLP((4, 6, 3), rng, tanh)
    theirs = [torch.tensor(p.value, requires_grad=True) for p in net.parameters]
    history = fit(net, x, labels, np.random.default_rng(0), lr=0.2, epochs=5, batch=6)
    optimizer, shuffle, losses = torch.optim.SGD(theirs, lr=0.2), np.random.default_rng(0), []
    for _ in range(5):
        order = shuffle.permutation(20)
        for i in (0, 6, 12):
            part = order[i : i + 6]
            hidden = torch.tanh(torch.tensor(x[part]) @ theirs[0] + theirs[1])
            loss = torch.nn.functional.cross_entropy(hidden @ theirs[2] + theirs[3], torch.tensor(labels[part]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    np.testing.assert_allclose(history, losses, rtol=0, atol=1e-12)
    for mine, other in zip(net.parameters, theirs):
        np.testing.assert_allclose(mine.value, other.detach().numpy(), rtol=0, atol=1e-12)


def test_the_gradient_check_passes_for_every_parameter(rng):
    net, x, labels = MLP((4, 5, 5, 3), rng, tanh), rng.normal(size=(6, 4)), rng.integers(3, size=6)
    cross_entropy(net(x), labels).backward()

    for parameter in net.parameters:
        value, grad = parameter.value, parameter.grad

        def loss(array, parameter=parameter):
            parameter.value = array
            return float(cross_entropy(net(x), labels).value)

        assert gradient_check(loss, grad, value, rng).passed
        parameter.value = value


@given(seeds)
def test_hidden_units_may_change_places(seed):
    rng = np.random.default_rng(seed)
    net, x, order = MLP((3, 6, 2), rng), rng.normal(size=(4, 3)), rng.permutation(6)
    before = net(x).value
    first, last = net.layers
    first.W.value, first.b.value, last.W.value = first.W.value[:, order], first.b.value[order], last.W.value[order]
    np.testing.assert_allclose(net(x).value, before, rtol=0, atol=1e-12)


@given(seeds, st.floats(-1e4, 1e4))
def test_adding_a_number_to_all_scores_changes_nothing(seed, shift):
    logits, labels = np.random.default_rng(seed).normal(size=(5, 3)), np.array([0, 1, 2, 0, 1])
    one, other = Tensor(logits), Tensor(logits + shift)
    losses = [cross_entropy(t, labels) for t in (one, other)]
    for loss in losses:
        loss.backward()
    np.testing.assert_allclose(other.grad, one.grad, atol=1e-10)
    np.testing.assert_allclose(one.grad.sum(axis=1), 0, atol=1e-15)


def test_extreme_scores_stay_finite():
    logits = Tensor(np.array([[1e4, -1e4], [-1e4, 1e4]]))
    loss = cross_entropy(logits, np.array([0, 0]))
    loss.backward()
    assert loss.value == pytest.approx(1e4) and np.isfinite(logits.grad).all()


def test_scaled_init_keeps_the_size_of_what_relu_lets_through(rng):
    x = rng.normal(size=(2000, 256))
    hidden = np.maximum(x @ scaled_init(256, 256, rng), 0)
    assert np.mean(hidden**2) == pytest.approx(1.0, rel=0.1)
    assert scaled_init(100, 50, rng, gain=3.0).std() == pytest.approx(0.3, rel=0.05)


def test_relu_has_no_slope_at_its_kink():
    x = Tensor(np.array([-1e4, 0.0, 1e4]))
    relu(x).sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


def test_a_step_goes_downhill_by_the_rate():
    w = Tensor(np.array([3.0, -1.0]))
    (w * w).sum().backward()
    sgd_step([w], lr=0.1)
    np.testing.assert_allclose(w.value, [2.4, -0.8])


def test_it_learns_to_read_digits(rng):
    world = digits(rng)
    net = MLP((64, 64, 10), rng)
    losses = fit(net, *world.train, rng, lr=0.3, epochs=30)
    assert len(losses) == 600 and losses[-50:].mean() < 0.1
    assert np.mean(classify(net, world.test.images) == world.test.labels) > 0.95


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda rng: MLP((64,), rng), r"`sizes` must say at least what goes in and what comes out, got \(64,\)"),
        (
            lambda rng: fit(MLP((2, 2), rng), np.ones((5, 2)), np.ones(4, int), rng, batch=2),
            "got 5 examples, 4 labels and batches of 2",
        ),
        (
            lambda rng: fit(MLP((2, 2), rng), np.ones((5, 2)), np.ones(5, int), rng),
            "5 examples, 5 labels and batches of 50: one label for each example, and at least one batch",
        ),
        (lambda rng: MLP((3, 2), rng)(np.ones((5, 2))), r"\(5, 2\) @ \(3, 2\): 2 is not 3; transposed\?"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(make, message, rng):
    with pytest.raises(ValueError, match=message):
        make(rng)
