"""C-level hang

A regular expression that backtracks for years.
"""


# %% scale
def scale(x, factor):
    import re

    return re.match(r"(a|a|aa)+$", "a" * 60 + "b")
