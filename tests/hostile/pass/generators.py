"""generators

Builds its answer with generators and comprehensions.
"""

# %% scale
import numpy as np


def scaled(values, factor):
    for value in values:
        yield value * factor


def scale(x, factor):
    return np.fromiter(scaled(x.ravel(), factor), float).reshape(x.shape)
