"""deeply nested return values

Answers with a list in a list in a list, a hundred thousand times, and one that holds itself.
"""


# %% scale
def scale(x, factor):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    own = [1]
    own.append(own)
    return deep if x.ndim == 1 else own
