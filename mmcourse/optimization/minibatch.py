"""Mini-batches: an epoch of them, descent by them, and how far their gradients are from the full one.

>>> rng = np.random.default_rng(0)
>>> for batch in epoch(size=7, batch=3, rng=rng):
...     print(batch)
[2 4 3]
[6 5 0]
[1]

Every example once, in an order drawn by lot: that was one epoch, in three iterations. `JPEG_LUMINANCE` is a toy data
set, printed on a slide of the CMU 11-777 deck *Multimodal Optimization* without its name.

Shapes: N examples, P parameters; `gradients` (N, P) has a row for each example, and their mean is the full gradient.
"""

from collections.abc import Callable, Iterator

import numpy as np

# ITU-T T.81 (1992), table K.1: how coarsely JPEG rounds each frequency of brightness, low frequencies first
JPEG_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)


def epoch(size: int, batch: int, rng: np.random.Generator | None = None) -> Iterator[np.ndarray]:
    """Go through all examples once, in mini-batches.

    Parameters
    ----------
    size : int, >= 1
        N, how many examples there are.
    batch : int, >= 1
        How many go into a mini-batch; the last one gets what is left.
    rng : numpy.random.Generator or None
        Shuffles them anew at each call; None keeps them in their order.

    Yields
    ------
    array of whole numbers, shape (batch,) or less
        Which examples are in the mini-batch.

    Raises
    ------
    ValueError
        If a mini-batch would be empty.

    Examples
    --------
    >>> [part.tolist() for part in epoch(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    if batch < 1:
        raise ValueError(f"`batch` must be at least 1, got {batch}: for all examples at once use batch=size")
    order = np.arange(size) if rng is None else rng.permutation(size)
    for first in range(0, size, batch):
        yield order[first : first + batch]


def sgd(
    gradient: Callable[[np.ndarray, np.ndarray], np.ndarray],
    start: np.ndarray,
    size: int,
    lr: float,
    batch: int,
    epochs: int,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Descend by mini-batches, and keep every point on the way.

        w ← w − lr · 1/|B| Σ_{i in B} ∇L_i(w)

    Parameters
    ----------
    gradient : function of parameters (P,) and of the indices of a mini-batch
        Returns the mean of these examples' gradients, (P,).
    start : array, shape (P,)
        Where to begin.
    size : int, >= 1
        N, how many examples there are.
    lr : float, > 0
        Learning rate.
    batch : int, >= 1
        Examples in a mini-batch: N is full-batch descent, 1 is one example at a time.
    epochs : int, >= 0
        How often every example is used.
    rng : numpy.random.Generator or None
        Shuffles anew for every epoch; None keeps the order.

    Returns
    -------
    array, shape (iterations + 1, P)
        The parameters after each iteration, the start first.

    References
    ----------
    Robbins & Monro (1951), A stochastic approximation method; Bottou & Bousquet (2008), The tradeoffs of large scale
    learning.

    Examples
    --------
    >>> data = np.array([1.0, 3.0])  # the loss of an example is (w - x)² / 2
    >>> sgd(lambda w, i: w - data[i].mean(), np.zeros(1), size=2, lr=0.5, batch=1, epochs=2)[:, 0]
    array([0.    , 0.5   , 1.75  , 1.375 , 2.1875])
    """
    path = [np.asarray(start, dtype=float)]
    for _ in range(epochs):
        for indices in epoch(size, batch, rng):
            path.append(path[-1] - lr * gradient(path[-1], indices))
    return np.stack(path)


def batch_means(gradients: np.ndarray, batch: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw mini-batches with replacement and return the mean gradient of each.

    Parameters
    ----------
    gradients : array, shape (N, P)
        One for each example.
    batch : int, >= 1
        Examples in a mini-batch.
    count : int, >= 1
        How many mini-batches to draw.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (count, P)
    """
    size = len(gradients)
    times = rng.multinomial(batch, np.full(size, 1 / size), size=count)  # (count, N), how often each example is drawn
    return times @ np.asarray(gradients) / batch


def spread(gradients: np.ndarray) -> float:
    """Return σ, how far the gradient of one example is from the mean of all: the root of the mean squared distance.

    Parameters
    ----------
    gradients : array, shape (N, P)

    Returns
    -------
    float, >= 0

    Examples
    --------
    >>> spread(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0], [0.0, -4.0]]))  # the root of (9 + 9 + 16 + 16) / 4
    np.float64(3.5355339059327378)
    """
    away = gradients - np.mean(gradients, axis=0)
    return np.sqrt(np.square(away).sum(axis=-1).mean())


def standard_error(gradients: np.ndarray, batch: int) -> float:
    """Return how far the gradient of a mini-batch is from the full one: the root of the mean squared distance.

        σ / √m

    Parameters
    ----------
    gradients : array, shape (N, P)
        One for each example; σ is their `spread`.
    batch : int, or array of them, >= 1
        m, examples in a mini-batch, drawn with replacement.

    Returns
    -------
    float, or array
        In the unit of the gradients. Without replacement it is smaller by √((N − m) / (N − 1)).

    Examples
    --------
    >>> gradients = np.array([[1.0], [-1.0]])
    >>> standard_error(gradients, np.array([1, 4, 16]))  # twice the accuracy costs four times the examples
    array([1.  , 0.5 , 0.25])
    """
    return spread(gradients) / np.sqrt(batch)


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between vectors: a · b / (‖a‖ ‖b‖).

    Parameters
    ----------
    a, b : arrays whose shapes broadcast to (..., P), not zero

    Returns
    -------
    array, shape (...)
        1 for the same direction, 0 for a right angle, -1 for opposite ones.

    Examples
    --------
    >>> cosine(np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]]), np.array([1.0, 0.0])).round(3)
    array([1.   , 0.   , 0.707])
    """
    return (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


def typical_cosine(gradients: np.ndarray, batch: int) -> np.ndarray:
    """Return about how well a mini-batch points along the full gradient g.

        1 / √(1 + σ² / (m ‖g‖²))

    Parameters
    ----------
    gradients : array, shape (N, P)
        One for each example.
    batch : int, or array of them, >= 1
        m.

    Returns
    -------
    float, or array, between 0 and 1

    Notes
    -----
    The error of a mini-batch is almost at a right angle to g when there are many parameters: by Pythagoras the length
    of its gradient is then √(‖g‖² + σ²/m).

    Examples
    --------
    >>> gradients = np.array([[1.0, 1.0], [1.0, -1.0]])  # σ = ‖g‖ = 1
    >>> typical_cosine(gradients, np.array([1, 3])).round(3)
    array([0.707, 0.866])
    """
    ratio = standard_error(gradients, batch) / np.linalg.norm(np.mean(gradients, axis=0))
    return 1 / np.sqrt(1 + ratio**2)
