"""non-contiguous arrays

Answers with every second element of an array in Fortran's order, and with foreign byte order.
"""

# %% scale
import numpy as np


def scale(x, factor):
    if x.ndim == 1:
        wide = np.zeros(2 * len(x), dtype=">f8")
        wide[::2] = x * factor
        return wide[::2]
    return np.asfortranarray(x * factor)
