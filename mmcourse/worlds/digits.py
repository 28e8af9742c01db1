"""Real handwriting, small enough for a page: scikit-learn's 1797 digits of 8 x 8 pixels, shuffled and split.

>>> world = digits(np.random.default_rng(0))
>>> world.train.images.shape, world.valid.images.shape, world.test.images.shape
((1000, 64), (397, 64), (400, 64))
"""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

SIZES = (1000, 397, 400)


class Split(NamedTuple):
    """Images and what they show."""

    images: np.ndarray  # (B, 64), from 0 for paper to 1 for ink
    labels: np.ndarray  # (B,), whole numbers from 0 to 9


class Digits(NamedTuple):
    """Three splits that share no image: to learn from, to choose by, and to be judged on once."""

    train: Split
    valid: Split
    test: Split


def digits(rng: np.random.Generator, sizes: tuple[int, int, int] = SIZES) -> Digits:
    """Shuffle the digits and split them.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides who is in which split.
    sizes : three ints, >= 0
        Images to learn from, to choose by and to be judged on; 1797 in all at most.

    Returns
    -------
    Digits
        Each split a pair of images, shape (B, 64), and labels, shape (B,).

    Raises
    ------
    ValueError
        If there are not that many images.

    References
    ----------
    Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository: the test part.
    """
    images, labels = load_digits(return_X_y=True)
    if min(sizes) < 0 or sum(sizes) > len(images):
        raise ValueError(f"`sizes` must add up to {len(images)} images at most, got {sizes}: {sum(sizes)}")
    order = rng.permutation(len(images))
    ends = np.cumsum(sizes)
    parts = [order[end - size : end] for size, end in zip(sizes, ends)]
    return Digits(*(Split(images[part] / 16, labels[part]) for part in parts))
