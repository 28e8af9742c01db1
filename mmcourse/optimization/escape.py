"""Leave a saddle: gradient descent that gives itself a push when it has nearly stopped.

>>> from mmcourse.optimization.landscape import quadratic_form, with_walls
>>> double_well = with_walls(quadratic_form(np.diag([2.0, -2.0])))
>>> rng = np.random.default_rng(0)
>>> path = perturbed_descent(double_well.grad, np.zeros(2), lr=0.1, steps=200, rng=rng)
>>> double_well.value(path[[0, -1]]).round(6)  # from the saddle to the floor of a well
array([ 0., -1.])
"""

from collections.abc import Callable

import numpy as np

from mmcourse.optimization.landscape import Landscape
from mmcourse.optimization.probing import random_directions


def ball_points(rng: np.random.Generator, radius: float, shape: tuple[int, ...]) -> np.ndarray:
    """Draw points uniformly from the ball of a radius around 0; the last axis holds the coordinates."""
    directions = random_directions(rng, int(np.prod(shape[:-1])), shape[-1]).reshape(shape)
    return radius * rng.random((*shape[:-1], 1)) ** (1 / shape[-1]) * directions


def perturbed_descent(
    grad: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    lr: float,
    steps: int,
    rng: np.random.Generator,
    radius: float = 1e-3,
    threshold: float = 1e-3,
    wait: int = 50,
) -> np.ndarray:
    """Follow the slope; where it has nearly vanished, jump to a random point nearby, then wait and see.

        x ← x + ξ,  ξ uniform in a ball      if ‖∇f(x)‖ ≤ threshold, and the last push is `wait` steps ago
        x ← x − lr ∇f(x)                     in every step

    Parameters
    ----------
    grad : function of points (..., D) to gradients (..., D)
        Of the landscape.
    start : array, shape (..., D)
        One walk, or many at once.
    lr : float, > 0
        Learning rate.
    steps : int, >= 0
        How many steps of descent.
    rng : numpy.random.Generator
        Draws the pushes.
    radius : float, >= 0
        Of the ball that pushes come from; 0 is plain descent.
    threshold : float, >= 0
        A slope of at most this counts as a standstill.
    wait : int, >= 1
        Steps between two pushes: long enough for one to show whether it leads anywhere.

    Returns
    -------
    array, shape (..., steps + 1, D)
        The points, the start first.

    Raises
    ------
    ValueError
        If `wait` is below 1.

    Notes
    -----
    If all slopes and curvatures change smoothly, this finds with high probability a point with ‖∇f‖ ≤ ε and no
    curvature below −√(ρε), in Õ(1/ε²) steps, with no more than powers of log D in them. Such a point is close to a
    local minimum only if every saddle has a direction of negative curvature. The full method also stops when a push
    has led nowhere; this one goes on.

    References
    ----------
    Jin, Ge, Netrapalli, Kakade & Jordan (2017), How to escape saddle points efficiently.
    """
    if wait < 1:
        raise ValueError(f"`wait` must be at least 1 step, got {wait}: a push needs time to grow")
    x, since = np.array(start, dtype=float), np.full(np.shape(start)[:-1], wait)
    path = [x]
    for _ in range(steps):
        still = (np.linalg.norm(grad(x), axis=-1) <= threshold) & (since >= wait)  # (...)
        since = np.where(still, 0, since + 1)
        x = x + still[..., None] * ball_points(rng, radius, x.shape)
        x = x - lr * grad(x)
        path.append(x)
    return np.stack(path, axis=-2)


def deep_product() -> Landscape:
    """Build f(w) = ½ (w₁ w₂ ⋯ w_L − 1)²: the smallest deep network, one unit a layer, that should return its input.

    L is the number of coordinates. At w = 0 the slope is zero for every L ≥ 2. For L = 2 the Hessian there has the
    eigenvalues ±1; from L = 3 on it is zero, and the way out is flatter than any parabola.

    >>> net = deep_product()
    >>> net.value(np.ones(3)), net.value(np.zeros(3)), net.hessian(np.zeros(2))
    (np.float64(0.0), np.float64(0.5), array([[ 0., -1.],
           [-1.,  0.]]))
    """

    def others(w):  # (..., L): the product of all weights but one; no division, w may be 0
        spread = np.where(np.eye(w.shape[-1], dtype=bool), 1.0, w[..., None, :])  # (..., L, L)
        return spread.prod(axis=-1)

    def grad(w):
        return (w.prod(axis=-1, keepdims=True) - 1) * others(w)

    def hessian(w):
        size = w.shape[-1]
        pairs = np.eye(size, dtype=bool)[:, None] | np.eye(size, dtype=bool)[None]  # (L, L, L): i or j
        rest = np.where(pairs, 1.0, w[..., None, None, :]).prod(axis=-1) * ~np.eye(size, dtype=bool)
        first = others(w)
        return first[..., :, None] * first[..., None, :] + (w.prod(axis=-1) - 1)[..., None, None] * rest

    return Landscape(lambda w: (w.prod(axis=-1) - 1) ** 2 / 2, grad, hessian)
