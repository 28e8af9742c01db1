"""gigantic return values

Answers with 60 MB, just below the limit.
"""


# %% scale
def scale(x, factor):
    import numpy as np

    return np.zeros(7_500_000)
