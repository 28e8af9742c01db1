"""views

Answers with a broadcast, read-only view.
"""

# %% scale
import numpy as np


def scale(x, factor):
    result = np.broadcast_to(x * factor, (3, *x.shape))[1]
    result.flags.writeable = False
    return result
