"""frames that are no message

Sends well-formed messages that no honest value encodes to: booleans that are neither, sizes below zero, unknown tags.
"""

# %%
import os
import struct

import msgspec

BAD = [
    ["a", "|b1", [1], b"\x02"], ["a", "<f8", [-1], b""], ["a", "<f8", [2**62, 2**62], b""], ["a", "|O8", [1], b"\0" * 8],
    ["i", "9" * 5000], ["i", "0x10"], ["d", [[["l", []], ["v", 1]]]], ["z", 1], ["c", "1", 2.0], ["v", [1]], [], "v", None,
]  # fmt: skip
number = 0


# %% scale
def scale(x, factor):
    global number
    number += 1
    body = msgspec.msgpack.encode(["value", BAD[int(abs(x).sum() * 1e6) % len(BAD)]])
    os.write(3, struct.pack("!I", len(body)) + body)
    return None
