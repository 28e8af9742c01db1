"""Slices of a loss: by hand, against a loop, and what rescaling does to them."""

import numpy as np
import pytest

from mmcourse.foundations.mlp import relu
from mmcourse.optimization.slices import filter_normalized, line_slice, plane_slice
from mmcourse.optimization.symmetry import scale_units
from mmcourse.optimization.weightspace import WeightSpace, network_loss

SPACE = WeightSpace((5, 4, 3), relu)
RNG = np.random.default_rng(0)
LOSS = network_loss(SPACE, RNG.normal(size=(12, 5)), RNG.integers(3, size=12))
THETA, FIRST, SECOND = RNG.normal(size=(3, SPACE.dimension))


def test_one_layer_by_hand():
    space = WeightSpace((2, 2))
    theta = np.array([3.0, 1.0, 4.0, 0.0, 9.0, 9.0])  # the columns (3, 4) and (1, 0), then the biases
    direction = np.array([0.0, 2.0, 2.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(filter_normalized(space, theta, direction), [0, 1, 5, 0, 0, 0])


def test_every_unit_gets_the_length_of_its_weights_and_keeps_its_direction():
    normalized = SPACE.split(filter_normalized(SPACE, THETA, FIRST))
    for part, w, d in zip(normalized, SPACE.split(THETA), SPACE.split(FIRST)):
        if w.ndim == 1:
            assert not part.any()
            continue
        np.testing.assert_allclose(np.linalg.norm(part, axis=0), np.linalg.norm(w, axis=0), rtol=1e-12)
        cosine = (part * d).sum(axis=0) / np.linalg.norm(part, axis=0) / np.linalg.norm(d, axis=0)
        np.testing.assert_allclose(cosine, 1, rtol=1e-12)


def test_a_plane_is_what_a_loop_measures():
    reach = np.linspace(-1, 1, 5)
    heights = plane_slice(LOSS.value, THETA, FIRST, SECOND, reach)
    assert heights[4, 1] == LOSS.value(THETA - 0.5 * FIRST + 1.0 * SECOND)  # row: second direction
    np.testing.assert_array_equal(heights[2], line_slice(LOSS.value, THETA, FIRST, reach))


def test_the_slope_of_a_line_is_the_gradient():
    line = line_slice(LOSS.value, THETA, FIRST, np.array([-1e-6, 1e-6]))
    assert np.diff(line)[0] / 2e-6 == pytest.approx(LOSS.grad(THETA) @ FIRST, rel=1e-6)


@pytest.mark.parametrize("factor", [1e-4, 0.5, 4.0, 1e4])
def test_rescaled_layers_look_the_same_only_when_normalised(factor):
    moved, reach = scale_units(SPACE, THETA, np.full(4, factor)), np.linspace(-1, 1, 7)
    lines = [line_slice(LOSS.value, net, filter_normalized(SPACE, net, FIRST), reach) for net in (THETA, moved)]
    np.testing.assert_allclose(lines[1], lines[0], rtol=1e-9)
    plain = [line_slice(LOSS.value, net, FIRST, reach) for net in (THETA, moved)]
    assert np.abs(plain[1] - plain[0]).max() > 0.1


def test_the_size_of_the_direction_does_not_matter():
    expected = filter_normalized(SPACE, THETA, FIRST)
    np.testing.assert_allclose(filter_normalized(SPACE, THETA, 1e4 * FIRST), expected, rtol=1e-12)


def test_a_unit_without_direction_is_refused():
    with pytest.raises(ValueError, match="`direction` is zero for all weights into a unit: draw it with rng.normal"):
        filter_normalized(SPACE, THETA, np.zeros_like(THETA))
