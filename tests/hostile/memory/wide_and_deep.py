"""deeply nested return values

Answers with a list that holds the same list twice, forty levels deep: 2^40 parts when it is written out.
"""

EXPECT = {"scale": "memory|timeout|crash"}


# %% scale
def scale(x, factor):
    both = [0]
    for _ in range(40):
        both = [both, both]
    return both
