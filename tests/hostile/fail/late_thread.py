"""threads that answer later

A thread answers instead of the function, at some later time, again and again.
"""

EXPECT = {"total": "fail"}

# %%
import os
import struct
import threading
import time

import msgspec

body = msgspec.msgpack.encode(["value", ["v", 1.0]])
frame = struct.pack("!I", len(body)) + body


# %% scale
def scale(x, factor):
    def later():
        while True:
            os.write(3, frame)
            time.sleep(0.001)

    threading.Thread(target=later, daemon=True).start()
    time.sleep(0.05)
    return None
