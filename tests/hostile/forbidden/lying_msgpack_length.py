"""lying length prefixes

Sends a message whose inner lists claim four billion items.
"""

# %%
import os
import struct


# %% scale
def scale(x, factor):
    body = b"\x92\xa5value" + b"\xdd\xff\xff\xff\xff" * 10
    os.write(3, struct.pack("!I", len(body)) + body)
    return None


# %% total
def total(x):
    return x.sum()
