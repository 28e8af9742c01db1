"""a cell that fails before the graded one

Divides by zero, and has a syntax error, in cells before the answer.
"""

CELL = "ZeroDivisionError"

# %%
1 / 0

# %%
exec("def broken(:")


# %% scale
def scale(x, factor):
    return x * factor
