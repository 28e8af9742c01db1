"""Look into a computation: its graph as plain data, and both passes over it, one step after the other.

>>> recorded = record(product(-2.0))
>>> recorded.names
('x', 'y', 'q = x + y', 'z', 'f = q z')
>>> for step in passes(recorded)[-4:]:
...     print(f"{recorded.names[step.lower]}: {step.incoming:.0f} × {step.local:.0f} = {step.share:.0f}")
q = x + y: 1 × -4 = -4
z: 1 × 3 = 3
x: -4 × 1 = -4
y: -4 × 1 = -4

Nodes here are single numbers, so that a local Jacobian is one derivative, written on its edge. For arrays there is
`local_jacobian`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmcourse.foundations.autodiff import Tensor, exp, topological_order


class Recorded(NamedTuple):
    """A graph of single numbers, as data."""

    names: tuple[str, ...]  # of the N nodes, each after all that it was made from
    values: np.ndarray  # (N,)
    edges: np.ndarray  # (E, 2), numbers of the nodes: from what went in to what came out, as the backward pass goes
    local: np.ndarray  # (E,), ∂(what came out)/∂(what went in)


class Step(NamedTuple):
    """What is known after one step of the two passes, and what has just been done."""

    values: np.ndarray  # (N,), nan where not computed yet
    grads: np.ndarray  # (N,), nan where nothing has arrived yet
    used: np.ndarray  # (E,), the local derivative of each edge that a gradient has come along, else nan
    reached: int  # the last node that was computed
    upper: int = -1  # on the way back, from this node
    lower: int = -1  # to this one
    incoming: float = np.nan  # gradient of the upper one
    local: float = np.nan  # derivative of the upper by the lower one
    share: float = np.nan  # their product, which is added to the gradient of the lower one


def record(output: Tensor) -> Recorded:
    """Record the graph that a number was computed by.

    Parameters
    ----------
    output : Tensor, shape ()
        The end of the graph; every node has the shape (), and a name.

    Returns
    -------
    Recorded

    Raises
    ------
    ValueError
        If a node is not a single number.
    """
    nodes = topological_order(output)
    if any(node.shape != () for node in nodes):
        raise ValueError(f"every node must be a single number, got shapes {sorted({node.shape for node in nodes})}")
    number = {id(node): i for i, node in enumerate(nodes)}
    edges = [(number[id(parent)], number[id(node)]) for node in reversed(nodes) for parent, _ in node.edges]
    local = [pull(np.ones(())) for node in reversed(nodes) for _, pull in node.edges]  # the transpose of one number
    values = np.array([node.value for node in nodes])
    names = tuple(node.name or node.text for node in nodes)
    return Recorded(names, values, np.array(edges, dtype=int).reshape(-1, 2), np.array(local))


def passes(recorded: Recorded) -> list[Step]:
    """Return the states of the forward and the backward pass: one for each node, the start, one for each edge.

    Parameters
    ----------
    recorded : Recorded
        Of N nodes and E edges; the last node is the output.

    Returns
    -------
    list of N + 1 + E steps
        In the last one the gradients are complete.
    """
    last, edges = len(recorded.names) - 1, recorded.edges
    values, grads, used = (np.full(len(x), np.nan) for x in (recorded.names, recorded.names, edges))
    steps = []
    for i, value in enumerate(recorded.values):
        values[i] = value
        steps.append(Step(values.copy(), grads.copy(), used.copy(), reached=i))
    grads[last] = 1.0
    steps.append(Step(values, grads.copy(), used.copy(), last, lower=last, share=1.0))
    for e, ((lower, upper), local) in enumerate(zip(edges, recorded.local)):
        share = grads[upper] * local
        used[e], grads[lower] = local, np.nansum([grads[lower], share])
        steps.append(Step(values, grads.copy(), used.copy(), last, upper, lower, grads[upper], local, share))
    return steps


def say(recorded: Recorded, steps: Sequence[Step]) -> list[str]:
    """Say in a sentence what each step of the two passes has done, with its numbers.

    Examples
    --------
    >>> recorded = record(diamond(2.0))
    >>> print(*say(recorded, passes(recorded))[3:], sep="\\n")
    Up: f = a b = 24.
    Down begins: f gets 1, its derivative by itself.
    Down from f to a: a gets 1 × 6 = 6.
    Down from f to b: b gets 1 × 4 = 4.
    Down from b to x: x gets 4 × 3 = 12.
    Down from a to x: x has 12 already, and gets 6 × 4 = 24. Together 36.
    """
    words = [letter(name) for name in recorded.names]
    made = {int(upper) for _, upper in recorded.edges}
    sentences = []
    for before, step in zip([None, *steps], steps):
        lower, value = words[step.lower], short(step.values[step.reached])
        has = before.grads[step.lower] if before else np.nan
        product = f"{short(step.incoming)} × {short(step.local)} = {short(step.share)}"
        if step.lower < 0:
            given = "" if step.reached in made else " is given"
            sentences.append(f"Up: {recorded.names[step.reached]}{' =' if not given else given + ':'} {value}.")
        elif step.upper < 0:
            sentences.append(f"Down begins: {lower} gets 1, its derivative by itself.")
        elif np.isnan(has):
            sentences.append(f"Down from {words[step.upper]} to {lower}: {lower} gets {product}.")
        else:
            sentences.append(
                f"Down from {words[step.upper]} to {lower}: {lower} has {short(has)} already, and gets {product}. "
                f"Together {short(step.grads[step.lower])}."
            )
    return sentences


def letter(name: str) -> str:
    """Return what stands before the first space of a name: "q" for "q = x + y"."""
    return name.partition(" ")[0]


def short(number: float) -> str:
    """Write a number with three digits, and its minus as wide as a plus.

    >>> short(-1.0875), short(-0.0)
    ('−1.09', '0')
    """
    return f"{number + 0.0:.3g}".replace("-", "−")


def local_jacobian(node: Tensor, number: int) -> np.ndarray:
    """Return the matrix of partial derivatives of a node by one of the tensors that it was made from.

        J[i, j] = ∂ node_i / ∂ x_j

    Parameters
    ----------
    node : Tensor
        With I entries.
    number : int
        Which of the tensors that went in: it has J entries.

    Returns
    -------
    array, shape (I, J)

    Notes
    -----
    `backward` never builds it. An edge turns g into Jᵀ g; asked for each unit vector, it gives the rows of J.

    Examples
    --------
    >>> x = Tensor([2.0, 3.0])
    >>> local_jacobian(x * x, 0) + local_jacobian(x * x, 1)  # both factors are x
    array([[4., 0.],
           [0., 6.]])
    """
    parent, pull = node.edges[number]
    size = node.value.size
    rows = [pull(unit.reshape(node.shape)) for unit in np.eye(size)]
    return np.array(rows).reshape(size, parent.value.size)


# Four graphs to walk through. Each is a function of its first input; the others are fixed.


def named(tensor: Tensor, name: str) -> Tensor:
    """Give a tensor a name, and return it."""
    tensor.name = name
    return tensor


def product(x: float) -> Tensor:
    """Return f = (x + y) z at y = 5, z = −4."""
    x, y, z = Tensor(x, name="x"), Tensor(5.0, name="y"), Tensor(-4.0, name="z")
    q = named(x + y, "q = x + y")
    return named(q * z, "f = q z")


def diamond(x: float) -> Tensor:
    """Return f = x² · 3x: two paths from x to f."""
    x = Tensor(x, name="x")
    a, b = named(x**2, "a = x²"), named(3 * x, "b = 3x")
    return named(a * b, "f = a b")


def sigmoid_unit(w: float) -> Tensor:
    """Return f = 1 / (1 + exp(−(w x + b))) at x = 1.5, b = 2, in its smallest steps."""
    w, x, b = Tensor(w, name="w"), Tensor(1.5, name="x"), Tensor(2.0, name="b")
    p = named(w * x, "p = w x")
    u = named(p + b, "u = p + b")
    e = named(exp(named(-u, "n = −u")), "e = exp n")
    return named(1 / named(1 + e, "d = 1 + e"), "f = 1/d")


def prelu(u: Tensor, slope: Tensor) -> Tensor:
    """Return u where it is positive, and slope · u where it is not: two inputs, two local derivatives."""
    a, s = u.value, slope.value
    on, off = a > 0, a <= 0
    edges = [(u, lambda g: g * (on + off * s)), (slope, lambda g: g * off * a)]
    return Tensor(a * (on + off * s), edges, "prelu({}, {})")


def regularized_prelu(w: float) -> Tensor:
    """Return L = (prelu(w x + b, s) − t)² + 0.1 w² at x = 1, b = 0.5, s = 0.25, t = 1: one layer and its penalty."""
    w, x, b = Tensor(w, name="w"), Tensor(1.0, name="x"), Tensor(0.5, name="b")
    s, t = Tensor(0.25, name="s"), Tensor(1.0, name="t")
    u = named(named(x * w, "p = w x") + b, "u = p + b")  # x first, so that w is the last to get a share
    d = named(named(prelu(u, s), "h = prelu") - t, "d = h − t")
    penalty = named(0.1 * named(w**2, "v = w²"), "R = 0.1 v")
    return named(named(d**2, "E = d²") + penalty, "L = E + R")


# Where their nodes stand on a sheet, by the first word of the name: inputs below, the output on top.
PLACES: Mapping[Callable[[float], Tensor], Mapping[str, tuple[float, float]]] = {
    product: {"x": (0, 0), "y": (1, 0), "q": (0.5, 1), "z": (1.5, 1), "f": (1, 2)},
    diamond: {"x": (1, 0), "a": (0, 1), "b": (2, 1), "f": (1, 2)},
    sigmoid_unit: {"w": (2, 0), "x": (1, 0), "p": (1, 1), "b": (0, 1), "u": (1, 2), "n": (1, 3), "e": (1, 4),
                   "d": (1, 5), "f": (1, 6)},
    regularized_prelu: {"x": (1, 0), "w": (2.2, 0), "p": (1, 1), "b": (0, 1), "u": (1, 2), "s": (0, 2), "h": (1, 3),
                        "t": (0, 3), "d": (1, 4), "E": (1, 5), "v": (2.6, 2.5), "R": (2.6, 4.5), "L": (1.3, 6)},
}  # fmt: skip


class Sheet(NamedTuple):
    """All states of a walk through one graph: X inputs, S steps, N nodes, E edges."""

    names: tuple[str, ...]
    places: np.ndarray  # (N, 2)
    edges: np.ndarray  # (E, 2)
    values: np.ndarray  # (X, S, N), nan where not computed yet
    grads: np.ndarray  # (X, S, N), nan where nothing has arrived yet
    used: np.ndarray  # (X, S, E), nan where no gradient has come along
    said: np.ndarray  # (X, S), a sentence for each


def sheet(graph: Callable[[float], Tensor], inputs: np.ndarray) -> Sheet:
    """Run both passes over a graph, for many values of its first input.

    Parameters
    ----------
    graph : function in PLACES
    inputs : array, shape (X,)
        What the first input can be.

    Returns
    -------
    Sheet

    Examples
    --------
    >>> print(sheet(product, np.array([-2.0])).said[0, -1])
    Down from q to y: y gets −4 × 1 = −4.
    """
    records = [record(graph(x)) for x in inputs]
    runs = [passes(recorded) for recorded in records]
    values, grads, used = (np.array([[step[field] for step in steps] for steps in runs]) for field in range(3))
    said = np.array([say(recorded, steps) for recorded, steps in zip(records, runs)])
    first = records[0]
    places = np.array([PLACES[graph][letter(name)] for name in first.names], dtype=float)
    return Sheet(first.names, places, first.edges, values, grads, used, said)
