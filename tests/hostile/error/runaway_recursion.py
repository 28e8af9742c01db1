"""runaway recursion

Calls itself for ever.
"""


# %% scale
def scale(x, factor):
    return scale(x, factor) + 1
