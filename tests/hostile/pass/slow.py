"""slow but within limits

Takes half of the time that a call may take.
"""

# %% scale
import time


def scale(x, factor):
    start = time.process_time()
    while time.process_time() - start < 0.4:
        pass
    return x * factor
