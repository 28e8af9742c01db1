"""Reverse mode, as small as it gets: run the program once and write down each step, then read the list backwards.

>>> from mmcourse.foundations.elementary import log
>>> reverse_gradient(lambda x: x[0] * log(x[0]) + x[0] * x[1], [1.0, 7.0])  # log x + 1 + y, and x
[np.float64(8.0), 1.0]

Numbers only, and one output at a time. The next lecture does the same with arrays and with graphs.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mmcourse.foundations.elementary import DERIVATIVES, apply


class Node:
    """A number that writes on a tape where it comes from: pairs of a place on the tape and a local derivative."""

    __array_ufunc__ = None  # numpy's numbers leave the operation to us

    def __init__(self, tape: list, value: Any, edges: tuple = ()) -> None:
        self.tape, self.value, self.edges, self.place = tape, value, edges, len(tape)
        tape.append(self)

    def record(self, value: Any, *inputs: tuple[Any, Any]) -> "Node":
        """Write a result: its value, and for each input that is on the tape the derivative with respect to it."""
        edges = tuple((node.place, local) for node, local in inputs if isinstance(node, Node))
        return Node(self.tape, value, edges)

    def __add__(self, other):
        return self.record(self.value + plain(other), (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        return self.record(self.value - plain(other), (self, 1.0), (other, -1.0))

    def __rsub__(self, other):
        return self.record(other - self.value, (self, -1.0))

    def __mul__(self, other):
        return self.record(self.value * plain(other), (self, plain(other)), (other, self.value))

    def __truediv__(self, other):
        ratio = self.value / plain(other)
        return self.record(ratio, (self, 1 / plain(other)), (other, -ratio / plain(other)))

    def __rtruediv__(self, other):
        ratio = other / self.value
        return self.record(ratio, (self, -ratio / self.value))

    def __pow__(self, power):
        return self.record(self.value**power, (self, power * self.value ** (power - 1)))

    def __neg__(self):
        return self.record(-self.value, (self, -1.0))

    __radd__, __rmul__ = __add__, __mul__

    def apply(self, name: str) -> "Node":
        """Apply an elementary function; its derivative is computed now, while the values are at hand."""
        value = apply(name, self.value)
        return self.record(value, (self, DERIVATIVES[name](self.value, value)))

    def __repr__(self):
        return f"Node({self.value!r}, from {self.edges!r})"


def plain(x: Any) -> Any:
    """Return the number inside a node; other numbers as they are."""
    return x.value if isinstance(x, Node) else x


def backward(tape: list[Node], output: int = -1) -> list:
    """Read a tape backwards: how much one place on it changes with each of the others.

        ȳ = 1 for the output,    x̄ += ȳ · ∂y/∂x    for each y, the last first, and each x that it was computed from

    Parameters
    ----------
    tape : list of T nodes
    output : int
        The place of the output; the last one when left out.

    Returns
    -------
    list of T numbers
        The derivative of the output with respect to each entry, its *adjoint*.

    Notes
    -----
    When an entry is read, everything that was computed from it stands behind it, and has already been read.

    References
    ----------
    Linnainmaa (1976), Taylor expansion of the accumulated rounding error.
    """
    adjoints = [0.0] * len(tape)
    adjoints[output] = 1.0
    for node in reversed(tape):
        pass_back(node, adjoints)
    return adjoints


def pass_back(node: Node, adjoints: list) -> None:
    """Give each entry that a node was computed from its share of the node's adjoint, in place: they add up."""
    for place, local in node.edges:
        adjoints[place] = adjoints[place] + adjoints[node.place] * local


def reverse_gradient(f: Callable[[list], Any], x: Sequence[float]) -> list:
    """Differentiate a program in reverse mode: one run, and one reading of the tape for each output.

    Parameters
    ----------
    f : function from a list of n numbers to a number, or to a list of m
    x : sequence of n numbers

    Returns
    -------
    list
        The gradient of one output, n numbers; of m outputs the m rows of the Jacobian, lists of n.

    Raises
    ------
    ValueError
        If an output does not depend on the inputs.

    Examples
    --------
    >>> reverse_gradient(lambda x: x[0] * x[1] * x[2], [2.0, 3.0, 5.0])
    [15.0, 10.0, 6.0]
    """
    tape: list[Node] = []
    output = f([Node(tape, value) for value in x])
    rows = [backward(tape, place_of(one))[: len(x)] for one in (output if isinstance(output, list) else [output])]
    return rows if isinstance(output, list) else rows[0]


def place_of(output: Any) -> int:
    """Return the place of an output on its tape, or raise a ValueError when it is not on one."""
    if not isinstance(output, Node):
        raise ValueError(f"`f` must return numbers computed from its inputs, got {output!r}: a constant, or an array?")
    return output.place
