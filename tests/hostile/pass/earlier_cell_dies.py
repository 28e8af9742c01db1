"""a cell that fails before the graded one

A cell before the answer ends the process; the answer still counts.
"""

CELL = "ended"

# %%
import os

os._exit(1)


# %% scale
def scale(x, factor):
    return x * factor
