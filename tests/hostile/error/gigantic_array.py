"""gigantic return values

Answers with an array of 100 MB, more than may cross.
"""


# %% scale
def scale(x, factor):
    import numpy as np

    return np.zeros(12_500_000)
