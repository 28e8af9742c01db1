"""gigantic return values

Answers with an empty array whose other side is 2^40 long, and with a string of 60 MB.
"""

EXPECT = {"test_one_number": "forbidden"}


# %% scale
def scale(x, factor):
    import numpy as np

    return np.zeros((0, 2**40)) if x.ndim == 1 else "x" * 60_000_000
