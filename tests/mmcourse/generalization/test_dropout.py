"""Masks and conventions of dropout: by hand, against torch, and what every rate promises."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.generalization.dropout import convention, dropout_mask

RATES = np.linspace(0, 0.9, 10)
rates = st.floats(0, 0.95)
seeds = st.integers(0, 2**32 - 1)


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


@pytest.mark.parametrize("p", [1.0, -0.1, np.nan, np.array([0.2, 1.5])])
def test_a_rate_outside_is_refused(p):
    for call in (
        lambda: dropout_mask(np.random.default_rng(0), (2,), p),
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
