"""frames that are no message

Sends random bytes instead of an answer.
"""

# %%
import os
import struct


# %% scale
def scale(x, factor):
    body = b"\xc1" + os.urandom(1000)
    os.write(3, struct.pack("!I", len(body)) + body)
    os._exit(0)
