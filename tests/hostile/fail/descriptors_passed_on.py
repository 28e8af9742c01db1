"""lasting change of the worker

Sends the tests' side descriptors along with an answer of its own.
"""

EXPECT = {"total": "fail"}


# %% scale
def scale(x, factor):
    import array
    import socket

    import msgspec

    channel = socket.socket(fileno=3)
    body = msgspec.msgpack.encode(["value", ["v", None]])
    frame = len(body).to_bytes(4, "big") + body
    try:
        channel.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [3] * 20))])
    finally:
        channel.detach()
    return None
