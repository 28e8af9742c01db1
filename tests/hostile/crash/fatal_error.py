"""abort

Breaks the interpreter itself: bytecode that is none, and a None whose count of references is gone.
"""


# %% scale
def scale(x, factor):
    def victim():
        return x

    victim.__code__ = victim.__code__.replace(co_code=b"\xff\xff" * 8, co_stacksize=0)
    return victim()
