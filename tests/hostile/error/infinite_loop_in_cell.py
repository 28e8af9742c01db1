"""infinite loop

Never ends, in the cell itself, before the answer is defined.
"""

CELL = "stopped after"

# %% scale
while True:
    pass


def scale(x, factor):
    return x * factor
