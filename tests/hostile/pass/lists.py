"""lists where arrays are natural

Works with lists and returns them.
"""


# %% scale
def scale(x, factor):
    if getattr(x, "ndim", 0) > 1:
        return [scale(row, factor) for row in x]
    return [float(value) * float(factor) for value in x]
