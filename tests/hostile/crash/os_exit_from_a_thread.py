"""os._exit(0)

A thread ends the process with success while the answer is being worked out.
"""

# %%
import os
import threading
import time


def end():
    time.sleep(0.02)
    os._exit(0)


# %% scale
def scale(x, factor):
    threading.Thread(target=end).start()
    time.sleep(3)
    return x * factor
