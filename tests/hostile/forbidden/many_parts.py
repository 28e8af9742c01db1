"""gigantic return values

Answers with a list of 750,000 numbers: small on the wire, large in memory.
"""

EXPECT = {"scale": "forbidden|fail|timeout"}


# %% scale
def scale(x, factor):
    return [0] * 750_000
