"""Canonical time warping: align two views that live in different spaces, by turns in time and in space.

>>> from mmcourse.worlds.warped_views import warped_views
>>> world = warped_views(np.random.default_rng(3), kind="rotated")
>>> found = ctw(*world.views, components=2)
>>> [round(world.index_error(path), 1) for path in (uniform_path(60, 70), found.path)]  # before and after, in frames
[7.2, 0.5]

Shapes: x (D_x, n), y (D_y, m), frames as columns; path (2, l); k components.
"""

from typing import NamedTuple

import numpy as np

from mmcourse.multimodal.cca import fit_cca
from mmcourse.multimodal.dtw import dtw, squared_distances
from mmcourse.multimodal.warping_matrices import bent_path, uniform_path


class Spatial(NamedTuple):
    """Both views in their common space, and how well they agree there."""

    x: np.ndarray  # (k, n), all frames of x projected
    y: np.ndarray  # (k, m)
    correlations: np.ndarray  # (k,), of the warped and projected views
    cost: float  # along the path


class CTW(NamedTuple):
    """The best alignment that was found, and the whole way there."""

    path: np.ndarray  # (2, l)
    x: np.ndarray  # (k, n), projected
    y: np.ndarray  # (k, m)
    cost: float  # of this path, after its own CCA step
    costs: tuple[float, ...]  # after CCA, after DTW, after CCA, ...: an odd number of them
    paths: tuple[np.ndarray, ...]  # the path of each CCA step, the start first


def cca_step(x: np.ndarray, y: np.ndarray, path: np.ndarray, components: int, ridge: float = 0.0) -> Spatial:
    """Find the common space for a fixed path: CCA of the warped views.

        min ‖Uᵀ x W_x − Vᵀ y W_y‖²_F   subject to   Uᵀ x W_x W_xᵀ xᵀ U = Vᵀ y W_y W_yᵀ yᵀ V = I
        attains 2 k − 2 Σ ρ

    Parameters
    ----------
    x, y : arrays (D_x, n) and (D_y, m)
        They are centred here, with the means of their *warped* frames.
    path : array of whole numbers (2, l)
    components : int
        k.
    ridge : float, >= 0
        Added to the variances, as in `fit_cca`; with it the minimum is no longer 2 k − 2 Σ ρ.

    Returns
    -------
    Spatial
    """
    fit = fit_cca(x[:, path[0]], y[:, path[1]], components, ridge)
    scale = np.sqrt(path.shape[1] - 1)  # fit_cca divides by l − 1, the constraint here does not
    a, b = (view / scale for view in fit.project(x, y))
    return Spatial(a, b, fit.correlations, float(((a[:, path[0]] - b[:, path[1]]) ** 2).sum()))


def ctw(
    x: np.ndarray,
    y: np.ndarray,
    components: int,
    start: np.ndarray | None = None,
    ridge: float = 0.0,
    sweeps: int = 25,
    allowed: np.ndarray | None = None,
) -> CTW:
    """Align two views by turns: the best common space for the path, then the best path in that space.

    Parameters
    ----------
    x, y : arrays (D_x, n) and (D_y, m)
    components : int
        Dimensions of the common space, k.
    start : array of whole numbers (2, l), or None
        The first path; None is the uniform one. It decides which minimum is found.
    ridge : float, >= 0
    sweeps : int, >= 1
        At most so many CCA steps.
    allowed : boolean array (n, m), or None
        A window for the DTW steps.

    Returns
    -------
    CTW
        The path with the smallest cost after its CCA step, which need not be the last.

    Notes
    -----
    A DTW step cannot raise the cost while U and V stay. But it changes the frames that count, and with them the
    constraint: U and V are rescaled by the next CCA step, and *that* may raise the cost. So the costs may rise, and we
    stop when a path comes back, not when the costs stop falling.

    References
    ----------
    Zhou & De la Torre (2009), Canonical time warping for alignment of human behavior.
    """
    if sweeps < 1:
        raise ValueError(f"`sweeps` must be 1 or more, got {sweeps}")
    path = uniform_path(x.shape[1], y.shape[1]) if start is None else np.asarray(start)
    paths, costs, spaces = [], [], []
    for _ in range(sweeps):
        paths.append(path)
        spaces.append(cca_step(x, y, path, components, ridge))
        costs.append(spaces[-1].cost)
        warped = dtw(squared_distances(spaces[-1].x, spaces[-1].y), allowed=allowed)
        if any(np.array_equal(warped.path, seen) for seen in paths):
            break
        costs.append(warped.cost)
        path = warped.path
    costs = costs[: 2 * len(spaces) - 1]  # end after a CCA step
    best = int(np.argmin(costs[::2]))
    space = spaces[best]
    return CTW(paths[best], space.x, space.y, space.cost, tuple(costs), tuple(paths))


def ctw_from_many(
    x: np.ndarray,
    y: np.ndarray,
    components: int,
    rng: np.random.Generator,
    starts: int = 12,
    bend: float = 1.0,
    ridge: float = 0.0,
) -> list[CTW]:
    """Run `ctw` from the uniform path and from `starts` bent ones; the cheapest first.

    Parameters
    ----------
    x, y, components, ridge
        As in `ctw`.
    rng : numpy.random.Generator
        Draws the starts.
    starts : int, >= 0
    bend : float
        How far the starts are from the uniform path.

    Returns
    -------
    list of CTW
        Nobody has to know the truth to choose: the cost says which start was the best.
    """
    paths = [uniform_path(x.shape[1], y.shape[1])]
    paths += [bent_path(rng, x.shape[1], y.shape[1], bend) for _ in range(starts)]
    return sorted((ctw(x, y, components, path, ridge) for path in paths), key=lambda found: found.cost)
