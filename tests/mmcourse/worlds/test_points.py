"""Clouds of points: the truth they claim is the truth, and the same seed gives the same points."""

import numpy as np
import pytest

from mmcourse.worlds.points import blobs, moons, spirals, xor

WORLDS = [blobs, moons, spirals, xor]


@pytest.mark.parametrize("world", WORLDS)
def test_shapes_classes_and_seed(world):
    one, same, other = (world(np.random.default_rng(seed), per_class=20) for seed in (1, 1, 2))
    count = len(one.labels)
    assert one.points.shape == one.clean.shape == (count, 2) and np.bincount(one.labels).tolist() == [20] * (
        count // 20
    )
    np.testing.assert_array_equal(one.points, same.points)
    assert not np.array_equal(one.points, other.points)


@pytest.mark.parametrize("world", WORLDS)
def test_the_noise_around_the_truth_is_normal_with_the_spread(world):
    cloud = world(np.random.default_rng(3), per_class=5000, spread=0.4)
    noise = (cloud.points - cloud.clean).ravel()
    assert abs(noise.mean()) < 0.02 and noise.std() == pytest.approx(0.4, rel=0.02)  # 20,000 draws or more
    assert np.mean(np.abs(noise) < 0.4) == pytest.approx(0.6827, abs=0.02)
    still = world(np.random.default_rng(3), per_class=10, spread=0.0)
    np.testing.assert_array_equal(still.points, still.clean)


def test_the_nearest_centre_of_two_blobs_errs_as_the_normal_distribution_says():
    cloud = blobs(np.random.default_rng(4), classes=2, per_class=50_000, spread=1.0, radius=1.0)
    centres = np.unique(cloud.clean.round(9), axis=0)
    assert sorted(centres[:, 1]) == [-1, 1] and not centres[:, 0].any()
    wrong = np.mean((cloud.points[:, 1] < 0) != cloud.labels)  # class 0 is above
    assert wrong == pytest.approx(0.1587, abs=0.005)  # a normal variable beyond one standard deviation


def test_moons_are_half_circles_that_are_mirror_images():
    cloud = moons(np.random.default_rng(5), per_class=200, spread=0.0)
    upper, lower = (cloud.points[cloud.labels == k] for k in (0, 1))
    for half in (upper, -lower):
        np.testing.assert_allclose(np.linalg.norm(half + [0.5, 0.25], axis=1), 1, rtol=1e-12)
        assert half[:, 1].min() >= -0.25
    assert upper[:, 1].min() < lower[:, 1].max()  # they reach into each other


def test_spiral_arms_are_one_arm_turned():
    cloud = spirals(np.random.default_rng(6), classes=3, per_class=100, spread=0.0, turns=1.5)
    radius = np.linalg.norm(cloud.clean, axis=1)
    angle = np.arctan2(cloud.clean[:, 1], cloud.clean[:, 0])
    expected = 2 * np.pi * (1.5 * radius / 2 + cloud.labels / 3)
    np.testing.assert_allclose(np.cos(angle - expected), 1, rtol=1e-12)


def test_xor_is_the_product_of_signs():
    cloud = xor(np.random.default_rng(7), per_class=30)
    np.testing.assert_array_equal(cloud.clean[:, 0] * cloud.clean[:, 1], np.where(cloud.labels == 1, -1, 1))
    assert len(np.unique(cloud.clean, axis=0)) == 4


def test_a_negative_spread_is_refused():
    with pytest.raises(ValueError, match="standard deviation, 0 or more, got -0.1"):
        moons(np.random.default_rng(0), spread=-0.1)
