"""Eigen-modes: by hand, against simulation, their boundaries by brute force, the best tunings by search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from mmcourse.optimization.modes import (
    REGIMES,
    best_rate_and_momentum,
    boundaries,
    eigenvalues,
    iteration_matrix,
    regime,
    spectral_radius,
)
from mmcourse.optimization.momentum import momentum_step, nesterov_step
from mmcourse.optimization.trajectories import trajectories

METHODS = ("momentum", "nesterov")
methods = pytest.mark.parametrize("method", METHODS)
momenta = st.floats(0.0, 0.99)
products = st.floats(1e-3, 6.0)


def one_step(x, velocity, lr, momentum, curvature, method):
    if method == "momentum":
        return momentum_step(x, velocity, curvature * x, lr, momentum)
    return nesterov_step(x, velocity, lambda at: curvature * at, lr, momentum)


def test_by_hand():
    # a = 0.2, m = 0.5
    np.testing.assert_allclose(iteration_matrix(0.1, 0.5, 2.0), [[0.8, 0.5], [-0.2, 0.5]])
    np.testing.assert_allclose(iteration_matrix(0.1, 0.5, 2.0, "nesterov"), [[0.8, 0.4], [-0.2, 0.4]])
    # Nesterov with a = 1 forgets everything: z² = 0
    np.testing.assert_array_equal(eigenvalues(1.0, 0.7, 1.0, "nesterov"), [0, 0])
    np.testing.assert_allclose(eigenvalues(0.5, 0.0, 1.0), [0.5, 0])  # descent: 1 - a
    assert boundaries(0.25) == pytest.approx((0.25, 2.25, 2.5))
    assert boundaries(0.25, method="nesterov") == pytest.approx((0.36, 1.0, 5 / 3))


@methods
@given(momenta, products, st.floats(0.1, 10), st.floats(-5, 5), st.floats(-5, 5))
def test_the_matrix_is_one_step(method, momentum, product, curvature, x, velocity):
    lr = product / curvature
    got = iteration_matrix(lr, momentum, curvature, method) @ [x, velocity]
    expected = one_step(np.array(x), np.array(velocity), lr, momentum, curvature, method)
    np.testing.assert_allclose(got, np.array(expected), atol=1e-10)


@methods
@given(momenta, products)
def test_the_eigenvalues_equal_numpys(method, momentum, product):
    matrix = iteration_matrix(product, momentum, 1.0, method)
    expected = np.linalg.eigvals(matrix)
    got = eigenvalues(product, momentum, 1.0, method)
    # a double root moves by the root of the round-off, so compare what does not: sum and product
    assert got.sum() == pytest.approx(expected.sum(), abs=1e-9)
    assert got.prod() == pytest.approx(np.linalg.det(matrix), abs=1e-9)
    assert abs(got[0]) >= abs(got[1])
    assert spectral_radius(product, momentum, 1.0, method) == pytest.approx(abs(expected).max(), abs=1e-6)


@methods
def test_a_long_walk_shrinks_by_the_spectral_radius(method):
    """Measured between steps 2000 and 4000 on the norm of (x, v), scaled up on the way so that it never underflows."""
    lr, momentum = np.array([0.003, 0.1, 0.7, 1.1, 2.3, 3.5])[:, None], np.array([0.0, 0.3, 0.6, 0.9])
    x, velocity = np.ones((6, 4)), np.zeros((6, 4))
    logs = []
    for _ in range(4000):
        x, velocity = one_step(x, velocity, lr, momentum, 1.0, method)
        size = np.hypot(x, velocity)
        x, velocity = x / size, velocity / size
        logs.append(np.log(size))
    rate = np.exp(np.mean(logs[2000:], axis=0))
    np.testing.assert_allclose(rate, spectral_radius(lr, momentum, 1.0, method), rtol=2e-3)  # it swings on the way


@methods
@given(momenta, st.floats(0.1, 10))
def test_the_boundaries_are_where_the_eigenvalues_change_their_kind(method, momentum, curvature):
    limits = boundaries(momentum, curvature, method)
    assert limits.oscillates <= limits.alternates <= limits.diverges
    for rate, kinds in zip(limits, (("real", "complex"), ("complex", "negative"), ("inside", "outside"))):
        for factor, kind in zip((1 - 1e-6, 1 + 1e-6), kinds):
            z = eigenvalues(factor * rate, momentum, curvature, method)
            if momentum < 1e-3 and "complex" in (kind, *kinds):
                continue  # without momentum there is no room between the first two
            if kind in ("real", "complex"):
                assert (np.abs(z.imag).max() > 0) == (kind == "complex")
            elif kind == "negative":
                assert z[0].imag == 0 and z[0].real < 0
            else:
                assert (np.abs(z[0]) > 1) == (kind == "outside")


@methods
def test_the_regimes_by_brute_force(method):
    """What a walk of 400 steps looks like on the grid, away from the boundaries, is what its regime says."""
    lr, momentum = np.linspace(0.013, 4.2, 60)[:, None], np.linspace(0.05, 0.9, 18)
    codes = regime(lr, momentum, 1.0, method)
    x = trajectories(lambda x: x, [1.0], lr, momentum, steps=400, method=method, bound=1e250)[..., 0]
    limits = np.stack(np.broadcast_arrays(*boundaries(momentum, 1.0, method)))[:, None, :]
    clear = (np.abs(lr - limits) > 0.03).all(axis=0)
    late = x[..., 40:]
    with np.errstate(invalid="ignore"):
        turns = (np.diff(np.sign(late), axis=-1) != 0).sum(axis=-1)
    grows = np.isnan(late).any(axis=-1) | (np.abs(late[..., -20:]).max(axis=-1) > np.abs(late[..., :20]).max(axis=-1))
    alive = np.abs(np.nan_to_num(late[..., -1])) > 1e-280  # below, the walk has arrived and the signs are round-off
    for code, shows in enumerate((turns == 0, turns > 0, turns == late.shape[-1] - 1, grows)):
        here = (codes == code) & clear & (alive | (code == 3))
        assert here.sum() > 5 or (method, code) == ("momentum", 2), REGIMES[code]
        assert shows[here].all(), REGIMES[code]
    assert not grows[(codes < 3) & clear].any()


def test_the_heavy_ball_alternates_in_a_band_that_closes():
    """Between (1 + √m)² and 2 + 2m lies (1 − √m)², as much as below the first boundary: 0.003 for m = 0.9."""
    momentum = np.linspace(0, 0.99, 50)
    limits = boundaries(momentum)
    np.testing.assert_allclose(limits.diverges - limits.alternates, limits.oscillates, atol=1e-12)
    assert regime(2.4, 0.25, 1.0) == REGIMES.index("alternating")


@given(momenta, products)
def test_where_the_heavy_ball_oscillates_only_momentum_counts(momentum, product):
    if regime(product, momentum, 1.0) == 1:
        assert spectral_radius(product, momentum, 1.0) == pytest.approx(np.sqrt(momentum))


@given(momenta, products)
def test_where_nesterov_oscillates_a_steeper_mode_is_damped_more(momentum, product):
    if regime(product, momentum, 1.0, "nesterov") == 1:
        expected = np.sqrt(momentum * (1 - product))
        assert spectral_radius(product, momentum, 1.0, "nesterov") == pytest.approx(expected)


@methods
@given(products, st.floats(0.01, 100), momenta)
def test_only_the_product_of_rate_and_curvature_counts(method, product, scale, momentum):
    near = eigenvalues(product, momentum, 1.0, method)
    np.testing.assert_allclose(eigenvalues(product / scale, momentum, scale, method), near, atol=1e-6)


@methods
def test_the_extremes(method):
    assert spectral_radius(0.0, 0.5, 1.0, method) == pytest.approx(1)  # no rate, no change
    assert spectral_radius(1e4, 0.5, 1.0, method) > 1e3
    assert spectral_radius(1e-4, 0.5, 1e4, method) == pytest.approx(spectral_radius(1.0, 0.5, 1.0, method))


@pytest.mark.parametrize("method", ["descent", "momentum", "nesterov"])
@pytest.mark.parametrize("largest", [4.0, 100.0])
def test_the_best_tuning_is_what_a_search_finds(method, largest):
    """The worst mode of many between the ends, by Nelder-Mead from around the closed form and from far away."""
    curvature = np.geomspace(1.0, largest, 60)
    tuning = best_rate_and_momentum(1.0, largest, method)
    kind = "momentum" if method == "descent" else method

    def worst(choice):
        lr, momentum = choice[0], (0.0 if method == "descent" else choice[1])
        if not (0 < lr and 0 <= momentum < 1):
            return 2.0
        return spectral_radius(lr, momentum, curvature, kind).max()

    assert worst(tuning[:2]) == pytest.approx(tuning.radius, abs=1e-6)  # a double root, see above
    for first in ([tuning.lr, tuning.momentum], [1 / largest, 0.5], [0.5 / largest, 0.1]):
        found = minimize(worst, first, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000})
        assert found.fun >= tuning.radius - 1e-6
    assert minimize(worst, [1 / largest, 0.5], method="Nelder-Mead").fun < tuning.radius + 0.05


def test_the_order_of_the_three_on_a_quadratic():
    for largest in (2.0, 25.0, 1e4):
        radius = [best_rate_and_momentum(1.0, largest, method).radius for method in ("momentum", "nesterov", "descent")]
        assert radius == sorted(radius)


@given(st.floats(0.01, 10), st.floats(1.0, 1e4), st.floats(0.1, 10))
def test_a_rescaled_surface_has_the_same_radius_and_momentum(smallest, kappa, scale):
    for method in ("descent", *METHODS):
        first = best_rate_and_momentum(smallest, smallest * kappa, method)
        second = best_rate_and_momentum(scale * smallest, scale * smallest * kappa, method)
        assert (second.lr * scale, *second[1:]) == pytest.approx(tuple(first), abs=1e-9)


def test_the_radius_is_the_slope_of_the_walk_in_the_logarithm():
    """Differences of log |x| under monotone modes, once the faster eigenvalue has died out."""
    path = trajectories(lambda x: x, [1.0], lr=0.02, momentum=0.5, steps=300)[:, 0]
    slope = (np.log(path[300]) - np.log(path[200])) / 100
    assert np.exp(slope) == pytest.approx(spectral_radius(0.02, 0.5, 1.0), rel=1e-9)


def test_shapes_broadcast():
    lr, momentum, curvature = np.ones((5, 1, 1)), np.full((4, 1), 0.5), np.array([1.0, 2.0, 3.0])
    assert iteration_matrix(lr, momentum, curvature).shape == (5, 4, 3, 2, 2)
    assert eigenvalues(lr, momentum, curvature).shape == (5, 4, 3, 2)
    assert regime(lr, momentum, curvature).shape == spectral_radius(lr, momentum, curvature).shape == (5, 4, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectral_radius(0.1, 0.9, 1.0, "adam"), "`method` must be momentum or nesterov, got 'adam'"),
        (lambda: boundaries(0.9, -1.0), "`curvature` must be positive, got -1: a mode that curves down has no rate"),
        (lambda: best_rate_and_momentum(2.0, 1.0), "0 < smallest <= largest, got 2.0 and 1.0"),
        (lambda: best_rate_and_momentum(1.0, 2.0, "adam"), "`method` must be .* got 'adam'"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
