"""lists where arrays are natural

Returns tuples of numpy's numbers.
"""


# %% scale
def scale(x, factor):
    return tuple(scale(row, factor) if row.ndim else row * factor for row in x)


# %% total
def total(x):
    return sum(float(value) for row in x for value in row)
