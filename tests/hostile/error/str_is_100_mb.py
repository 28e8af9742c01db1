"""exceptions whose __str__ is 100 MB

Raises an exception with a message of 100 MB and notes of the same size.
"""


# %% scale
def scale(x, factor):
    error = ValueError("x" * 100_000_000)
    error.add_note("y" * 100_000_000)
    raise error
