"""frames that come drop by drop

Sends its answer one byte at a time, for longer than anybody would wait.
"""

# %%
import os
import struct
import time


# %% scale
def scale(x, factor):
    os.write(3, struct.pack("!I", 1_000_000))
    while True:
        os.write(3, b"\x90")
        time.sleep(0.01)
