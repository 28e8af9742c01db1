"""values that are dear to compare

Answers with a dictionary of 100,000 different keys that all have the same hash.
"""

EXPECT = {"scale": "fail|forbidden"}

# %%
import os
import struct

import msgspec

PAIRS = [[["c", float(-1000003 * number), float(number)], ["v", None]] for number in range(100_000)]


# %% scale
def scale(x, factor):
    # The dictionary would be as dear to build here as there: it is sent without being built.
    body = msgspec.msgpack.encode(["value", ["d", PAIRS]])
    view = struct.pack("!I", len(body)) + body
    while view:
        view = view[os.write(3, view) :]
    os._exit(0)
