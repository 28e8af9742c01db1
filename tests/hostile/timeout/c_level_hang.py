"""C-level hang

Raises a large number to a large power, in one step of the interpreter that no signal interrupts.
"""


# %% scale
def scale(x, factor):
    return (7**10_000_000) ** 1000 % 11
