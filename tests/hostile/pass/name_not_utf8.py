"""path traversal in names

The student's name is no UTF-8: a folder that was made on a machine with another encoding.
"""

REFUSED = True
STUDENT = "caf\udce9"


# %% scale
def scale(x, factor):
    return x * factor
