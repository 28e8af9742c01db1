"""lying length prefixes

Announces a frame of 4 GB.
"""

# %%
import os


# %% scale
def scale(x, factor):
    os.write(3, b"\xff\xff\xff\xff")
    return x * factor
