"""slow but within limits

Waits without working, less long than the wall clock allows.
"""

# %% scale
import time


def scale(x, factor):
    time.sleep(1.0)
    return x * factor
