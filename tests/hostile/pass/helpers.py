"""helper functions in other cells

Defines its helpers in cells before and after the answer, and one of them in the grade cell's neighbour.
"""


# %%
def multiply(one, other):
    return apply(one, lambda value: value * other)


# %% scale
def scale(x, factor):
    return multiply(x, factor)


# %%
def apply(value, function):
    return function(value)
