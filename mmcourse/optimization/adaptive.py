"""Adaptive methods: every coordinate divides its step by the size of its own recent gradients.

Adagrad sums the squares, RMSprop forgets the old ones, Adadelta also measures its own steps, Adam adds momentum and
corrects both averages for their start at zero, and AdamW keeps weight decay out of all that. Whatever the scale of the
gradient, Adam's first step is as long as the learning rate:

>>> zeros = np.zeros(3)
>>> adam_step(zeros, zeros, zeros, 0, grad=np.array([1e-2, -1.0, 1e2]), lr=0.1).x.round(6)
array([-0.1,  0.1, -0.1])
"""

from typing import NamedTuple

import numpy as np

from mmcourse.optimization.momentum import require_shape_of_x


class AdagradState(NamedTuple):
    """Position, and the sum of all squared gradients so far."""

    x: np.ndarray
    squares: np.ndarray


class RMSpropState(NamedTuple):
    """Position, and the running average of the squared gradients."""

    x: np.ndarray
    square: np.ndarray


class AdadeltaState(NamedTuple):
    """Position, and the running averages of the squared gradients and of the squared steps."""

    x: np.ndarray
    square: np.ndarray
    moved: np.ndarray


class AdamState(NamedTuple):
    """Position, running averages of the gradient and of its square, and the number of steps taken."""

    x: np.ndarray
    mean: np.ndarray
    square: np.ndarray
    step: int


def adagrad_step(x: np.ndarray, squares: np.ndarray, grad: np.ndarray, lr: float, eps: float = 1e-10) -> AdagradState:
    """Take one step of Adagrad.

        s ← s + ∇f²
        x ← x − lr · ∇f / (√s + eps)

    Parameters
    ----------
    x : array, any shape
        Where we are.
    squares : array, shape of `x`
        s, the sum of the squared gradients; zeros at the start.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate, the length of the first step in each coordinate.
    eps : float, > 0
        Keeps a coordinate whose gradients have all been zero from dividing by zero.

    Returns
    -------
    AdagradState
        New position and sum; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `squares` or `grad` does not have the shape of `x`.

    Notes
    -----
    The sum never shrinks, so the effective rate lr / √s does: under a constant gradient, step t is lr / √t long.
    It is the step that gets smaller, not the gradient.

    References
    ----------
    Duchi, Hazan & Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization; the
    diagonal form.

    Examples
    --------
    >>> x, squares = adagrad_step(np.array([1.0]), np.array([9.0]), grad=np.array([4.0]), lr=0.1)
    >>> x.round(6), squares  # 0.1 * 4 / 5
    (array([0.92]), array([25.]))
    """
    require_shape_of_x(x, squares=squares, grad=grad)
    squares = squares + grad**2
    return AdagradState(x - lr * grad / (np.sqrt(squares) + eps), squares)


def rmsprop_step(
    x: np.ndarray, square: np.ndarray, grad: np.ndarray, lr: float, decay: float = 0.9, eps: float = 1e-8
) -> RMSpropState:
    """Take one step of RMSprop.

        r ← decay · r + (1 − decay) · ∇f²
        x ← x − lr · ∇f / (√r + eps)

    Parameters
    ----------
    x : array, any shape
        Where we are.
    square : array, shape of `x`
        r, the running average of the squared gradients; zeros at the start.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate.
    decay : float, in [0, 1)
        The memory: about 1 / (1 − decay) steps count.
    eps : float, > 0
        Keeps a coordinate whose gradients have all been zero from dividing by zero.

    Returns
    -------
    RMSpropState
        New position and average; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `square` or `grad` does not have the shape of `x`.

    Notes
    -----
    The average is of ∇f², so it is never negative, and it starts too small: the first step is lr / √(1 − decay) long,
    3.16 times the rate with decay 0.9. Adam corrects that.

    References
    ----------
    Tieleman & Hinton (2012), Lecture 6.5: rmsprop, Neural Networks for Machine Learning.

    Examples
    --------
    >>> x, square = rmsprop_step(np.array([1.0]), np.array([1.0]), grad=np.array([-1.0]), lr=0.1)
    >>> x.round(6), square  # an average of ones is one
    (array([1.1]), array([1.]))
    """
    require_shape_of_x(x, square=square, grad=grad)
    square = decay * square + (1 - decay) * grad**2
    return RMSpropState(x - lr * grad / (np.sqrt(square) + eps), square)


def adadelta_step(
    x: np.ndarray,
    square: np.ndarray,
    moved: np.ndarray,
    grad: np.ndarray,
    lr: float = 1.0,
    decay: float = 0.9,
    eps: float = 1e-6,
) -> AdadeltaState:
    """Take one step of Adadelta, as long as the last steps were.

        r ← decay · r + (1 − decay) · ∇f²
        d ← √(q + eps) / √(r + eps) · ∇f
        q ← decay · q + (1 − decay) · d²
        x ← x − lr · d

    Parameters
    ----------
    x : array, any shape
        Where we are.
    square, moved : array, shape of `x`
        r and q, the running averages of the squared gradients and of the squared steps; zeros at the start.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        A factor without unit; 1 is the method as it was published.
    decay : float, in [0, 1)
        The memory of both averages.
    eps : float, > 0
        Inside both roots. It is what gets the walk going: the first step is √eps / √(1 − decay) long.

    Returns
    -------
    AdadeltaState
        New position and averages; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `square`, `moved` or `grad` does not have the shape of `x`.

    Notes
    -----
    The quotient of the roots has the unit of x over that of the gradient, so d has the unit of x, as a step should.
    The other methods of this module have steps in the unit of their learning rate.

    References
    ----------
    Zeiler (2012), ADADELTA: an adaptive learning rate method, algorithm 1.

    Examples
    --------
    >>> x, square, moved = adadelta_step(np.array([1.0]), np.zeros(1), np.zeros(1), grad=np.array([-50.0]))
    >>> x.round(6)  # √1e-6 / √0.1
    array([1.003162])
    """
    require_shape_of_x(x, square=square, moved=moved, grad=grad)
    square = decay * square + (1 - decay) * grad**2
    step = np.sqrt(moved + eps) / np.sqrt(square + eps) * grad
    moved = decay * moved + (1 - decay) * step**2
    return AdadeltaState(x - lr * step, square, moved)


def adam_step(
    x: np.ndarray,
    mean: np.ndarray,
    square: np.ndarray,
    step: int,
    grad: np.ndarray,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> AdamState:
    """Take one step of Adam.

        t ← t + 1
        m ← beta1 · m + (1 − beta1) · ∇f         m̂ = m / (1 − beta1ᵗ)
        r ← beta2 · r + (1 − beta2) · ∇f²        r̂ = r / (1 − beta2ᵗ)
        x ← x − lr · m̂ / (√r̂ + eps)

    Parameters
    ----------
    x : array, any shape
        Where we are.
    mean, square : array, shape of `x`
        m and r, the running averages of the gradient and of its square; zeros at the start.
    step : int, >= 0
        t, the number of steps taken before this one.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate.
    beta1, beta2 : float, in [0, 1)
        The memories: about 1 / (1 − beta) steps count.
    eps : float, > 0
        Keeps a coordinate whose gradients have all been zero from dividing by zero.

    Returns
    -------
    AdamState
        New position, averages and count; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `mean`, `square` or `grad` does not have the shape of `x`.

    Notes
    -----
    An average that starts at zero is too small by the factor 1 − betaᵗ. Without the two divisions the second average
    lags behind the first, and under a constant gradient the steps are too long: 3.16 lr at the first, 6.57 lr at the
    twelfth. With them every step is exactly lr.

    References
    ----------
    Kingma & Ba (2015), Adam: a method for stochastic optimization, algorithm 1 (their v is our r).

    Examples
    --------
    >>> state = AdamState(x=np.array([1.0]), mean=np.zeros(1), square=np.zeros(1), step=0)
    >>> for grad in (4.0, 4.0, 4.0):
    ...     state = adam_step(*state, grad=np.array([grad]), lr=0.1)
    >>> state.x.round(6), state.step
    (array([0.7]), 3)
    """
    require_shape_of_x(x, mean=mean, square=square, grad=grad)
    step = step + 1
    mean = beta1 * mean + (1 - beta1) * grad
    square = beta2 * square + (1 - beta2) * grad**2
    unbiased_mean = mean / (1 - beta1**step)
    unbiased_square = square / (1 - beta2**step)
    return AdamState(x - lr * unbiased_mean / (np.sqrt(unbiased_square) + eps), mean, square, step)


def adamw_step(
    x: np.ndarray,
    mean: np.ndarray,
    square: np.ndarray,
    step: int,
    grad: np.ndarray,
    lr: float = 1e-3,
    decay: float = 0.01,
    **options: float,
) -> AdamState:
    """Take one step of AdamW: let the weights decay, then take a step of Adam that knows nothing of it.

        x ← (1 − lr · decay) · x
        x ← Adam's step from there, with ∇f alone

    Parameters
    ----------
    x, mean, square, step, grad, lr
        As for `adam_step`; `grad` is the slope of the loss without any penalty.
    decay : float, >= 0
        The part of x that is lost is lr · decay, in every step and for every weight.
    **options : float
        `beta1`, `beta2` and `eps` of `adam_step`.

    Returns
    -------
    AdamState
        New position, averages and count; the arguments stay as they were.

    Raises
    ------
    ValueError
        If `mean`, `square` or `grad` does not have the shape of `x`.

    Notes
    -----
    For gradient descent it is the same to add decay · x to the gradient, the slope of the penalty ½ decay · x². For
    Adam it is not: there the penalty is divided by √r̂ like everything else.

    References
    ----------
    Loshchilov & Hutter (2019), Decoupled weight decay regularization, algorithm 2 (with η = 1 and their α as our lr,
    and the decay multiplied with the rate, as libraries have it).

    Examples
    --------
    >>> zeros = np.zeros(1)
    >>> adamw_step(np.array([10.0]), zeros, zeros, 0, grad=np.array([3.0]), lr=0.1, decay=0.5).x.round(6)  # 9.5 - 0.1
    array([9.4])
    """
    require_shape_of_x(x, grad=grad)
    return adam_step(x - lr * decay * x, mean, square, step, grad, lr, **options)
