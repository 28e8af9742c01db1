"""values that are dear to compare

Answers with a list of one long string and many short ones: as an array, each would take as much as the longest.
"""


# %% scale
def scale(x, factor):
    return ["x" * 4_000_000] + ["y"] * 300
