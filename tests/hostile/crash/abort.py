"""abort

Calls abort() of the C library.
"""


# %% scale
def scale(x, factor):
    import os

    os.abort()
