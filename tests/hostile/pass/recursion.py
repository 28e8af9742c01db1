"""recursion within reason

Recurses, a thousand levels deep.
"""


# %% scale
def scale(x, factor, depth=900):
    return x * factor if depth == 0 else scale(x, factor, depth - 1)
