"""Frames between a student's process and the tests: a four-byte length and one msgpack message, bounded on arrival.

The student's side may send any bytes it likes: `receive` checks the length before it reads and counts the parts before
it decodes, and raises `WireError`. What a message holds are nodes, which `pack` and `unpack` make and take apart
(values.py).

This module travels into the sandbox: numpy, msgspec, the standard library and its neighbours, nothing else.
"""

import socket
import struct
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from autograder.values import (
    MAX_BYTES,
    RAW,
    OpaqueValue,
    WireError,
    fields,
    opaque,
    pack,
    type_name,
    unpack,
)

__all__ = [
    "Disconnected",
    "OpaqueValue",
    "WireError",
    "fields",
    "opaque",
    "pack",
    "receive",
    "send",
    "type_name",
    "unpack",
]

MAX_FRAME = MAX_BYTES
MAX_PARTS = 2**21  # of one message: a byte on the wire may claim an object of seventy


class Disconnected(WireError):
    """The other side has gone: the socket closed before a whole frame came."""


_encoder = msgspec.msgpack.Encoder()


def _extension(code: int, data: memoryview) -> memoryview:
    if code != RAW:
        raise WireError(f"extension type {code} is not in use")
    return data


_decoder = msgspec.msgpack.Decoder(ext_hook=_extension)


def send(channel: socket.socket, message: Any) -> None:
    """Send one message; raises `WireError` when it is over the limit, `Disconnected` when nobody listens."""
    frame = bytearray(4)
    try:
        _encoder.encode_into(message, frame, 4)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from None
    length = len(frame) - 4
    if length > MAX_FRAME:
        raise WireError(f"a message of {length} bytes is over the limit of {MAX_FRAME}")
    struct.pack_into("!I", frame, 0, length)
    try:
        channel.sendall(frame)
    except TimeoutError:
        raise Disconnected("the other side does not read") from None
    except (BrokenPipeError, ConnectionResetError):
        raise Disconnected("the other side has gone") from None


def receive(channel: socket.socket, patience: Callable[[int], None] | None = None) -> Any:
    """Read one message as plain builtins. Length first: nothing over the limit is ever allocated.

    With a timeout set on `channel`, `patience(came)` is asked after each of them, and after each piece that left the
    message incomplete, whether to go on waiting: it raises when not. `came` is how many bytes came since it was asked.
    """
    (length,) = struct.unpack("!I", _read_exactly(channel, 4, patience))
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length} bytes is over the limit of {MAX_FRAME}")
    body = _read_exactly(channel, length, patience)
    if length > MAX_PARTS and count_parts(body) > MAX_PARTS:  # a part takes a byte or more
        raise WireError(f"a message of more than {MAX_PARTS} parts")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError, TypeError) as error:
        raise WireError(f"not a message: {error}") from None


def count_parts(body: bytes | memoryview) -> int:
    """Count the values in a msgpack message, nested ones too, by their heads alone; stops beyond `MAX_PARTS`."""
    position = parts = 0
    while position < len(body) and parts <= MAX_PARTS:
        head, parts = body[position], parts + 1
        position += 1
        if 0xA0 <= head <= 0xBF:  # a short string: its length is in the head
            position += head & 0x1F
        elif head in _LENGTH:  # bytes, extension or string: a length, then as many bytes
            width, extra = _LENGTH[head]
            position += width + extra + int.from_bytes(body[position : position + width], "big")
        else:  # a number, or the head of a container, whose items come next
            position += _WIDTH.get(head, 0)
    return parts


_LENGTH = {first + n: (2**n, extra) for first, extra in ((0xC4, 0), (0xC7, 1), (0xD9, 0)) for n in range(3)}
_WIDTH = {0xCA: 4, 0xCB: 8} | {first + n: 2**n for first in (0xCC, 0xD0) for n in range(4)}
_WIDTH |= {0xD4 + n: 1 + 2**n for n in range(5)} | {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}


def _read_exactly(channel: socket.socket, count: int, patience: Callable[[int], None] | None) -> memoryview:
    body, filled = memoryview(np.empty(count, np.uint8)), 0  # memory that nothing has touched yet costs nothing
    while filled < count:
        piece = 0
        try:
            piece = channel.recv_into(body[filled:])
            if piece == 0:
                raise Disconnected("the other side has gone")
            filled += piece
        except TimeoutError:
            if patience is None:
                raise
        except ConnectionResetError:
            raise Disconnected("the other side has gone") from None
        if patience is not None and filled < count:
            patience(piece)
    return body
