"""Three linear models to descend on: the loss of every example, its gradient, and their mean, the empirical risk.

Fifty points near the line y = 1 + 2 u, and the line that fits them best, by formula and by descent:

>>> from mmcourse.optimization.descent import descend
>>> rng = np.random.default_rng(0)
>>> x = np.stack([np.ones(50), rng.normal(size=50)], axis=1)
>>> y = x @ [1.0, 2.0] + 0.1 * rng.normal(size=50)
>>> path = descend(lambda w: risk_gradient(LEAST_SQUARES, w, x, y), np.zeros(2), lr=0.5, steps=100)
>>> least_squares_solution(x, y).round(3), path[-1].round(3)
(array([1.005, 1.988]), array([1.005, 1.988]))

Shapes: N examples, D inputs each, P parameters, kept in one row whatever the model; any axes may stand in front of P.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mmcourse.foundations.binary import binary_cross_entropy, sigmoid
from mmcourse.foundations.losses import cross_entropy, cross_entropy_grad


class Model(NamedTuple):
    """What descent needs to know of a model.

    `losses(w, x, y)` returns the loss of each example, shape (..., N); `gradients(w, x, y)` its gradient, (..., N, P).
    """

    losses: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    gradients: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def squared_losses(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return half the squared error of each example: ½ (w · x − y)²."""
    return np.square(scores(w, x) - y) / 2


def squared_gradients(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of each: (w · x − y) x."""
    return (scores(w, x) - y)[..., None] * x


def logistic_losses(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the binary cross-entropy of each example, whose probability of yes is σ(w · x)."""
    z = scores(w, x)
    return binary_cross_entropy(z, np.broadcast_to(y, z.shape))


def logistic_gradients(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of each: (σ(w · x) − y) x."""
    return (sigmoid(scores(w, x)) - y)[..., None] * x


def scores(w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return w · x for each example.

    Parameters
    ----------
    w : array, shape (..., D)
        Parameters. A bias is the weight of an input that is always 1.
    x : array, shape (N, D)
        Examples.

    Returns
    -------
    array, shape (..., N)

    Raises
    ------
    ValueError
        If there is not one parameter for each input.
    """
    if np.ndim(x) != 2 or np.shape(w)[-1:] != np.shape(x)[-1:]:
        raise ValueError(f"expected `w` (..., D) and `x` (N, D), got {np.shape(w)} and {np.shape(x)}: a missing bias?")
    return np.asarray(w) @ np.transpose(x)


LEAST_SQUARES = Model(squared_losses, squared_gradients)
LOGISTIC = Model(logistic_losses, logistic_gradients)


def softmax_regression(classes: int = 10) -> Model:
    """Make the linear classifier: a row of weights for each class, the softmax, and the cross-entropy.

    Parameters
    ----------
    classes : int, >= 2
        C. The parameters are the matrix (C, D) of lecture 02's linear scores, written in one row: P = C D.

    Returns
    -------
    Model
        The gradient of an example is (p_k − [k = y]) x in the row of class k.

    Examples
    --------
    >>> model, x = softmax_regression(3), np.array([[1.0, 2.0]])
    >>> model.gradients(np.zeros(6), x, np.array([0])).round(3)
    array([[-0.667, -1.333,  0.333,  0.667,  0.333,  0.667]])
    """

    def logits(w, x):
        if np.shape(w)[-1] != classes * np.shape(x)[-1]:
            raise ValueError(
                f"`w` must hold {classes} classes times {np.shape(x)[-1]} inputs, got {np.shape(w)[-1]} parameters"
            )
        matrix = np.reshape(w, (*np.shape(w)[:-1], classes, -1))  # (..., C, D)
        return x @ np.swapaxes(matrix, -1, -2)  # (..., N, C)

    def losses(w, x, y):
        z = logits(w, x)
        return cross_entropy(z, np.broadcast_to(y, z.shape[:-1]))

    def gradients(w, x, y):
        z = logits(w, x)
        slope = cross_entropy_grad(z, np.broadcast_to(y, z.shape[:-1]))
        return (slope[..., :, None] * x[..., None, :]).reshape(*z.shape[:-1], -1)  # (..., N, C, D) as (..., N, P)

    return Model(losses, gradients)


def empirical_risk(model: Model, w: np.ndarray, x: np.ndarray, y: np.ndarray, decay: float = 0.0) -> np.ndarray:
    """Return the mean loss over the examples, and a price for large parameters.

        R(w) = 1/N Σᵢ L(w; xᵢ, yᵢ) + λ Ω(w), with Ω(w) = ½ ‖w‖²

    Parameters
    ----------
    model : Model
    w : array, shape (..., P)
    x : array, shape (N, D)
    y : array, shape (N,)
    decay : float, >= 0
        λ; 0 is the empirical risk as such, more is the regularised one.

    Returns
    -------
    array, shape (...)

    References
    ----------
    Vapnik (1992), Principles of risk minimization for learning theory.

    Examples
    --------
    >>> empirical_risk(LEAST_SQUARES, np.array([1.0]), x=np.array([[1.0], [1.0]]), y=np.array([0.0, 3.0]))
    np.float64(1.25)
    """
    return model.losses(w, x, y).mean(axis=-1) + decay / 2 * np.square(w).sum(axis=-1)


def risk_gradient(model: Model, w: np.ndarray, x: np.ndarray, y: np.ndarray, decay: float = 0.0) -> np.ndarray:
    """Return the gradient of `empirical_risk`: the mean of the examples' gradients, plus λ w.

    Parameters
    ----------
    model, w, x, y, decay
        As for `empirical_risk`.

    Returns
    -------
    array, shape (..., P)

    Examples
    --------
    >>> risk_gradient(LEAST_SQUARES, np.array([1.0]), x=np.array([[1.0], [1.0]]), y=np.array([0.0, 3.0]))
    array([-0.5])
    """
    return model.gradients(w, x, y).mean(axis=-2) + decay * np.asarray(w)


def least_squares_solution(x: np.ndarray, y: np.ndarray, decay: float = 0.0) -> np.ndarray:
    """Solve for the parameters at which the gradient of the squared loss is zero.

        (XᵀX / N + λ I) w = Xᵀy / N

    Parameters
    ----------
    x : array, shape (N, D)
    y : array, shape (N,)
    decay : float, >= 0
        λ of `empirical_risk`.

    Returns
    -------
    array, shape (D,)

    Raises
    ------
    ValueError
        If many parameters are equally good, as with fewer examples than inputs and no decay.

    Notes
    -----
    Costs N D² for the matrix and D³ to solve; a step of descent costs N D.

    References
    ----------
    Legendre (1805), Nouvelles méthodes pour la détermination des orbites des comètes.

    Examples
    --------
    >>> least_squares_solution(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])).round(6)
    array([1., 2.])
    """
    matrix = x.T @ x / len(x) + decay * np.eye(x.shape[1])
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise ValueError(f"{len(x)} examples do not decide {x.shape[1]} parameters: take more, or a positive `decay`")
    return np.linalg.solve(matrix, x.T @ y / len(x))
