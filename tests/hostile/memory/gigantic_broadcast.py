"""gigantic return values

Answers with an array of 8 bytes that is seen as 8 TB.
"""


# %% scale
def scale(x, factor):
    import numpy as np

    return np.broadcast_to(np.float64(1.0), (2**40,))
