"""PNG pictures written chunk by chunk, so that a test can write a wrong one."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def header(width=2, height=2, depth=8, colours=0, compression=0, filtering=0, interlace=0) -> bytes:
    return chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, depth, colours, compression, filtering, interlace))


DATA = chunk(b"IDAT", zlib.compress(b"\0\1\2\0\3\4"))
END = chunk(b"IEND")
PLAIN = SIGNATURE + header() + DATA + END  # two by two pixels, grey
