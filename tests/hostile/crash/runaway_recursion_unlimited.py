"""runaway recursion

Takes away the limit of recursion first, and recurses through C code.
"""


# %% scale
def scale(x, factor):
    import sys

    sys.setrecursionlimit(2**31 - 1)

    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")

        def __repr__(self):
            return repr([self])

    return repr(Deep())
