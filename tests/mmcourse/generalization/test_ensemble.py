"""All masks of a few units: by hand, by brute force, and which mean the scaled pass is."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mmcourse.foundations.scores import softmax
from mmcourse.generalization.blinking import Layer, draw, forward, start
from mmcourse.generalization.ensemble import arithmetic_mean, chances, every_mask, geometric_mean, mean_logits

rates = st.floats(0.05, 0.9)
seeds = st.integers(0, 2**32 - 1)


def one_layer(seed, units=6, classes=4, size=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=units), size * rng.normal(size=(units, classes)), rng.normal(size=classes)


def test_two_units_by_hand():
    masks = every_mask(2)
    assert sorted(masks.tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert chances(np.array([1, 0]), 0.2) == pytest.approx(0.16)
    said = np.array([[0.8, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(arithmetic_mean(said, np.array([0.25, 0.75])), [0.575, 0.425])
    np.testing.assert_allclose(geometric_mean(said, np.array([0.5, 0.5])), [2 / 3, 1 / 3])  # odds 4 and 1: mean 2


@given(st.integers(0, 10), rates)
def test_every_mask_once_with_the_binomial_distribution(units, p):
    masks = every_mask(units)
    assert {tuple(mask) for mask in masks} == set(itertools.product([0, 1], repeat=units))
    chance = chances(masks, p)
    by_count = np.bincount(masks.sum(axis=1), weights=chance, minlength=units + 1)
    np.testing.assert_allclose(by_count, stats.binom.pmf(np.arange(units + 1), units, 1 - p), atol=1e-12)


@given(seeds, rates)
def test_behind_one_softmax_layer_the_pass_with_all_units_is_the_geometric_mean(seed, p):
    h, W, b = one_layer(seed)
    masks = every_mask(6)
    said = softmax((masks * h / (1 - p)) @ W + b)
    np.testing.assert_allclose(geometric_mean(said, chances(masks, p)), softmax(h @ W + b), atol=1e-10)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_the_arithmetic_mean_is_another_and_a_second_bend_breaks_both(p):
    h, W, b = one_layer(0)
    masks, chance = every_mask(6), chances(every_mask(6), p)
    said = softmax((masks * h / (1 - p)) @ W + b)
    assert np.abs(arithmetic_mean(said, chance) - softmax(h @ W + b)).max() > 1e-3
    V = np.random.default_rng(1).normal(size=(4, 3))
    bent = softmax(np.tanh((masks * h / (1 - p)) @ W + b) @ V)
    for mean in (arithmetic_mean, geometric_mean):
        assert np.abs(mean(bent, chance) - softmax(np.tanh(h @ W + b) @ V)).max() > 1e-3


@given(seeds, rates)
def test_means_are_distributions_and_no_more_certain_than_the_surest_member(seed, p):
    h, W, b = one_layer(seed)
    masks = every_mask(6)
    said, chance = softmax((masks * h) @ W + b), chances(masks, p)
    for mean in (arithmetic_mean(said, chance), geometric_mean(said, chance)):
        assert mean.sum() == pytest.approx(1)
        assert mean.max() <= said.max() + 1e-12


def test_large_logits_are_no_trouble():
    h, W, b = one_layer(0, size=50.0)
    masks = every_mask(6)
    said = softmax((masks * h) @ W + b)  # probabilities down to e^-600
    mean = geometric_mean(said, chances(masks, 0.5))
    assert np.isfinite(mean).all() and mean.sum() == pytest.approx(1)


def test_members_of_any_shape():
    said = softmax(np.random.default_rng(0).normal(size=(8, 5, 3)))
    chance = chances(every_mask(3), 0.3)
    for mean in (arithmetic_mean, geometric_mean):
        np.testing.assert_allclose(mean(said, chance)[2], mean(said[:, 2], chance), rtol=1e-12)


def test_too_many_units_and_a_wrong_rate_are_refused():
    with pytest.raises(
        ValueError, match=r"17 units have 2\^17 masks; 0 to 16 units can be listed: sample masks instead"
    ):
        every_mask(17)
    with pytest.raises(ValueError, match="the probability to drop a unit"):
        chances(every_mask(2), 1.0)


def network(sizes, seed=0):
    """One network with biases that are not zero, and five points."""
    rng = np.random.default_rng(seed)
    layers = [Layer(W, rng.normal(size=b.shape)) for W, b in start([rng], sizes)]
    return layers, rng.normal(size=(5, sizes[0]))


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_the_mean_of_logits_equals_brute_force_and_sampling(p):
    layers, x = network((2, 3, 2, 1))
    expected = 0.0
    for states in itertools.product([0, 1], repeat=5):
        chance = np.prod([1 - p if on else p for on in states])
        factors = np.array(states) / (1 - p)
        expected = expected + chance * forward(layers, x, [factors[:3], factors[3:]])[-1][0]
    mean = mean_logits(layers, x, p)
    assert mean.shape == (5, 1)
    np.testing.assert_allclose(mean, expected, rtol=1e-12, atol=1e-14)
    passes = draw([np.random.default_rng(0)], (3, 2), [p], 20_000)  # (1, 20000, H)
    drawn = forward(layers, x, [np.swapaxes(m, 0, 1) for m in passes])[-1]
    assert np.all(np.abs(drawn.mean(axis=0) - mean) < 4.5 * drawn.std(axis=0) / np.sqrt(20_000))


@pytest.mark.parametrize("p", np.linspace(0.1, 0.9, 9))
def test_all_units_on_say_the_mean_of_logits_only_where_the_rest_is_linear(p):
    one, x = network((2, 6, 3))
    np.testing.assert_allclose(mean_logits(one, x, p), forward(one, x)[-1][0], atol=1e-12)
    two, x = network((2, 6, 6, 3))
    assert np.abs(mean_logits(two, x, p) - forward(two, x)[-1][0]).max() > 0.01
    # biases that keep every relu of the second layer on, whatever the mask: nothing bends, and the gap is gone
    on = [two[0], Layer(two[1].weights, two[1].bias + 1e4), two[2]]
    np.testing.assert_allclose(mean_logits(on, x, p), forward(on, x)[-1][0], rtol=1e-9)


def test_without_dropout_or_hidden_units_the_mean_is_the_network():
    for sizes in ((2, 1), (2, 3, 1), (2, 3, 2, 1)):
        layers, x = network(sizes)
        np.testing.assert_allclose(mean_logits(layers, x, 0.0), forward(layers, x)[-1].reshape(5, 1), rtol=1e-12)


def test_too_many_masks_are_refused():
    layers, x = network((2, 10, 10, 1))
    with pytest.raises(ValueError, match=r"20 units have 2\^20 masks; 0 to 16 units can be listed: sample masks inst"):
        mean_logits(layers, x, 0.5)
    with pytest.raises(ValueError, match="the probability to drop a unit"):
        mean_logits(network((2, 3, 1))[0], x, 1.0)
