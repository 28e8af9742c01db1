"""float64 or float32

Works in single precision.
"""

# %% scale
import numpy as np


def scale(x, factor):
    return np.asarray(x, np.float32) * np.float32(factor)


# %% total
def total(x):
    return np.float32(np.asarray(x, np.float32).sum())
