"""stored XSS

Draws figures that are scripts, pages, pictures in other formats and pictures of a hundred thousand pixels a side.
"""

ABSENT = ["<script", "<svg"]

# %%
import itertools
import struct
import zlib

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def chunk(kind, data):
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


HUGE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", 100_000, 100_000, 1, 0, 0, 0, 0))
HUGE += chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")
TALKING = HUGE[:33] + chunk(b"tEXt", b"Comment\0<script>alert(1)</script>") + HUGE[33:]
BAD = itertools.cycle([b"<script>alert(1)</script>", b"<svg onload=alert(1)>", HUGE, TALKING, b"\x89PNG\r\n\x1a\n"])


def savefig(self, file, *args, **kwargs):
    file.write(next(BAD))


Figure.savefig = Figure.print_png = plt.savefig = savefig
for _ in range(30):
    plt.figure()
    plt.plot([1, 2])
plt.show()


# %% scale
def scale(x, factor):
    return x * factor
