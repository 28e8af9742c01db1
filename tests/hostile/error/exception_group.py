"""exceptions whose __str__ is 100 MB

Raises a group of groups of exceptions, each caused by the one before.
"""


# %% scale
def scale(x, factor):
    error = ValueError("first")
    for number in range(2000):
        cause, error = error, ExceptionGroup(f"{number}", [error, KeyError("x" * 1000)])
        error.__cause__ = error.__context__ = cause
    raise error
