"""Dropout: by hand, against torch and brute force, and what must hold over the grids of an explorer."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.generalization.dropout import (
    Layer,
    convention,
    dropout_mask,
    ensemble_mean,
    forward,
    gradients,
    hidden_multipliers,
    initial_layers,
    logistic_loss,
    train,
    two_moons,
)

RATES = np.linspace(0, 0.9, 10)
rates = st.floats(0, 0.95)
seeds = st.integers(0, 2**32 - 1)


def network(seed=0, sizes=(2, 6, 6, 1)):
    """Random layers with biases that are not zero."""
    rng = np.random.default_rng(seed)
    return [Layer(weights, rng.normal(size=bias.size)) for weights, bias in initial_layers(rng, sizes)]


def batch(seed=1, samples=8):
    return two_moons(np.random.default_rng(seed), samples)


def torch_forward(layers, x, multipliers):
    """Run tensors through the same network."""
    for (weights, bias), multiplier in zip(layers, multipliers):
        x = multiplier * torch.tanh(torch.nn.functional.linear(x, weights.T, bias))
    return torch.nn.functional.linear(x, layers[-1][0].T, layers[-1][1])


def test_one_pass_by_hand():
    layers = [
        Layer(np.array([[1.0, 2.0]]), np.array([0.0, -1.0])),
        Layer(np.array([[3.0], [5.0]]), np.array([0.5])),
    ]
    x = np.array([[0.5]])  # hidden units: tanh(0.5), tanh(0)
    assert forward(layers, x)[-1].item() == pytest.approx(3 * np.tanh(0.5) + 0.5)
    sent = forward(layers, x + 0.5, [np.array([0.0, 2.0])])  # the first of two is off, p = 0.5
    assert [a.tolist() for a in sent] == [[[1.0]], [[0.0, pytest.approx(2 * np.tanh(1))]], [[sent[2].item()]]]
    assert sent[2].item() == pytest.approx(10 * np.tanh(1) + 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_forward_and_backward_equal_torch(seed):
    layers, (x, targets) = network(seed), batch(seed)
    multipliers = hidden_multipliers(np.random.default_rng(seed), layers, 0.4, (len(x),))
    tensors = [tuple(torch.tensor(value, requires_grad=True) for value in layer) for layer in layers]
    logits = torch_forward(tensors, torch.tensor(x), [torch.tensor(m) for m in multipliers])
    np.testing.assert_allclose(forward(layers, x, multipliers)[-1], logits.detach(), rtol=1e-10)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(targets))
    assert logistic_loss(logits.detach().numpy(), targets) == pytest.approx(loss.item(), rel=1e-10)
    loss.backward()
    for got, expected in zip(gradients(layers, x, targets, multipliers), tensors):
        np.testing.assert_allclose(got.weights, expected[0].grad, atol=1e-12)
        np.testing.assert_allclose(got.bias, expected[1].grad, atol=1e-12)


@pytest.mark.parametrize("p", [None, 0.0, 0.5])
def test_gradients_are_differences(p):
    layers, (x, targets), rng, step = network(2), batch(2), np.random.default_rng(3), 1e-6
    multipliers = None if p is None else hidden_multipliers(rng, layers, p, (len(x),))
    direction = [Layer(rng.normal(size=w.shape), rng.normal(size=b.shape)) for w, b in layers]

    def loss(t):
        moved = [Layer(w + t * dw, b + t * db) for (w, b), (dw, db) in zip(layers, direction)]
        return logistic_loss(forward(moved, x, multipliers)[-1], targets)

    grads = gradients(layers, x, targets, multipliers)
    projected = sum(np.sum(g * d) for pair in zip(grads, direction) for g, d in zip(*pair))
    assert projected == pytest.approx((loss(step) - loss(-step)) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.9])
def test_the_mean_and_variance_of_the_factors(p):
    n = 10**6
    factors = dropout_mask(np.random.default_rng(0), n, p) / (1 - p)
    variance = p / (1 - p)
    assert factors.mean() == pytest.approx(1, abs=4 * np.sqrt(variance / n))  # four standard errors
    assert factors.var() == pytest.approx(variance, rel=0.01)
    c = convention("inverted", p)
    assert (c.mean, c.variance) == (pytest.approx(1), pytest.approx(variance))


def test_the_share_that_stays_equals_torch():
    n, p = 10**5, 0.3
    ours = dropout_mask(np.random.default_rng(0), n, p) / (1 - p)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generated = torch.nn.functional.dropout(torch.ones(n, dtype=torch.float64), p).numpy()
    np.testing.assert_allclose(np.unique(ours), np.unique(generated))  # 0 and 1 / 0.7
    error = 4 * np.sqrt(2 * p * (1 - p) / n)  # of the difference of two shares
    assert np.mean(ours > 0) == pytest.approx(np.mean(generated > 0), abs=error)


@pytest.mark.parametrize("name", ["drop", "keep", "inverted"])
@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.9])
def test_each_convention_is_sound_on_its_own(name, p):
    c = convention(name, p)
    drawn = (np.random.default_rng(1).random(10**5) < c.keep) * c.train_scale
    assert c.mean == pytest.approx(c.test_scale)
    assert drawn.mean() == pytest.approx(c.test_scale, abs=4 * np.sqrt(c.variance / 10**5))
    assert drawn.var() == pytest.approx(c.variance, rel=0.05)


def test_a_rate_read_the_other_way_keeps_a_fifth_instead_of_four():
    rate, n = 0.2, 10**6
    printed = np.random.default_rng(0).random(n) < rate  # mask = rand < dropout rate
    error = 4 * np.sqrt(0.16 / n)
    assert printed.mean() == pytest.approx(convention("keep", rate).keep, abs=error)
    assert dropout_mask(np.random.default_rng(0), n, rate).mean() == pytest.approx(0.8, abs=error)
    assert convention("drop", 0.5) == convention("keep", 0.5)  # where the mistake hides


@given(seeds, rates, rates)
def test_masks_of_equal_generators_are_nested(seed, p, other):
    low, high = (dropout_mask(np.random.default_rng(seed), (5, 6), q) for q in sorted((p, other)))
    assert not np.any(high & ~low)
    assert dropout_mask(np.random.default_rng(seed), (5, 6), 0.0).all()


def test_a_mask_for_every_rate_at_once():
    masks = dropout_mask(np.random.default_rng(0), (10, 4, 6), RATES[:, None, None])
    assert masks.shape == (10, 4, 6)
    np.testing.assert_array_equal(masks[3], dropout_mask(np.random.default_rng(0), (10, 4, 6), RATES[3])[3])


@given(seeds)
def test_with_nothing_dropped_training_equals_the_test(seed):
    layers, (x, _) = network(seed), batch(seed)
    multipliers = hidden_multipliers(np.random.default_rng(seed), layers, 0.0, (len(x),))
    for training, test in zip(forward(layers, x, multipliers), forward(layers, x)):
        np.testing.assert_array_equal(training, test)


def test_an_ensemble_of_one_is_the_network():
    x, _ = batch()
    for sizes in ((2, 1), (2, 3, 1), (2, 3, 2, 1)):
        layers = network(sizes=sizes)
        np.testing.assert_allclose(ensemble_mean(layers, x, 0.0), forward(layers, x)[-1], rtol=1e-12)


def test_every_activation_over_the_grid_of_an_explorer():
    layers, (x, _) = network(), batch()
    for p in RATES:
        multipliers = hidden_multipliers(np.random.default_rng(0), layers, p, (40, len(x)))  # 40 steps of 8 samples
        activations = forward(layers, x, multipliers)
        assert [a.shape for a in activations] == [(8, 2), (40, 8, 6), (40, 8, 6), (40, 8, 1)]
        assert all(np.isfinite(a).all() for a in activations)
        for activation, multiplier in zip(activations[1:], multipliers):
            assert not activation[multiplier == 0].any()
            assert np.abs(activation).max() <= 1 / (1 - p)


def test_a_mask_for_the_batch_or_for_each_sample():
    layers, x = network(), np.ones((50, 2))  # equal samples: only masks can tell them apart
    rng = np.random.default_rng(0)
    assert np.ptp(forward(layers, x, hidden_multipliers(rng, layers, 0.5))[-1]) == pytest.approx(0, abs=1e-12)
    assert np.ptp(forward(layers, x, hidden_multipliers(rng, layers, 0.5, (50,)))[-1]) > 0.1


def test_a_unit_that_was_off_learns_nothing():
    layers, (x, targets) = network(), batch()
    multipliers = [np.array([2.0, 0, 2, 2, 0, 2]), np.full(6, 2.0)]
    grads = gradients(layers, x, targets, multipliers)
    off = multipliers[0] == 0
    assert not grads[0].weights[:, off].any() and not grads[0].bias[off].any() and not grads[1].weights[off].any()
    assert grads[0].weights[:, ~off].all() and grads[0].bias[~off].all() and grads[1].weights[~off].all()


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_the_ensemble_equals_brute_force_and_sampling(p):
    layers, (x, _) = network(sizes=(2, 3, 2, 1)), batch()
    expected = 0.0
    for states in itertools.product([0, 1], repeat=5):
        chance = np.prod([1 - p if on else p for on in states])
        factors = np.array(states) / (1 - p)
        expected = expected + chance * forward(layers, x, [factors[:3], factors[3:]])[-1]
    mean = ensemble_mean(layers, x, p)
    np.testing.assert_allclose(mean, expected, rtol=1e-12)
    draws = forward(layers, x, hidden_multipliers(np.random.default_rng(0), layers, p, (20_000, 1)))[-1]
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 4.5 * draws.std(axis=0) / np.sqrt(20_000))


@pytest.mark.parametrize("p", RATES[1:])
def test_the_scaled_pass_is_the_ensemble_only_where_the_rest_is_linear(p):
    x, _ = batch()
    one, two = network(sizes=(2, 6, 1)), network(sizes=(2, 6, 6, 1))
    np.testing.assert_allclose(ensemble_mean(one, x, p), forward(one, x)[-1], atol=1e-12)  # linear after the mask
    gap = np.abs(ensemble_mean(two, x, p) - forward(two, x)[-1]).max()
    assert gap > 0.01
    # weights so small that tanh is a line: its cubic term makes the gap shrink faster than the logits
    small = [Layer(weights * 1e-3, bias * 0) for weights, bias in two]
    np.testing.assert_allclose(ensemble_mean(small, x, p), forward(small, x)[-1], rtol=1e-3, atol=1e-15)


def test_training_learns_the_moons_and_dropout_smooths_the_answer():
    x, targets = batch(0, 200)
    start = initial_layers(np.random.default_rng(0), (2, 6, 6, 1))
    before = logistic_loss(forward(start, x)[-1], targets)
    logits = {p: forward(train(np.random.default_rng(0), start, x, targets, p), x)[-1] for p in (0.0, 0.5)}
    for p, share in {0.0: 0.95, 0.5: 0.8}.items():  # half of six units is little: it errs more, and is less sure
        assert logistic_loss(logits[p], targets) < before / 2
        assert np.mean((logits[p] > 0) == targets) > share
    assert np.abs(logits[0.5]).mean() < np.abs(logits[0.0]).mean()


def test_training_without_dropout_goes_down_at_every_step_and_repeats():
    x, targets = batch(3, 100)
    layers = network(3)
    losses = [logistic_loss(forward(layers, x)[-1], targets)]
    for _ in range(50):
        layers = train(np.random.default_rng(0), layers, x, targets, p=0.0, lr=0.1, steps=1)
        losses.append(logistic_loss(forward(layers, x)[-1], targets))
    assert np.diff(losses).max() < 0
    again = train(np.random.default_rng(9), network(3), x, targets, p=0.0, lr=0.1, steps=50)
    np.testing.assert_array_equal(again[0].weights, layers[0].weights)


def test_the_moons_are_two_half_circles():
    x, targets = two_moons(np.random.default_rng(0), 500, noise=0.0)
    assert (x.shape, targets.shape, set(targets.ravel())) == ((500, 2), (500, 1), {0.0, 1.0})
    for target, center, side in ((0, [-0.5, -0.25], 1), (1, [0.5, 0.25], -1)):
        from_center = x[targets[:, 0] == target] - center
        np.testing.assert_allclose(np.hypot(*from_center.T), 1)
        assert np.all(side * from_center[:, 1] >= -1e-12)


def test_large_logits_are_no_trouble():
    logits, targets = np.array([[1e4], [-1e4], [1e4]]), np.array([[1.0], [0.0], [0.0]])
    assert logistic_loss(logits, targets) == pytest.approx(1e4 / 3)
    layers = [Layer(np.array([[1e4]]), np.zeros(1))]
    grads = gradients(layers, np.array([[1.0], [-1.0], [1.0]]), targets)
    assert grads[0].weights.item() == pytest.approx(1 / 3)  # only the third is wrong, by one


@pytest.mark.parametrize("p", [1.0, -0.1, np.nan, np.array([0.2, 1.5])])
def test_a_rate_outside_is_refused(p):
    layers = network()
    for call in (
        lambda: dropout_mask(np.random.default_rng(0), (2,), p),
        lambda: hidden_multipliers(np.random.default_rng(0), layers, p),
        lambda: ensemble_mean(layers, np.zeros(2), p),
        lambda: convention("inverted", p),
    ):
        with pytest.raises(
            ValueError, match=r"`p`, the probability to drop a unit, must be in \[0, 1\), got .*at 1 no"
        ):
            call()


def test_other_wrong_input_is_refused_with_advice():
    with pytest.raises(ValueError, match='`name` must be "drop", "keep" or "inverted", got \'S4\''):
        convention("S4", 0.5)
    with pytest.raises(
        ValueError, match=r'with "keep", `p` must be in \(0, 1\], got 0: it is the share of units that st'
    ):
        convention("keep", 0)
    with pytest.raises(ValueError, match="one array for each of 2 hidden layers, got 1: input and output are never"):
        forward(network(), np.zeros(2), [np.ones(6)])
    with pytest.raises(ValueError, match=r"20 hidden units have 2\^20 masks, 16 are the limit: sample masks instead"):
        ensemble_mean(network(sizes=(2, 10, 10, 1)), np.zeros(2), 0.5)
