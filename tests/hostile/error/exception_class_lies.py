"""exceptions whose __str__ raises

Raises an exception whose class lies about its name, its module and what it is.
"""


# %% scale
class Meta(type):
    @property
    def __name__(cls):
        raise SystemExit(0)

    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True


class Liar(BaseException, metaclass=Meta):
    def __getattribute__(self, name):
        raise KeyboardInterrupt

    def __str__(self):
        return type("Text", (str,), {"__str__": lambda self: self, "__len__": lambda self: -1})("x")


def scale(x, factor):
    raise Liar
