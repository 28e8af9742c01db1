"""Pictures that strangers' code drew: limits, and a PNG rebuilt from the chunks everybody knows, or dropped.

    safe_png(content)    # the same picture without anything else in it, or None

Nothing here decodes a picture: its parts are counted, measured and copied. What is inside the compressed data is the
browser's business, which shows no more pixels than the header says. This module travels into the sandbox for its
limits: standard library only.
"""

import struct
import zlib

PER_CELL = 10  # pictures kept of one cell
SIDE = 1200  # pixels
SIZE = 300_000  # bytes of one picture
TOTAL = 2_000_000  # bytes of all pictures of a notebook

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KNOWN = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # by colour type
BYTES = {b"PLTE": 768, b"tRNS": 256, b"IEND": 0}  # at most


def safe_png(content: bytes, side: int = SIDE, size: int = SIZE) -> bytes | None:
    """Return the PNG with its known chunks only, each with its right checksum; None when it is none, or too large."""
    if len(content) > size or not content.startswith(SIGNATURE):
        return None
    chunks = known_chunks(content)
    if chunks is None or [kind for kind, _ in chunks[1:] if kind == b"IHDR"] or not _fits(chunks[0], side):
        return None
    kinds = [kind for kind, _ in chunks]
    in_order = kinds == sorted(kinds, key=KNOWN.index) and all(kinds.count(kind) < 2 for kind in BYTES)
    if not in_order or b"IDAT" not in kinds or (chunks[0][1][9] == 3 and b"PLTE" not in kinds):
        return None
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def known_chunks(content: bytes) -> list[tuple[bytes, bytes]] | None:
    """The known chunks up to IEND as (kind, data); None when the file does not add up."""
    chunks, place = [], len(SIGNATURE)
    while place + 12 <= len(content):
        length, kind = struct.unpack_from("!I4s", content, place)
        data = content[place + 8 : place + 8 + length]
        place += 12 + length
        if len(data) != length or place > len(content) or length > BYTES.get(kind, length):
            return None
        if kind in KNOWN:
            chunks.append((kind, data))
        if kind == b"IEND":
            return chunks
    return None


def _fits(header: tuple[bytes, bytes], side: int) -> bool:
    kind, data = header
    if kind != b"IHDR" or len(data) != 13:
        return False
    width, height, depth, colours, compression, filtering, interlace = struct.unpack("!IIBBBBB", data)
    plain = compression == filtering == 0 and interlace in (0, 1)
    return plain and depth in DEPTHS.get(colours, ()) and 0 < width <= side and 0 < height <= side


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
