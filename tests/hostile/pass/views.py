"""views

Answers with a view of a larger array, reversed twice.
"""

# %% scale
import numpy as np


def scale(x, factor):
    large = np.zeros((x.size + 5) * 3)
    large[3 : 3 + x.size] = x.ravel() * factor
    return large[3 : 3 + x.size].reshape(x.shape)[::-1][::-1]
