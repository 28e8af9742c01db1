"""one 60 MB line

Prints one line of 60 MB, and is right.
"""

# %% scale
print("x" * 60_000_000)


def scale(x, factor):
    return x * factor
