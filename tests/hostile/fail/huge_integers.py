"""values that are dear to compare

Answers with integers of four thousand digits, infinities, nan and the smallest numbers there are.
"""


# %% scale
def scale(x, factor):
    return [10**4000] * len(x) if x.ndim == 1 else [[float("nan"), float("inf"), -0.0, 5e-324, 10**300]]
