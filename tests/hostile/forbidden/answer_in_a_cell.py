"""frames sent before they are asked for

Sends, while its cell runs, answers to questions that have not been asked.
"""

EXPECT = {"total": "forbidden"}

# %%
import os
import struct

import msgspec

for answer in (["value", ["v", 1.0]], ["ready"], ["ran", "ok", "", ""]):
    body = msgspec.msgpack.encode(answer)
    os.write(3, struct.pack("!I", len(body)) + body)


# %% scale
def scale(x, factor):
    return None
