"""frames that are no message

Closes every descriptor, the one it should answer on included.
"""


# %% scale
def scale(x, factor):
    import os

    os.closerange(0, 1024)
    return x * factor
