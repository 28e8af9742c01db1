"""exceptions whose __str__ raises

Raises an exception that cannot be shown, because showing it raises the next.
"""


# %% scale
class Shy(Exception):
    def __str__(self):
        raise Shy

    __repr__ = __str__


def scale(x, factor):
    raise Shy
