"""gigantic return values

Answers with an array of 400 MB, whose copies leave no room to say so.
"""

EXPECT = {"scale": "crash|memory|error"}


# %% scale
def scale(x, factor):
    import numpy as np

    return np.zeros(50_000_000)
