"""Warps as mixtures of rising curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import interp1d

from mmcourse.multimodal.monotone_bases import at_frames, frames_at, monotone_bases


def test_powers_by_hand():
    bases = np.linspace(0, 1, 6)[:, None] ** [0.5, 1, 2]  # three powers, weights that add up to 1
    np.testing.assert_allclose(
        1 + frames_at(bases, np.array([0.2, 0.5, 0.3]), 10), [1, 2.813, 4.370, 6.066, 7.938, 10], atol=5e-4
    )


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(0, 9))
def test_every_mixture_rises_from_first_to_last(seed, count, shifts):
    bases = monotone_bases(40, shifts)
    weights = np.random.default_rng(seed).dirichlet(np.full(bases.shape[1], 0.3))
    frames = frames_at(bases, weights, count)
    assert frames[0] == 0 and frames[-1] == pytest.approx(count - 1, abs=1e-9)
    assert (np.diff(frames) >= -1e-12).all()


def test_a_negative_weight_goes_back_in_time():
    frames = frames_at(monotone_bases(40), np.r_[1.6, 0, 0, -0.6, np.zeros(6)], 20)
    assert np.diff(frames).min() < 0


def test_interpolation_is_scipys_and_its_slope_is_right():
    rng = np.random.default_rng(0)
    view, frames = rng.normal(size=(3, 12)), np.sort(rng.uniform(0, 11, size=50))
    value, slope = at_frames(view, frames)
    np.testing.assert_allclose(value, interp1d(np.arange(12), view)(frames), atol=1e-12)
    step = 1e-7
    inside = (frames % 1 > 1e-5) & (frames % 1 < 1 - 1e-5)
    numeric = (at_frames(view, frames + step)[0] - at_frames(view, frames - step)[0]) / (2 * step)
    np.testing.assert_allclose(slope[:, inside], numeric[:, inside], atol=1e-6)


def test_extremes():
    view = 1e4 * np.arange(3.0)[None]
    value, slope = at_frames(view, np.array([0.0, 2.0]))  # the last frame has no right neighbour
    assert value.tolist() == [[0, 2e4]] and slope.tolist() == [[1e4, 1e4]]


def test_errors():
    with pytest.raises(ValueError, match="matmul"):
        frames_at(monotone_bases(10, shifts=2), np.ones(3), 5)
