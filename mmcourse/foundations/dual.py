"""Forward mode: numbers that carry their derivative along, so that a program differentiates itself while it runs.

A dual number is a value and a slope. Give the input the slope 1, and each result comes with its derivative:

>>> from mmcourse.foundations.elementary import log
>>> x = Dual(1.0, 1.0)
>>> y = x * log(x) + x**3  # its derivative is log x + 1 + 3x²
>>> print(y.value, y.slope)
1.0 4.0
"""

from collections.abc import Callable, Sequence
from typing import Any

from mmcourse.foundations.elementary import DERIVATIVES, apply


class Dual:
    """A number and its slope: a + b ε with ε² = 0.

    Parameters
    ----------
    value : float, or a number of another kind
    slope : the same
        How fast the value changes when the input moves; 0 for a constant.

    Notes
    -----
    Each operation does the sum, product or chain rule on the slopes beside its own work on the values: 2 to 4
    operations in place of one.

    References
    ----------
    Clifford (1873), Preliminary sketch of biquaternions.
    Wengert (1964), A simple automatic derivative evaluation program.
    """

    __array_ufunc__ = None  # numpy's numbers leave the operation to us

    def __init__(self, value: Any, slope: Any = 0.0) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = lift(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        other = lift(other)
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other):
        other = lift(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        other = lift(other)
        ratio = self.value / other.value
        return Dual(ratio, (self.slope - ratio * other.slope) / other.value)

    def __pow__(self, power):
        return Dual(self.value**power, power * self.value ** (power - 1) * self.slope)

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __rsub__(self, other):
        return lift(other) - self

    def __rtruediv__(self, other):
        return lift(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def apply(self, name: str) -> "Dual":
        """Apply an elementary function, with the chain rule: f(a), f'(a) b."""
        value = apply(name, self.value)
        return Dual(value, DERIVATIVES[name](self.value, value) * self.slope)

    def __repr__(self):
        return f"Dual({self.value!r}, {self.slope!r})"


def lift(x: Any) -> Dual:
    """Return a constant as a dual number with slope 0; dual numbers as they are."""
    return x if isinstance(x, Dual) else Dual(x)


def slopes(f: Callable[[list], Any], x: Sequence[float], direction: Sequence[float]) -> Any:
    """Differentiate a program in one direction, in one run: ∂/∂t f(x + t v) at t = 0.

    Parameters
    ----------
    f : function from a list of n numbers to a number, or to a list of m
    x : sequence of n numbers
    direction : sequence of n numbers
        v, the slopes of the inputs.

    Returns
    -------
    A number, or a list of m
        J v for the Jacobian J (m, n): for one output the gradient times v.

    Examples
    --------
    >>> slopes(lambda x: [x[0] * x[1], x[0] + x[1]], [3.0, 4.0], [1.0, 0.0])  # the first column of J
    [4.0, 1.0]
    """
    if len(x) != len(direction):
        raise ValueError(f"`direction` must have one slope for each input, {len(x)}, got {len(direction)}")
    result = f([Dual(value, slope) for value, slope in zip(x, direction)])
    return [lift(one).slope for one in result] if isinstance(result, list) else lift(result).slope


def forward_gradient(f: Callable[[list], Any], x: Sequence[float]) -> list:
    """Differentiate a program in forward mode: one run for each input, with the slope 1 there and 0 elsewhere.

    Parameters
    ----------
    f : function from a list of n numbers to a number, or to a list of m
    x : sequence of n numbers

    Returns
    -------
    list of n
        The gradient of one output; of m outputs the n columns of the Jacobian, lists of m.

    Examples
    --------
    >>> forward_gradient(lambda x: x[0] * x[1] * x[2], [2.0, 3.0, 5.0])
    [15.0, 10.0, 6.0]
    """
    n = len(x)
    return [slopes(f, x, [1.0 if i == j else 0.0 for i in range(n)]) for j in range(n)]
