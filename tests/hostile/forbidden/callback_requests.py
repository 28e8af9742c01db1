"""hostile callbacks

Sends the tests' side requests of its own, to call a function, get an attribute and report an outcome.
"""


# %% scale
def scale(x, factor):
    import os
    import struct

    import msgspec

    for message in (
        ["callback", 0, [], []],
        ["call", "scale", ["l", []], ["d", []]],
        ["get", 0, "__globals__"],
        ["outcome", {"name": "test_matrix", "question": "scale", "points": 4.0, "verdict": "pass"}],
        ["spawn", ["numpy"]],
    ):
        body = msgspec.msgpack.encode(message)
        try:
            os.write(3, struct.pack("!I", len(body)) + body)
        except OSError:
            pass
    return None
