"""frames sent before they are asked for

Sends the answers to the next ten questions along with this one.
"""

EXPECT = {"total": "fail"}

# %%
import os
import struct

import msgspec

body = msgspec.msgpack.encode(["value", ["v", 1.0]])
frame = struct.pack("!I", len(body)) + body


# %% scale
def scale(x, factor):
    os.write(3, frame * 10)
    return None
