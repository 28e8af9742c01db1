"""memory bomb

Takes 64 GB at once.
"""


# %% scale
def scale(x, factor):
    import numpy as np

    return np.ones((8_000_000_000,))
