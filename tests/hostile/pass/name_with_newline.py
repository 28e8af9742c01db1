"""path traversal in names

The student's name holds a line break, a carriage return, an escape sequence and a bell.
"""

STUDENT = "ada\n\rSCORE: 100\x1b[31m\x07\u202egnp"


# %% scale
def scale(x, factor):
    return x * factor
