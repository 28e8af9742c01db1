"""segfault

Reads address zero.
"""


# %% scale
def scale(x, factor):
    import ctypes

    return ctypes.string_at(0)
