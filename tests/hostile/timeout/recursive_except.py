"""loop that swallows every exception

Doubles its work at every level of recursion and catches what stops it.
"""


# %% scale
def scale(x, factor):
    try:
        scale(x, factor)
    except BaseException:
        pass
    finally:
        scale(x, factor)
