"""subclasses of ndarray with lying operators

Wraps itself in __array__, __array_interface__ and __array_priority__, which answer differently each time.
"""

# %% scale
import numpy as np


class Moving:
    __array_priority__ = 1e9
    calls = 0

    def __init__(self, like):
        self.like = like

    @property
    def __array_interface__(self):
        Moving.calls += 1
        return {"shape": self.like.shape, "typestr": "<f8", "data": (0, True), "version": 3}

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("ask somebody else")

    def __array_ufunc__(self, *args, **kwargs):
        return True


def scale(x, factor):
    return Moving(x)
