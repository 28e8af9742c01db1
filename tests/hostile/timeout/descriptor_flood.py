"""output floods

Writes for ever to the descriptors 1 and 2, past Python's own files.
"""


# %% scale
def scale(x, factor):
    import os

    while True:
        for descriptor in (1, 2):
            try:
                os.write(descriptor, b"x" * 65536)
            except OSError:
                pass
