"""Momentum: a step that remembers the steps before it, and Nesterov's look ahead.

Each function is one step, so a run is a loop of one line. In a valley 25 times steeper one way than the other:

>>> curvature = np.array([1.0, 25.0])
>>> x, velocity = np.array([1.0, 1.0]), np.zeros(2)
>>> for _ in range(200):
...     x, velocity = momentum_step(x, velocity, grad=curvature * x, lr=0.03)
>>> print(f"{np.linalg.norm(x):.1e}")  # the distance to the bottom; gradient descent is still 2.3e-03 away
2.5e-05
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class MomentumState(NamedTuple):
    """Position and velocity, arrays of the same shape."""

    x: np.ndarray
    velocity: np.ndarray


def momentum_step(
    x: np.ndarray, velocity: np.ndarray, grad: np.ndarray, lr: float, momentum: float = 0.9
) -> MomentumState:
    """Take one step of gradient descent with momentum.

        v ← momentum · v − lr · ∇f(x)
        x ← x + v

    Parameters
    ----------
    x : array, any shape
        Where we are.
    velocity : array, shape of `x`
        The step before this one; zeros at the start.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate.
    momentum : float, in [0, 1)
        The part of the velocity that survives a step; 0 is gradient descent.

    Returns
    -------
    MomentumState
        The new position and velocity; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `velocity` or `grad` does not have the shape of `x`.

    Notes
    -----
    The gradient enters with a minus sign, the old velocity with a plus. Under a constant gradient the velocity grows
    towards −lr · ∇f / (1 − momentum): with 0.9, ten times the step of gradient descent.

    Libraries keep u = −v / lr instead, u ← momentum · u + ∇f, x ← x − lr · u. That is the same walk until the rate
    changes. Then theirs takes all of the velocity at the new rate, and ours lets the old steps keep the rate they had:
    after the rate is cut to a tenth, a library's marble is a tenth as fast at once, ours coasts for some steps.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    Sutskever, Martens, Dahl & Hinton (2013), On the importance of initialization and momentum in deep
    learning, eq. 1-2.

    Examples
    --------
    >>> x, velocity = momentum_step(np.array([1.0]), np.array([-0.5]), grad=np.array([2.0]), lr=0.1)
    >>> velocity, x
    (array([-0.65]), array([0.35]))
    """
    require_shape_of_x(x, velocity=velocity, grad=grad)
    velocity = momentum * velocity - lr * grad
    return MomentumState(x + velocity, velocity)


def nesterov_step(
    x: np.ndarray,
    velocity: np.ndarray,
    grad_at: Callable[[np.ndarray], np.ndarray],
    lr: float,
    momentum: float = 0.9,
) -> MomentumState:
    """Take one step of Nesterov's accelerated gradient: measure the slope where the velocity is about to carry us.

        v ← momentum · v − lr · ∇f(x + momentum · v)
        x ← x + v

    Parameters
    ----------
    x : array, any shape
        Where we are.
    velocity : array, shape of `x`
        The step before this one; zeros at the start.
    grad_at : function from a point to the gradient there, both of the shape of `x`
        It is called once, at the point ahead.
    lr : float, > 0
        Learning rate.
    momentum : float, in [0, 1)
        The part of the velocity that survives a step; 0 is gradient descent.

    Returns
    -------
    MomentumState
        The new position and velocity; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `velocity` or the gradient does not have the shape of `x`.

    Notes
    -----
    Libraries store the point ahead, x + momentum · v, instead of x, so that the gradient is taken at the stored
    parameters: torch.optim.SGD(nesterov=True) walks through exactly these points.

    References
    ----------
    Nesterov (1983), A method of solving a convex programming problem with convergence rate O(1/k²).
    Sutskever, Martens, Dahl & Hinton (2013), On the importance of initialization and momentum in deep
    learning, eq. 3-4.

    Examples
    --------
    >>> x, velocity = nesterov_step(np.array([1.0]), np.array([-0.5]), grad_at=lambda x: 2 * x, lr=0.1)
    >>> velocity, x  # the slope at 1 - 0.45 is 1.1
    (array([-0.56]), array([0.44]))
    """
    require_shape_of_x(x, velocity=velocity)
    grad = grad_at(x + momentum * velocity)
    require_shape_of_x(x, grad=grad)
    velocity = momentum * velocity - lr * grad
    return MomentumState(x + velocity, velocity)


def printed_sign_step(
    x: np.ndarray, velocity: np.ndarray, grad: np.ndarray, lr: float, momentum: float = 0.9
) -> MomentumState:
    """Take one step of a rule that is printed now and then, and that brakes where momentum pushes.

        x_{t+1} ← x_t − (lr · ∇f(x_t) + momentum · (x_t − x_{t−1}))

    Parameters
    ----------
    x : array, any shape
        Where we are, x_t.
    velocity : array, shape of `x`
        The step before this one, x_t − x_{t−1}; zeros at the start.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate.
    momentum : float, in [0, 1)
        The part of the last step that is taken back.

    Returns
    -------
    MomentumState
        The new position and velocity; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `velocity` or `grad` does not have the shape of `x`.

    Notes
    -----
    One bracket too many: it turns the sign of the momentum. The rule is `momentum_step` with −momentum, under a
    constant gradient its steps shrink to lr · ∇f / (1 + momentum), and it diverges for rates above
    2 (1 − momentum) / curvature: with 0.9, a tenth of what gradient descent can take.

    Examples
    --------
    >>> x, velocity = printed_sign_step(np.array([1.0]), np.array([-0.5]), grad=np.array([2.0]), lr=0.1)
    >>> velocity, x  # it moved left, the slope says left, and it goes right
    (array([0.25]), array([1.25]))
    """
    return momentum_step(x, velocity, grad, lr, -momentum)


def require_shape_of_x(x: np.ndarray, **others: np.ndarray) -> None:
    """Raise a ValueError that names the first array whose shape is not that of `x`.

    numpy would broadcast it without a word, and the run would go wrong much later.
    """
    for name, value in others.items():
        if np.shape(value) != np.shape(x):
            advice = "it belongs to other parameters" if name == "grad" else "start with np.zeros_like(x)"
            raise ValueError(f"`{name}` must have the shape of `x`, {np.shape(x)}, got {np.shape(value)}: {advice}")
