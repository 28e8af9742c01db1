"""gigantic return values

Answers with a hundred thousand objects of its own, which the tests' side would have to hold.
"""

EXPECT = {"scale": "fail|forbidden|error|timeout"}


# %% scale
class Thing:
    pass


def scale(x, factor):
    return [Thing() for _ in range(100_000)]
