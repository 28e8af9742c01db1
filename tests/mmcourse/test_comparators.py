"""Each comparator: a case worked by hand, an invariance, and what it says when it fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.comparators import (
    COMPARATORS,
    close,
    decreasing,
    gradient_matches_differences,
    moments,
    same_moments,
    same_subspace,
    same_up_to_permutation,
    up_to_sign_per_column,
)
from mmcourse.plaindata import Opaque

seeds = st.integers(0, 2**32 - 1)
matrices = hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e4, 1e4))


def test_the_list_is_closed():
    assert list(COMPARATORS) == [
        "close",
        "up_to_sign_per_column",
        "same_subspace",
        "same_up_to_permutation",
        "same_moments",
        "decreasing",
        "gradient_matches_differences",
    ]


# close


def test_close_names_the_first_element_that_differs():
    expected = ({"w": np.array([[0.1, 0.2], [0.3, 0.12]])}, 3)
    got = ({"w": np.array([[0.1, 0.2], [0.3, 0.15]])}, 4)
    difference = close([expected], [got])
    assert (difference.path, difference.index) == ((0, 0, "w"), (1, 1))
    # 1e-9 * 0.12 + 1e-11 * 0.3, the largest entry
    assert difference.text == "expected 0.12, got 0.15, tolerance 1.2e-10"


@given(matrices)
def test_close_accepts_every_array_as_equal_to_itself_and_to_its_list(array):
    assert close([array], [array.copy()]) is None
    assert close([array], [array.tolist()]) is None
    assert close([array.tolist()], [array]) is None
    assert close([array], [array.astype(np.float32)]) is None  # 6e-8 of rounding, 1e-4 allowed


@given(matrices, st.floats(1e-200, 1e200))
def test_the_tolerance_scales_with_the_array(array, scale):
    if np.max(np.abs(array * scale)) > 1e-14:  # smaller arrays count as zero
        changed = array * scale * (1 + 5e-10)
        assert close([array * scale], [changed]) is None


@pytest.mark.parametrize(
    ("dtype", "passes", "fails"), [("float64", 1e-10, 1e-8), ("float32", 1e-5, 1e-3), ("float16", 2e-3, 1e-1)]
)
def test_the_tolerance_follows_the_returned_type(dtype, passes, fails):
    expected = np.array([1.0, 2.0])
    assert close([expected], [(expected * (1 + passes)).astype(dtype)]) is None
    assert close([expected], [(expected * (1 + fails)).astype(dtype)]) is not None


def test_round_off_beside_zero_passes_and_a_small_error_does_not():
    assert close([np.array([0.0, 1.0])], [np.array([2e-16, 1.0])]) is None
    assert close([np.zeros(2)], [np.array([-3e-17, 2e-16])]) is None
    assert close([3e-17], [0.0]) is None  # the expected number itself may be round-off of a zero
    assert close([np.array([0.0, 1.0])], [np.array([1e-9, 1.0])]) is not None
    assert close([np.array([1e-6])], [np.array([1.001e-6])]) is not None


def test_close_takes_its_tolerances_as_options():
    assert close([1.0], [1.05], rtol=0.1) is None
    assert close([0.0], [0.05], atol=0.1) is None
    assert close([0.0], [1e-13], atol=0.0) is not None


def test_nan_and_infinity_equal_only_themselves():
    assert close([np.array([np.nan, np.inf, -np.inf])], [np.array([np.nan, np.inf, -np.inf])]) is None
    assert close([np.inf], [1e300]).text.startswith("expected inf, got 1e+300")
    assert close([1.0], [np.nan]).text.startswith("expected 1, got nan")
    assert close([np.nan], [1.0]).text.startswith("expected nan, got 1")
    assert close([-np.inf], [np.inf]) is not None


def test_large_integers_are_not_rounded_to_floats_first():
    assert close([2**60], [2**60]) is None
    assert close([np.array([3, 200], dtype=np.uint8)], [np.array([200, 3], dtype=np.uint8)]).index == (0,)


def test_digits_are_added_until_the_numbers_look_different():
    assert close([0.1], [0.1 + 2e-8]).text == "expected 0.1, got 0.10000002, tolerance 1e-10"


@pytest.mark.parametrize(
    ("expected", "got", "text"),
    [
        (np.ones((3, 2)), np.ones((2, 3)), "expected shape (3, 2), got shape (2, 3): transposed?"),
        (np.ones(3), 1.0, "expected shape (3,), got a number"),
        (1.0, np.ones(3), "expected a number, got shape (3,)"),
        (
            np.ones(3),
            None,
            "expected an array of shape (3,), got None: does every path of the function end in `return`?",
        ),
        (
            np.ones(2),
            [[1.0], [1.0, 2.0]],
            "expected an array of shape (2,), got a list of 2 whose items have different",
        ),
        (np.ones(2), {"w": 1}, "expected an array of shape (2,), got a dictionary with the key 'w'"),
        (np.ones(2), "text", "expected an array of shape (2,), got the text 'text'"),
        (np.ones(2), np.array([True, True]), "expected an array of shape (2,), got True and False"),
        (np.ones(2), Opaque("an object of type Foo"), "expected an array of shape (2,), got an object of type Foo"),
        (np.array([True, False]), np.array([True, True]), "expected False, got True"),
        (True, 1, "expected True, got the number 1"),
        (1, True, "expected the number 1, got True"),
        (None, 0, "expected None, got the number 0"),
        ("yes", "no", "expected the text 'yes', got the text 'no'"),
        ((1, 2), (1, 2, 3), "expected a tuple of 2, got a tuple of 3"),
        ((1, 2), {"a": 1}, "expected a tuple of 2, got a dictionary with the key 'a'"),
        ({"w": 1}, {"v": 1}, "the key 'w' is missing, got a dictionary with the key 'v'"),
        ({"w": 1}, {"w": 1, "v": 2}, "the key 'v' is not expected, expected a dictionary with the key 'w'"),
        ({"w": 1}, [1], "expected a dictionary with the key 'w', got a list of 1"),
        (np.array([1 + 2j]), np.array([1 + 3j]), "expected 1+2j, got 1+3j"),
    ],
)
def test_close_says_what_it_got_instead(expected, got, text):
    assert close([expected], [got]).text.startswith(text)


# up_to_sign_per_column


def test_columns_may_change_sign_but_nothing_else():
    expected = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert up_to_sign_per_column([expected], [expected * [1, -1]]) is None
    difference = up_to_sign_per_column([expected], [np.array([[-1.0, 2.0], [3.0, 4.0]])])
    assert (difference.index, difference.text[:23]) == ((0, 0), "expected 1, got -1, tol")


@given(matrices, seeds)
def test_every_choice_of_signs_passes(matrix, seed):
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=matrix.shape[1])
    assert up_to_sign_per_column([matrix], [matrix * signs]) is None


def test_a_vector_is_one_column():
    assert up_to_sign_per_column([np.array([1.0, -2.0])], [[-1.0, 2.0]]) is None
    assert "transposed?" in up_to_sign_per_column([np.ones((3, 2))], [np.ones((2, 3))]).text


# same_subspace


def test_a_tilted_plane_is_told_with_its_angle():
    plane = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    assert same_subspace([plane], [np.array([[1.0, 1.0], [1.0, -1.0], [0.0, 0.0]])]) is None
    tilted = np.array([[1.0, 0.0], [0.0, np.sqrt(3) / 2], [0.0, 0.5]])  # by 30 degrees
    assert "tilted by 30 degrees" in same_subspace([plane], [tilted]).text
    assert "span 2 dimensions, got 1" in same_subspace([plane], [plane[:, [0, 0]]]).text
    assert "expected 3 rows, got 2: transposed?" in same_subspace([plane], [plane.T]).text
    assert "finite" in same_subspace([plane], [plane * np.nan]).text


@settings(deadline=None)
@given(seeds)
def test_any_basis_of_the_same_space_passes(seed):
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(6, 3)))[0]
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert same_subspace([basis], [basis @ rotation * rng.uniform(0.1, 10.0)]) is None
    assert same_subspace([basis], [(basis @ rotation).astype(np.float32)]) is None
    assert same_subspace([basis], [np.linalg.qr(rng.normal(size=(6, 3)))[0]]) is not None


# same_up_to_permutation


def test_rows_in_any_order():
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    assert same_up_to_permutation([rows], [rows[[1, 0, 2]]]) is None
    assert same_up_to_permutation([["b", "a"]], [["a", "b"]]) is None
    difference = same_up_to_permutation([rows], [np.array([[1.0, 2.0], [3.0, 4.0], [3.0, 4.0]])])
    assert difference.text == "nothing equals the expected item 2, [1., 2.] (the order is free)"
    assert (
        "expected 3 items in any order, got an array of shape (2, 2)" in same_up_to_permutation([rows], [rows[:2]]).text
    )
    assert "got None" in same_up_to_permutation([rows], [None]).text


@given(matrices, seeds)
def test_every_permutation_passes(matrix, seed):
    order = np.random.default_rng(seed).permutation(len(matrix))
    assert same_up_to_permutation([matrix], [matrix[order]]) is None
    assert same_up_to_permutation([matrix.tolist()], [matrix[order]]) is None


# same_moments


def test_moments_by_hand():
    assert moments([1.0, 3.0]) == {"shape": [2], "mean": 2.0, "variance": 1.0, "fourth": 1.0}


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_fresh_draws_pass_and_others_do_not(seed):
    rng = np.random.default_rng(seed)
    expected = [moments(rng.normal(1.0, 2.0, size=(100, 20)))]
    assert same_moments(expected, [rng.permutation(rng.normal(1.0, 2.0, size=(100, 20)))]) is None
    # one unit is 1 / (2 sqrt(2 / 2000)) = 16 standard errors
    assert "the mean: expected" in same_moments(expected, [rng.normal(2.0, 2.0, size=(100, 20))]).text
    wide = rng.normal(0.0, 4.0, size=(100, 20))
    wide += expected[0]["mean"] - wide.mean()  # the same mean, so that the variance is what is told
    assert "the variance: expected" in same_moments(expected, [wide]).text


def test_constant_samples_need_the_same_constant():
    expected = [moments(np.full(10, 0.3))]
    assert same_moments(expected, [np.full(10, 0.3)]) is None
    assert same_moments(expected, [np.full(10, 0.31)]) is not None
    assert "transposed?" in same_moments([moments(np.ones((4, 2)))], [np.ones((2, 4))]).text
    assert same_moments(expected, [np.full(10, np.nan)]) is not None
    assert "got None" in same_moments(expected, [None]).text


# decreasing


def test_a_rise_is_told_with_its_place():
    assert decreasing(None, [[3.0, 2.0, 1.0]]) is None
    difference = decreasing(None, [np.array([3.0, 2.0, 2.5, 1.0])])
    assert difference == ((0, 2), (), "2.5 is above the number before it, 2")
    assert decreasing(None, [[3.0, 2.0, 2.5, 1.0]], slack=0.2) is None  # up to 0.6
    assert "1, is not below 0.25 times the first number, 3" in decreasing(None, [[3.0, 1.0]], factor=0.25).text
    assert "2, is not below the first number, 2" in decreasing(None, [[2.0, 2.0]]).text
    assert decreasing(None, [[2.0, np.nan, 1.0]]) == ((0, 1), (), "expected a finite number, got nan or inf")
    assert "a sequence of two numbers or more, got the number 3" in decreasing(None, [3.0]).text
    assert "expected numbers, got None" in decreasing(None, [None]).text


@given(hnp.arrays(float, st.integers(2, 20), elements=st.floats(-1e4, 1e4), unique=True), st.floats(1e-3, 1e3))
def test_decreasing_is_invariant_to_a_shift_and_a_scale(series, scale):
    series = np.round(np.sort(series)[::-1], 3)
    if np.all(np.diff(series) < 0):
        assert decreasing(None, [series]) is None
        assert decreasing(None, [series * scale + 7.0]) is None
        assert decreasing(None, [series[::-1]]) is not None


# gradient_matches_differences


def gradient_results(x, gradient, directions, step):
    """Values of f(x) = sum x^3 around x, beside a claimed gradient."""
    values = [np.sum((x + sign * step * d) ** 3) for d in directions for sign in (1, -1)]
    return [gradient, *values]


def test_a_gradient_by_hand():
    # f = x^3 at 2: the true slope is 12, and the central difference with h = 0.1 is 12 + h^2
    results = [np.array(12.0), 2.1**3, 1.9**3]
    assert gradient_matches_differences(None, results, directions=[np.array(1.0)], step=0.1, rtol=1e-3) is None
    difference = gradient_matches_differences(None, results, directions=[np.array(1.0)], step=0.1)
    assert difference.text.startswith("along direction 1 the value changes at the rate 12.01, the gradient says 12")


@given(hnp.arrays(float, (2, 3), elements=st.floats(-10, 10)), seeds)
def test_the_true_gradient_passes_along_every_direction_and_scale(x, seed):
    directions = np.random.default_rng(seed).normal(size=(3, 2, 3))
    options = {"directions": list(directions), "step": 1e-4}
    # the neglected term is h^2 |d|^3 < 1e-6, on top of a slope that may vanish: hence the constant slope of 7
    results = gradient_results(x, 3 * x**2, directions, 1e-4)
    results[0] = results[0] + 700.0
    linear = [700.0 * np.sum(sign * 1e-4 * d) for d in directions for sign in (1, -1)]
    results[1:] = [value + extra for value, extra in zip(results[1:], linear, strict=True)]
    assert gradient_matches_differences(None, results, **options) is None
    results[0] = results[0] * 1.01
    assert gradient_matches_differences(None, results, **options) is not None


def test_a_gradient_of_the_wrong_form_is_told():
    options = {"directions": [np.ones((2, 3))], "step": 1e-4}
    assert "expected shape (2, 3), got shape (3, 2): transposed?" in (
        gradient_matches_differences(None, [np.ones((3, 2)), 1.0, 1.0], **options).text
    )
    assert "expected a number, got an array of shape (2,)" in (
        gradient_matches_differences(None, [np.ones((2, 3)), np.ones(2), 1.0], **options).text
    )
    assert "got None" in gradient_matches_differences(None, [None, 1.0, 1.0], **options).text
