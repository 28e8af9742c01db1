"""What the tests of tensor fusion share: random parts, and the fused tensor by loops over its entries."""

from itertools import product

import numpy as np


def draw_parts(rng, count, lead=()):
    """Parts of different random sizes, with numbers between 0.2 and 2 in size, of either sign."""
    sizes = rng.permutation([1, 2, 3, 4])[:count]
    shapes = [(*lead, int(size)) for size in sizes]
    return [rng.uniform(0.2, 2.0, size=shape) * rng.choice([-1.0, 1.0], size=shape) for shape in shapes]


def draw_present(rng, batch, count):
    """Which parts of a batch are there: at least one row for each part without it, and one row that has all."""
    present = rng.random((batch, count)) < 0.6
    present[rng.permutation(batch)[:count], np.arange(count)] = False
    present[int(np.argmax(present.sum(axis=1)))] = True
    return np.concatenate([present, ~np.eye(count, dtype=bool)])


def hidden(parts, present):
    """The same parts with nan where they are missing."""
    return [np.where(present[..., m, None], part, np.nan) for m, part in enumerate(parts)]


def without(parts, present):
    """The same parts with 0 where they are missing."""
    return [np.where(present[..., m, None], part, 0.0) for m, part in enumerate(parts)]


def entries(parts, orders=None):
    """For each entry of the flat tensor, its index on each axis; None where that is the 1, or for a dropped entry."""
    ranges = [range(part.shape[-1] + 1) for part in parts]
    for place, index in enumerate(product(*ranges)):
        factors = [(m, i) for m, (i, part) in enumerate(zip(index, parts)) if i < part.shape[-1]]
        yield place, factors if orders is None or len(factors) in orders else None


def fused_by_loops(parts, orders=None):
    """The flat tensor, entry by entry."""
    columns = []
    for _, factors in entries(parts, orders):
        entry = np.ones(parts[0].shape[:-1]) * (factors is not None)
        for m, i in factors or []:
            entry = entry * parts[m][..., i]
        columns.append(entry)
    return np.stack(columns, axis=-1)


def gradients_by_loops(parts, grad, orders=None):
    """The gradient of each part, entry by entry of the tensor."""
    grads = [np.zeros(part.shape) for part in parts]
    for place, factors in entries(parts, orders):
        for m, i in factors or []:
            others = np.ones(parts[0].shape[:-1])
            for other, j in factors:
                others = others * (parts[other][..., j] if other != m else 1.0)
            grads[m][..., i] += grad[..., place] * others
    return grads
