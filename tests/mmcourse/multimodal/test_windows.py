"""Windows: by hand, symmetric in time, and never without a path where they promise one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.multimodal.step_patterns import count_paths
from mmcourse.multimodal.windows import band, parallelogram, slanted_band

sizes = st.integers(1, 15)


@given(sizes, sizes, st.integers(0, 4))
def test_a_band_as_narrow_as_allowed_has_a_path(n, m, more):
    window = band((n, m), abs(n - m) + more)
    assert window[0, 0] and window[-1, -1] and count_paths((n, m), allowed=window) > 0
    np.testing.assert_array_equal(window.T, band((m, n), abs(n - m) + more))


@given(st.integers(2, 15), st.integers(2, 15))
def test_a_slanted_band_reaches_both_corners(n, m):
    window = slanted_band((n, m), radius=max(1, (m - 1) / (n - 1)))
    assert window[0, 0] and window[-1, -1] and count_paths((n, m), allowed=window) > 0
    np.testing.assert_array_equal(window, window[::-1, ::-1])


def test_a_slanted_band_of_a_square_is_a_band():
    np.testing.assert_array_equal(slanted_band((7, 7), 2), band((7, 7), 2))


@given(st.integers(2, 15), st.integers(2, 15), st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_a_parallelogram_keeps_the_slope_from_both_ends(n, m, slope):
    if max(n, m) - 1 > slope * (min(n, m) - 1):
        with pytest.raises(ValueError, match="`slope` must be"):
            parallelogram((n, m), slope)
        return
    window = parallelogram((n, m), slope)
    np.testing.assert_array_equal(window, parallelogram((m, n), slope).T)
    for i, j in np.argwhere(window):
        for a, b in ((i, j), (n - 1 - i, m - 1 - j)):
            assert a <= slope * b + 1e-6 and b <= slope * a + 1e-6
    assert window[0, 0] and window[-1, -1]


def test_extremes():
    assert band((3, 4), 1e4).all() and slanted_band((3, 4), 1e4).all()
    assert parallelogram((5, 5), 1e4).sum() == 25 - 2 * 4 - 2 * 4 + 2  # only the outermost rows and columns go
    np.testing.assert_array_equal(parallelogram((5, 5), 1), np.eye(5, dtype=bool))


def test_errors():
    with pytest.raises(ValueError, match="`radius` must be 3 or more for 5 and 8 frames, got 2"):
        band((5, 8), 2)
    with pytest.raises(ValueError, match="0 or more, got -1"):
        slanted_band((5, 8), -1)
    with pytest.raises(ValueError, match="`slope` must be 1.75 or more for 5 and 8 frames, got 1.5"):
        parallelogram((5, 8), 1.5)
