"""memory bomb

Takes memory until none is left, keeps it, and goes on: the other question lives in a process without any.
"""

EXPECT = {"scale": "fail|timeout|memory"}

# %% scale
HOARD = []


def scale(x, factor):
    size = 2**28
    while size > 2**12:
        try:
            HOARD.append(bytearray(size))
        except MemoryError:
            size //= 2
    return None


# %% total
def total(x):
    HOARD.clear()
    return x.sum()
