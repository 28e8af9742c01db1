"""Random steps around a point: by hand, against counting, and far out in dimensions where counting fails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from mmcourse.optimization.probing import chance_downhill, curvature_density, probe, random_directions


def saddle(dimension, down=1, steepness=1.0):
    curvatures = np.concatenate([np.full(down, -steepness), np.ones(dimension - down)])
    return lambda x: (curvatures * x**2).sum(axis=-1) / 2


def test_the_plane_and_three_dimensions_by_hand():
    # D = 2: |tan| of the angle above 1, half of all. D = 3: u₁² > 1/2, two caps of a sphere with height 1 − 1/√2
    assert chance_downhill(2) == pytest.approx(0.5, abs=1e-15)
    assert chance_downhill(3) == pytest.approx(1 - np.sqrt(0.5), rel=1e-12)
    assert chance_downhill(2, steepness=3.0) == pytest.approx(2 / 3, rel=1e-12)  # cos² > 1/4: 60° to both sides


@pytest.mark.parametrize(("dimension", "down", "steepness", "tolerance"), [(4, 1, 1, 0), (12, 3, 2, 0), (6, 2, 3, 0.5)])
def test_the_chance_equals_counting(dimension, down, steepness, tolerance):
    rng, radius = np.random.default_rng(0), 0.1
    value = saddle(dimension, down, steepness)
    found = probe(value, np.zeros(dimension), radius, 100_000, rng, tolerance=tolerance * radius**2 / 2)
    expected = chance_downhill(dimension, down, steepness, tolerance)
    assert abs(found.share - expected) < 4 * np.sqrt(expected * (1 - expected) / 100_000)  # four standard errors


@pytest.mark.parametrize("place", [(4, 1, 1.0), (9, 2, 3.0), (40, 4, 8.0)])
def test_the_density_integrates_to_the_chance(place):
    below, _ = quad(curvature_density, -place[-1], 0, args=place, limit=200)
    assert below == pytest.approx(chance_downhill(*place), rel=1e-6, abs=1e-9)
    assert curvature_density(place[-1] * -1.1, *place) == curvature_density(1.1, *place) == 0


@given(st.integers(2, 10_000), st.floats(0.01, 1e4))
def test_more_dimensions_never_help_and_steeper_never_hurts(dimension, steepness):
    here = chance_downhill(dimension, 1, steepness)
    assert 0 <= chance_downhill(dimension + 1, 1, steepness) <= here <= 1
    assert here <= chance_downhill(dimension, 1, 2 * steepness)


def test_small_chances_are_not_lost_in_round_off():
    # for k = 1, s = 1: P = P(b > 1/2), and each two dimensions cost a factor that tends to 2
    sizes = np.arange(100, 1000, 2)
    ratio = chance_downhill(sizes) / chance_downhill(sizes + 2)
    assert (ratio > 2).all() and (ratio < 2.05).all()
    assert chance_downhill(10_000, 1, 1.0) == 0 and chance_downhill(5, 5) == 1


def test_as_many_down_as_up_is_even_in_any_dimension():
    np.testing.assert_allclose(chance_downhill(np.array([2, 20, 2000]), np.array([1, 10, 1000])), 0.5, rtol=1e-9)


def test_a_probe_tells_where_it_was_lowest():
    found = probe(lambda x: x @ np.array([3.0, 4.0]), np.array([1.0, 1.0]), 0.5, 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(found.direction, [-0.6, -0.8], atol=1e-3)
    assert found.lowest == pytest.approx(-2.5, abs=1e-4) and found.share == pytest.approx(0.5, abs=0.02)


def test_directions_are_unit_vectors_without_a_favourite():
    directions = random_directions(np.random.default_rng(2), 5000, 7)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(directions.T @ directions / 5000, np.eye(7) / 7, atol=0.02)


def test_wrong_input_is_refused_with_advice():
    with pytest.raises(ValueError, match="`radius` must be above 0, got 0.0"):
        probe(lambda x: x.sum(axis=-1), np.zeros(2), 0.0, 10, np.random.default_rng(0))
    with pytest.raises(ValueError, match="`down` must be between 1 and the dimension, got 3 of 2"):
        chance_downhill(2, 3)
