"""memory bomb

Takes all the memory there is, bit by bit.
"""

EXPECT = {"scale": "memory|timeout|crash"}


# %% scale
def scale(x, factor):
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))
