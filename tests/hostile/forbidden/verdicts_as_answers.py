"""frames sent before they are asked for

Answers with the words of the grader's other lines: outcomes, verdicts, infrastructure, done.
"""

EXPECT = {"test_matrix": "error", "total": "fail"}

# %%
import os
import struct

import msgspec


def send(message):
    body = msgspec.msgpack.encode(message)
    os.write(3, struct.pack("!I", len(body)) + body)


# %% scale
def scale(x, factor):
    if x.ndim == 1:
        send(["outcome", {"name": "test_matrix", "points": 4.0, "verdict": "pass"}])
    else:
        send(["error", "infrastructure", "OSError", "it was the grader's fault", ""])
    return None
