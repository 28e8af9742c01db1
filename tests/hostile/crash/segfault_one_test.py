"""segfault

Is right, and dies on matrices alone: one test is lost, no other.
"""

EXPECT = {"test_one_number": "pass"}


# %% scale
def scale(x, factor):
    import ctypes

    return x * factor if x.ndim == 1 else ctypes.string_at(0)
