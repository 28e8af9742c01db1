"""Opinions: shares are shares, halves of a product say nothing, and nobody beats the guess that knows the world."""

import numpy as np
import pytest

from mmcourse.worlds.sentiment import GROUPS, SIZES, STREAMS, sentiment


def world_of(seed=0, **dials):
    return sentiment(np.random.default_rng(seed), **dials)


def mse(guess, score):
    return ((guess - score) ** 2).mean()


def test_shapes_seed_and_truth():
    world = world_of(lag=2, events=3, frames=4)
    one, same, other = (world.draw(np.random.default_rng(seed), 5) for seed in (1, 1, 2))
    assert [x.shape for x in one[:3]] == [(5, 16, D) for D in SIZES] and one.signs.shape == (5, 3, 7, 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, same)) and not np.array_equal(one.score, other.score)
    truth = world.truth()
    assert list(truth.weights) == [tuple(STREAMS[m] for m in group) for group in GROUPS] and truth.lag == 2
    for direction in truth.directions:
        np.testing.assert_allclose(direction @ direction.T, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("dials", [(1, 0, 0), (0, 2, 0), (0, 0, 5), (1, 1, 1), (0.2, 0.3, 0.5)])
def test_the_shares_are_those_of_the_variance(dials):
    world = world_of(uni=dials[0], bi=dials[1], tri=dials[2], blur=0.0)
    drawn = world.draw(np.random.default_rng(3), 40_000)
    voices = drawn.signs[:, 0].prod(axis=-1) * world.weights
    np.testing.assert_allclose(voices.sum(axis=1), drawn.score, atol=1e-12)
    sizes = np.array([len(group) for group in GROUPS])
    found = [voices[:, sizes == size].sum(axis=1).var() for size in (1, 2, 3)]
    np.testing.assert_allclose(found, np.array(dials) / sum(dials), atol=0.02)
    assert drawn.score.var() == pytest.approx(1, abs=0.03)


def test_half_of_a_product_says_nothing():
    drawn = world_of(uni=0, bi=1, tri=1, noise=0.0).draw(np.random.default_rng(4), 20_000)
    flat = np.hstack([x.mean(axis=1) for x in drawn[:3]])
    together = np.abs([np.corrcoef(column, drawn.score)[0, 1] for column in flat.T])
    assert together.max() < 0.03  # 4 / sqrt(20,000)


@pytest.mark.parametrize("noise", [1.0, 2.0, 3.0])
def test_the_best_guess_explains_the_powers_of_the_reliability(noise):
    world = world_of(noise=noise, blur=0.0)
    drawn = world.draw(np.random.default_rng(5), 40_000)
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    variance = noise**2 / 8
    rho = weights @ np.tanh((1 + np.sqrt(variance) * points) / variance) ** 2 / weights.sum()
    assert 1 - mse(world.best_score(drawn), drawn.score) == pytest.approx((rho + rho**2 + rho**3) / 3, abs=0.015)
    for number, group in enumerate(GROUPS):
        voice = drawn.signs[:, 0, number].prod(axis=-1) * world.weights[number]
        left = mse(world.best_score(drawn, [number]), voice) / world.weights[number] ** 2
        assert 1 - left == pytest.approx(rho ** len(group), abs=0.02)


def test_no_other_guess_is_better():
    world = world_of(noise=2.0, missing=0.2)
    drawn = world.draw(np.random.default_rng(6), 20_000)
    best = world.best_score(drawn)
    for other in (0.9 * best, 1.1 * best, best + 0.05, world.best_score(drawn, range(6)), np.sign(best)):
        assert mse(other, drawn.score) > mse(best, drawn.score)
    chance = world.best_probability(drawn)
    right = np.mean((chance > 0.5) == (drawn.score > 0))
    assert right >= np.mean((best > 0) == (drawn.score > 0)) - 0.005
    for low in (0.1, 0.4, 0.7):  # it means what it says
        some = (chance > low) & (chance < low + 0.1)
        assert np.mean(drawn.score[some] > 0) == pytest.approx(chance[some].mean(), abs=0.04)


def test_a_missing_stream_is_zeros_and_takes_its_voices_along():
    world = world_of(missing=0.3)
    drawn = world.draw(np.random.default_rng(7), 5000)
    assert drawn.present.mean() == pytest.approx(0.7, abs=0.02)
    for m in range(3):
        assert not drawn[m][~drawn.present[:, m]].any() and drawn[m][drawn.present[:, m]].all()
    gone = ~drawn.present[:, 1]
    voices = world.beliefs(drawn)[gone, 0].prod(axis=-1)
    assert not voices[:, [k for k, group in enumerate(GROUPS) if 1 in group]].any()
    everything = world_of(missing=1.0)
    assert not everything.best_score(everything.draw(np.random.default_rng(0), 5)).any()


def test_the_lag_moves_the_streams_and_the_best_guess_knows():
    world = world_of(lag=3, events=2, frames=4, noise=0.0)
    drawn = world.draw(np.random.default_rng(8), 50)
    where = [np.flatnonzero(x[0].any(axis=1)) for x in drawn[:3]]
    assert [(at.min(), at.max()) for at in where] == [(0, 7), (3, 10), (6, 13)]
    quiet = world_of(lag=3, events=2, frames=4, noise=0.1)
    drawn = quiet.draw(np.random.default_rng(9), 2000)
    assert mse(quiet.best_score(drawn), drawn.score) == pytest.approx(0.04, abs=0.005)  # the blur, squared


def test_errors():
    with pytest.raises(ValueError, match="shares, 0 or more and not all 0, got 0, 0, 0"):
        world_of(uni=0, bi=0, tri=0)
    with pytest.raises(ValueError, match="`missing` is a probability, got 1.5"):
        world_of(missing=1.5)
    with pytest.raises(ValueError, match="`events` and `frames` 1 or more"):
        world_of(events=0)
    world = world_of(events=3)
    with pytest.raises(ValueError, match="for 1 or 2 events, not 3"):
        world.best_probability(world.draw(np.random.default_rng(0), 2))
