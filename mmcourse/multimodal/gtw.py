"""Generalized time warping: align any number of views at once, at a cost that grows with length, not with a product.

>>> from mmcourse.worlds.warped_views import warped_views
>>> world = warped_views(np.random.default_rng(5), kind="linear", frames=(60, 70, 80))
>>> found = gtw(world.views, components=2)
>>> [round(world.index_error(found.frames[:2]), 1), round(world.index_error(found.frames[[1, 2]], 1, 2), 1)]
[0.4, 0.5]

Shapes: view i is (D_i, n_i), frames as columns; m views, L moments of common time, B bases, k components.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag, eigh
from scipy.optimize import nnls

from mmcourse.multimodal.monotone_bases import at_frames, frames_at, monotone_bases


class GTW(NamedTuple):
    """The best alignment that was found, and the way there."""

    frames: np.ndarray  # (m, L): which frame of each view is shown at each moment, between frames too
    weights: np.ndarray  # (m, B), of the bases; each row adds up to 1
    directions: tuple[np.ndarray, ...]  # (D_i, k) each
    cost: float
    costs: tuple[float, ...]  # after the spatial step, after the step in time, after the spatial step, ...


def multiset_cca(views: Sequence[np.ndarray], components: int, ridge: float = 0.0) -> tuple[np.ndarray, ...]:
    """Find directions for several views of the same samples in which they agree best.

        min Σ_{i<j} ‖V_iᵀ X_i − V_jᵀ X_j‖²_F   subject to   (1/m) Σ_i V_iᵀ X_i X_iᵀ V_i = I

    Parameters
    ----------
    views : m arrays (D_i, N)
        Centred.
    components : int
    ridge : float, >= 0
        Added to the diagonal of each X_i X_iᵀ, as a part of its mean.

    Returns
    -------
    m arrays (D_i, k)
        Eigenvectors of all covariances against those within the views; for two views those of CCA.
    """
    sizes = [len(view) for view in views]
    every = np.vstack(views)
    own = [view @ view.T for view in views]
    own = block_diag(*(c + ridge * np.trace(c) / len(c) * np.eye(len(c)) for c in own))
    _, axes = eigh(every @ every.T, own)
    axes = axes[:, ::-1][:, :components] * len(views) ** 0.5
    return tuple(np.split(axes, np.cumsum(sizes)[:-1]))


def disagreement(projected: Sequence[np.ndarray]) -> float:
    """Return Σ_{i<j} ‖v_i − v_j‖²_F of m arrays (k, L): each pair once."""
    stack = np.stack(projected)
    return float(len(stack) * (stack**2).sum() - (stack.sum(axis=0) ** 2).sum())


def spatial_step(views: Sequence[np.ndarray], frames: np.ndarray, components: int, ridge: float) -> tuple:
    """Find the directions for fixed frames; return them and the whole views, centred and projected."""
    warped = [at_frames(view, at)[0] for view, at in zip(views, frames)]
    means = [view.mean(axis=1, keepdims=True) for view in warped]
    directions = multiset_cca([view - mean for view, mean in zip(warped, means)], components, ridge)
    return directions, [V.T @ (view - mean) for V, view, mean in zip(directions, views, means)]


def gauss_newton_step(projected: Sequence[np.ndarray], bases: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Improve the weights of all views at once: linearise the views in time, solve, and halve the step until it helps.

        v_i(a) ≈ v_i + G_i (a − a_i),   G_i = ∂v_i/∂a_i = diag(X_i′(p_i)) (n_i − 1) Q
        min Σ_{i<j} ‖v_i(a) − v_j(a)‖²   subject to   a ≥ 0, Σ a_i = 1

    Parameters
    ----------
    projected : m arrays (k, n_i)
    bases : array (L, B)
    weights : array (m, B)

    Returns
    -------
    array (m, B)
        As good as `weights` or better; the same array if no step helps.

    Notes
    -----
    The small quadratic programme is solved as least squares without negative unknowns, with one heavy equation for each
    sum.
    """
    jacobians, values = [], []
    for view, a in zip(projected, weights):
        value, slope = at_frames(view, frames_at(bases, a, view.shape[1]))
        jacobians.append((slope[:, :, None] * (view.shape[1] - 1) * bases).reshape(-1, bases.shape[1]))
        values.append(value.ravel())
    targets = [G @ a - v for G, a, v in zip(jacobians, weights, values)]
    A, b = _pair_equations(jacobians, targets)
    heavy = 1e3 * np.abs(A).max()
    A = np.vstack([A, heavy * np.kron(np.eye(len(weights)), np.ones(bases.shape[1]))])
    solved = nnls(A, np.r_[b, np.full(len(weights), heavy)])[0].reshape(weights.shape)
    solved /= solved.sum(axis=1, keepdims=True)
    return _halved_until_better(projected, bases, weights, solved)


def _pair_equations(jacobians: list[np.ndarray], targets: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Stack G_i a_i − G_j a_j = t_i − t_j for all pairs i < j."""
    m, width, rows, right = len(jacobians), jacobians[0].shape[1], [], []
    for i in range(m):
        for j in range(i + 1, m):
            row = np.zeros((len(targets[0]), m * width))
            row[:, i * width : (i + 1) * width] = jacobians[i]
            row[:, j * width : (j + 1) * width] = -jacobians[j]
            rows.append(row)
            right.append(targets[i] - targets[j])
    return np.vstack(rows), np.concatenate(right)


def _halved_until_better(projected, bases, weights, solved):
    """Return the first of weights + step · (solved − weights), step 1, ½, ¼, ..., that lowers the cost."""
    before = time_cost(projected, bases, weights)
    for halving in range(8):
        tried = weights + 0.5**halving * (solved - weights)
        if time_cost(projected, bases, tried) < before:
            return tried
    return weights


def time_cost(projected: Sequence[np.ndarray], bases: np.ndarray, weights: np.ndarray) -> float:
    """Return the disagreement of projected views for these weights of time."""
    return disagreement([at_frames(v, frames_at(bases, a, v.shape[1]))[0] for v, a in zip(projected, weights)])


def gtw(
    views: Sequence[np.ndarray],
    components: int,
    bases: np.ndarray | None = None,
    start: np.ndarray | None = None,
    ridge: float = 1e-3,
    sweeps: int = 60,
    tolerance: float = 1e-4,
) -> GTW:
    """Align m views by turns: multiset CCA for fixed frames, then one Gauss-Newton step in time.

    Parameters
    ----------
    views : two or more arrays (D_i, n_i)
    components : int
    bases : array (L, B), or None
        Monotone curves from 0 to 1; None is `monotone_bases` with as many moments as the longest view has frames.
    start : array (m, B), or None
        First weights; None is the straight line, so bases[:, 0] should be one.
    ridge : float, >= 0
    sweeps : int, >= 1
    tolerance : float
        Stop when the cost of a sweep changes by less than this part.

    Returns
    -------
    GTW
        The cheapest after a spatial step.

    Raises
    ------
    ValueError
        If there are fewer than two views.

    References
    ----------
    Zhou & De la Torre (2012), Generalized time warping for multi-modal alignment of human motion; (2016), Generalized
    canonical time warping.
    """
    if len(views) < 2:
        raise ValueError(f"there must be two views or more to align, got {len(views)}")
    bases = monotone_bases(max(view.shape[1] for view in views)) if bases is None else bases
    weights = np.tile(np.eye(bases.shape[1])[0], (len(views), 1)) if start is None else np.asarray(start, dtype=float)
    best, costs = None, []
    for sweep in range(sweeps):
        frames = np.stack([frames_at(bases, a, view.shape[1]) for view, a in zip(views, weights)])
        directions, projected = spatial_step(views, frames, components, ridge)
        costs.append(time_cost(projected, bases, weights))
        if best is None or costs[-1] < best.cost:
            best = GTW(frames, weights, directions, costs[-1], ())
        if sweep + 1 == sweeps or (sweep > 0 and abs(costs[-3] - costs[-1]) < tolerance * costs[-3]):
            break
        weights = gauss_newton_step(projected, bases, weights)
        costs.append(time_cost(projected, bases, weights))
    return best._replace(costs=tuple(costs))


def gtw_from_many(
    views: Sequence[np.ndarray], components: int, rng: np.random.Generator, starts: int = 12, **options
) -> list[GTW]:
    """Run `gtw` from the straight lines and from `starts` mixtures drawn at random; the cheapest first.

    Parameters
    ----------
    views, components, **options
        As for `gtw`.
    rng : numpy.random.Generator
    starts : int, >= 0

    Returns
    -------
    list of GTW
    """
    bases = options.pop("bases", None)
    bases = monotone_bases(max(view.shape[1] for view in views)) if bases is None else bases
    mixtures = rng.dirichlet(np.full(bases.shape[1], 0.5), size=(starts, len(views)))  # (starts, m, B)
    found = [gtw(views, components, bases, start, **options) for start in (None, *mixtures)]
    return sorted(found, key=lambda one: one.cost)
