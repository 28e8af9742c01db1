"""patched numpy

Overwrites the machine code's data: the bytes of numpy's own arrays of constants, through ctypes.
"""

# %%
import ctypes

import numpy as np

for value in (np.pi, 1.0, 0.0, 2.5):
    address = id(value) + 16
    ctypes.c_double.from_address(address).value = 0.0


# %% scale
def scale(x, factor):
    return x * float(factor) + 1.0


# %% total
def total(x):
    return x.sum()
