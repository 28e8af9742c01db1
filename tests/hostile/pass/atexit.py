"""blocking atexit handlers

Registers functions that wait and work for ever at the end, and is right.
"""

# %%
import atexit
import threading
import time


def forever():
    while True:
        time.sleep(1000)


atexit.register(forever)
threading._register_atexit(forever)
threading.Thread(target=forever).start()


class Last:
    def __del__(self):
        forever()


last = Last()


# %% scale
def scale(x, factor):
    return x * factor
