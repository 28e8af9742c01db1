"""Automatic differentiation: write a formula with tensors, call `backward`, and read the derivative of every input.

>>> x, y, z = Tensor(-2.0, name="x"), Tensor(5.0, name="y"), Tensor(-4.0, name="z")
>>> f = (x + y) * z
>>> f.backward()
>>> x
Tensor x = -2.0, gradient -4.0
>>> f
Tensor 3.0 * z = -12.0, gradient 1.0

Every operation does two things at once: it computes its value, and it writes down, for each tensor that went in, how an
incoming gradient is turned into that tensor's share of it. That is all `backward` needs. Plain numbers and arrays may
stand in formulas too: they are data, and nothing is differentiated by them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Edge = tuple["Tensor", Callable[[np.ndarray], np.ndarray]]  # a tensor that went in, and how it is handed its share


class Tensor:
    """An array that remembers how it was made.

    Parameters
    ----------
    value : array or number, any shape
        Kept as float64; not copied where it is one already.
    edges : sequence of (Tensor, function)
        One for each tensor that this one was computed from. The function is the transposed local Jacobian: it takes
        ∂L/∂(this), in the shape of this tensor, and returns ∂L/∂(that one) as far as it comes along this edge.
    text : str
        How it was made, with {} for what went in: "{} * {}".
    name : str
        What `repr` calls it.

    Attributes
    ----------
    grad : array of the shape of `value`, or None before `backward`
        ∂L/∂(this), where L is the tensor whose `backward` was called last.
    """

    __array_ufunc__ = None  # array * tensor is ours to compute, not numpy's

    def __init__(self, value: Any, edges: Sequence[Edge] = (), text: str = "", name: str = ""):
        self.value = np.asarray(value, dtype=float)
        self.edges = tuple((parent, pull) for parent, pull in edges if isinstance(parent, Tensor))
        self.text = text and text.format(*(label(parent) for parent, _ in edges))
        self.name = name
        self.grad = None

    def __repr__(self) -> str:
        left = " ".join(word for word in (self.name, self.text and self.name and "=", self.text) if word)
        made = (left + " = " if left else "") + brief(self.value)
        return f"Tensor {made}, " + ("no gradient yet" if self.grad is None else f"gradient {brief(self.grad)}")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    # Arithmetic, number by number. Shapes that broadcast may be mixed: `backward` sums over what was repeated.

    def __add__(self, other):
        a, b = both(self, other, "+")
        return Tensor(a + b, [(self, lambda g: g), (other, lambda g: g)], "{} + {}")

    def __mul__(self, other):
        a, b = both(self, other, "*")
        return Tensor(a * b, [(self, lambda g: g * b), (other, lambda g: g * a)], "{} * {}")

    def __sub__(self, other):
        a, b = both(self, other, "-")
        return Tensor(a - b, [(self, lambda g: g), (other, lambda g: -g)], "{} - {}")

    def __truediv__(self, other):
        a, b = both(self, other, "/")
        return Tensor(a / b, [(self, lambda g: g / b), (other, lambda g: -g * a / b**2)], "{} / {}")

    def __pow__(self, power):
        a, n = self.value, float(power)  # a constant power
        return Tensor(a**n, [(self, lambda g: g * n * a ** (n - 1))], f"{{}}**{power}")

    def __neg__(self):
        return Tensor(-self.value, [(self, lambda g: -g)], "-{}")

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Tensor.__sub__(other, self)

    def __rtruediv__(self, other):
        return Tensor.__truediv__(other, self)

    # Matrices. G is ∂L/∂(A @ B), shape (..., M, N); Gᵀ would not even fit.

    def __matmul__(self, other):
        A, B = matrices(self, other)  # (..., M, K) and (..., K, N)
        edges = [(self, lambda G: G @ B.swapaxes(-1, -2)), (other, lambda G: A.swapaxes(-1, -2) @ G)]
        return Tensor(A @ B, edges, "{} @ {}")

    def __rmatmul__(self, other):
        return Tensor.__matmul__(other, self)

    # Sums, and views of the same numbers.

    def sum(self, axis=None, keepdims=False):
        shape, total = self.shape, self.value.sum(axis=axis, keepdims=keepdims)
        whole = self.value.sum(axis=axis, keepdims=True).shape  # the shape from which a gradient spreads out again
        return Tensor(total, [(self, lambda g: np.broadcast_to(g.reshape(whole), shape))], "sum({})")

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis, keepdims)
        return total * (total.value.size / self.value.size)

    def reshape(self, *shape):
        old = self.shape
        return Tensor(self.value.reshape(*shape), [(self, lambda g: g.reshape(old))], "reshape({})")

    @property
    def T(self):
        return Tensor(self.value.swapaxes(-1, -2), [(self, lambda g: g.swapaxes(-1, -2))], "{}.T")

    def __getitem__(self, index):
        def spread(g):
            grad = np.zeros(self.shape)
            np.add.at(grad, index, g)  # an element that was picked twice gets both shares
            return grad

        return Tensor(self.value[index], [(self, spread)], "{}[...]")

    def backward(self, incoming: Any = None) -> None:
        """Compute the gradient of this tensor by every tensor it was made from, and leave it in their `grad`.

            ∂L/∂x = Σ over all uses h of x:  (∂h/∂x)ᵀ ∂L/∂h

        Parameters
        ----------
        incoming : array of the shape of this tensor, optional
            ∂L/∂(this), if this tensor is not itself the loss L. Left out, this tensor must be one number, and the
            gradient that comes in is 1.

        Raises
        ------
        ValueError
            If nothing comes in and this tensor is not one number, or if what comes in has another shape.

        Notes
        -----
        Every node is visited once, after all nodes that use it, so its gradient is complete when it is handed on. Each
        call starts from zero; PyTorch adds to what is there until it is told to forget it.
        """
        incoming = self._incoming(incoming)
        nodes = topological_order(self)
        for node in nodes:
            node.grad = np.zeros(node.shape)
        self.grad = incoming
        for node in reversed(nodes):
            for parent, pull in node.edges:
                parent.grad = parent.grad + unbroadcast(pull(node.grad), parent.shape)

    def _incoming(self, given: Any) -> np.ndarray:
        if given is None and self.value.size != 1:
            raise ValueError(
                f"`backward` starts from one number, the loss, but this tensor has shape {self.shape}: take its sum "
                "or mean first, or say which gradient comes in"
            )
        incoming = np.ones(self.shape) if given is None else np.asarray(given, dtype=float)
        if incoming.shape != self.shape:
            raise ValueError(f"`incoming` must have the tensor's shape {self.shape}, got {incoming.shape}: transposed?")
        return incoming


def topological_order(output: Tensor) -> list[Tensor]:
    """Return every tensor that `output` was made from, and itself, each after all that it was made from.

    Examples
    --------
    >>> x = Tensor(3.0, name="x")
    >>> [node.text or node.name for node in topological_order((x + 1) * x)]
    ['x', 'x + 1.0', '4.0 * x']

    Notes
    -----
    Depth first, with a stack of our own: a chain of a million operations would be too deep for Python's.
    """
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))  # comes back when everything above it on the stack is done
            stack.extend((parent, False) for parent, _ in reversed(node.edges))
    return order


def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient over every axis along which numpy repeated the array it belongs to.

    Parameters
    ----------
    grad : array
        In the shape of the result, to which `shape` was broadcast.
    shape : tuple of int
        What the array had before.

    Returns
    -------
    array, shape `shape`

    Examples
    --------
    >>> unbroadcast(np.ones((32, 10)), (10,))  # a bias: used once in each of 32 rows
    array([32., 32., 32., 32., 32., 32., 32., 32., 32., 32.])
    >>> unbroadcast(np.ones((32, 10)), (32, 1)).shape
    (32, 1)
    """
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))  # axes that numpy put in front
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=stretched, keepdims=True)


# Functions of one tensor, number by number: a value, and a local derivative computed from the same numbers.


def exp(x: Tensor) -> Tensor:
    """Return eˣ; its derivative is its value."""
    y = np.exp(x.value)
    return Tensor(y, [(x, lambda g: g * y)], "exp({})")


def log(x: Tensor) -> Tensor:
    """Return the natural logarithm; its derivative is 1/x."""
    a = x.value
    return Tensor(np.log(a), [(x, lambda g: g / a)], "log({})")


# What `repr` and errors need


def both(left: Any, right: Any, sign: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of two operands, or say why their shapes do not go together."""
    a, b = plain(left), plain(right)
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ValueError(
            f"`{sign}` needs shapes that broadcast, got {a.shape} and {b.shape}: counted from the right, each pair of "
            "sizes must be equal or have a 1; one number for each row is a column, shape (rows, 1)"
        ) from None
    return a, b


def matrices(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of two factors of a matrix product, or say why they have none."""
    A, B = plain(left), plain(right)
    if A.ndim < 2 or B.ndim < 2:
        raise ValueError(f"`@` needs matrices, got shapes {A.shape} and {B.shape}: make a vector a row or a column")
    if A.shape[-1] != B.shape[-2]:
        raise ValueError(
            f"`@` needs as many columns on the left as rows on the right, got {A.shape} @ {B.shape}: "
            f"{A.shape[-1]} is not {B.shape[-2]}; transposed?"
        )
    return A, B


def plain(thing: Any) -> np.ndarray:
    """Return the numbers of a tensor, an array or a number."""
    return thing.value if isinstance(thing, Tensor) else np.asarray(thing, dtype=float)


def label(thing: Any) -> str:
    """Return what an operand is called in the text of its result: its name, or what is known of it."""
    return thing.name if isinstance(thing, Tensor) and thing.name else brief(plain(thing))


def brief(array: np.ndarray) -> str:
    """Return one number as a number, and an array as its shape."""
    return str(round(float(array.item()), 6)) if array.ndim == 0 else str(array.shape)
