"""lying length prefixes

Announces 60 MB, sends ten bytes, and waits.
"""

# %%
import os
import struct
import time


# %% scale
def scale(x, factor):
    os.write(3, struct.pack("!I", 60_000_000) + b"ten bytes.")
    time.sleep(1000)
