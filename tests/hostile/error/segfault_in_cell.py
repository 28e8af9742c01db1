"""segfault

Dies in the cell that would define the answer; the other question must not suffer.
"""

# %% scale
import ctypes

ctypes.string_at(0)


def scale(x, factor):
    return x * factor
