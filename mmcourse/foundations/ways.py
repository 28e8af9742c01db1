"""Four ways to the derivatives of one program, to be compared: numeric, symbolic, forward and reverse.

>>> for name, way in WAYS.items():
...     jacobian = way(product, 4)([1.0, 2.0, 3.0, 4.0])
...     print(f"{name:8}", [round(float(slope), 6) for slope in jacobian[0]])
numeric  [24.0, 12.0, 8.0, 6.0]
symbolic [24.0, 12.0, 8.0, 6.0]
forward  [24.0, 12.0, 8.0, 6.0]
reverse  [24.0, 12.0, 8.0, 6.0]
"""

from collections.abc import Callable, Sequence
from typing import Any

from mmcourse.foundations import elementary
from mmcourse.foundations.counting import Work, count
from mmcourse.foundations.dual import forward_gradient
from mmcourse.foundations.gradients import best_step
from mmcourse.foundations.tape import reverse_gradient

Program = Callable[[list], list]  # n numbers to m numbers
Jacobian = list[list]  # m rows of n numbers


# Programs to differentiate


def product(x: list) -> list:
    """Multiply n numbers: y = x₁ · x₂ ⋯ xₙ, from R^n to R."""
    y = x[0]
    for factor in x[1:]:
        y = y * factor
    return [y]


def powers(m: int) -> Program:
    """Build the curve x, x², ..., x^m, from R to R^m."""

    def curve(x: list) -> list:
        ys = [x[0] * 1.0]
        for _ in range(m - 1):
            ys.append(ys[-1] * x[0])
        return ys

    return curve


def iterated_map(steps: int) -> Program:
    """Build the logistic map, done again and again: x ← 4 x (1 − x), from R to R."""

    def iterate(x: list) -> list:
        y = x[0]
        for _ in range(steps):
            y = 4 * y * (1 - y)
        return [y]

    return iterate


# The four ways. Each takes a program and the number of its inputs, and returns a function from x to the Jacobian.


def numeric(f: Program, n: int) -> Callable[[Sequence], Jacobian]:
    """Differentiate by central differences: 2n runs of the program."""
    h = best_step("central")

    def jacobian(x: Sequence) -> Jacobian:
        columns = []
        for j in range(n):
            right, left = (f([*x[:j], x[j] + step, *x[j + 1 :]]) for step in (h, -h))
            columns.append([(up - down) / (2 * h) for up, down in zip(right, left)])
        return transposed(columns)

    return jacobian


def forward(f: Program, n: int) -> Callable[[Sequence], Jacobian]:
    """Differentiate with dual numbers: n runs, each of which gives a column."""
    return lambda x: transposed(forward_gradient(f, x))


def reverse(f: Program, n: int) -> Callable[[Sequence], Jacobian]:
    """Differentiate with a tape: one run, and m readings, each of which gives a row."""
    return lambda x: reverse_gradient(f, x)


def symbolic(f: Program, n: int, share: bool = False) -> Callable[[Sequence], Jacobian]:
    """Differentiate the formula that the program stands for, with sympy, and make a program of the result.

    Parameters
    ----------
    f : function from a list of n numbers to a list of m
    n : int
    share : bool
        Whether parts that occur more than once are computed once. Otherwise all is computed as it is written.

    Returns
    -------
    function from a list of n numbers to the Jacobian
    """
    import sympy

    symbols, expressions = formulas(f, n)
    names = {name: getattr(elementary, name) for name in elementary.FUNCTIONS}
    flat = sympy.lambdify(symbols, [one for row in expressions for one in row], modules=[names, "math"], cse=share)

    def jacobian(x: Sequence) -> Jacobian:
        values = flat(*x)
        return [values[i : i + n] for i in range(0, len(values), n)]

    return jacobian


def formulas(f: Program, n: int) -> tuple[list, list[list]]:
    """Return the symbols x0 ... and the partial derivatives of a program as expressions of sympy, m rows of n."""
    import sympy

    symbols = list(sympy.symbols(f"x:{n}", real=True))
    return symbols, [[sympy.diff(y, symbol) for symbol in symbols] for y in f(symbols)]


WAYS: dict[str, Callable] = {"numeric": numeric, "symbolic": symbolic, "forward": forward, "reverse": reverse}


def cost(way: Callable, f: Program, x: Sequence[float]) -> Work:
    """Count the operations of one way: all that it computes from the inputs, the program's own work included.

    Examples
    --------
    >>> x = [1.0] * 10
    >>> [cost(way, product, x).total for way in WAYS.values()]  # the product itself takes 9
    [220, 80, 360, 45]
    """
    return count(way(f, len(x)), x)


def transposed(columns: list[list]) -> list[list]:
    """Return n columns of m numbers as m rows of n."""
    return [list(row) for row in zip(*columns)]


def worst_error(found: Jacobian, truth: Any) -> float:
    """Return the largest distance of an entry from the truth, relative to the largest entry of the truth."""
    pairs = [(float(a), float(b)) for row, right in zip(found, truth) for a, b in zip(row, right)]
    return max(abs(a - b) for a, b in pairs) / max(abs(b) for _, b in pairs)
