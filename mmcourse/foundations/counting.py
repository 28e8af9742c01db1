"""Count the arithmetic of a program, whatever the program does: its numbers keep the tally themselves.

>>> from mmcourse.foundations.elementary import sin
>>> count(lambda x: x[0] * x[1] + sin(x[0]), [2.0, 3.0])
Work(additions=1, multiplications=1, functions=1)
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mmcourse.foundations.elementary import apply


class Work(NamedTuple):
    """What a program has computed, by kind."""

    additions: int  # and subtractions, and changes of sign
    multiplications: int  # and divisions
    functions: int  # sines, exponentials, powers, ...

    @property
    def total(self) -> int:
        """All operations, each counted as one."""
        return sum(self)


class Counted:
    """A float that notes in a shared tally each operation it takes part in."""

    __array_ufunc__ = None  # numpy's numbers leave the operation to us

    def __init__(self, value: float, tally: dict[str, int]) -> None:
        self.value, self.tally = value, tally

    def note(self, kind: str, value: float) -> "Counted":
        """Add one operation to the tally and return its result."""
        self.tally[kind] += 1
        return Counted(value, self.tally)

    def __add__(self, other):
        return self.note("additions", self.value + plain(other))

    def __sub__(self, other):
        return self.note("additions", self.value - plain(other))

    def __rsub__(self, other):
        return self.note("additions", plain(other) - self.value)

    def __neg__(self):
        return self.note("additions", -self.value)

    def __mul__(self, other):
        return self.note("multiplications", self.value * plain(other))

    def __truediv__(self, other):
        return self.note("multiplications", self.value / plain(other))

    def __rtruediv__(self, other):
        return self.note("multiplications", plain(other) / self.value)

    def __pow__(self, other):
        return self.note("functions", self.value ** plain(other))

    __radd__, __rmul__ = __add__, __mul__

    def apply(self, name: str) -> "Counted":
        """Apply an elementary function: one operation."""
        return self.note("functions", apply(name, self.value))

    def __gt__(self, other):
        return self.value > plain(other)

    def __lt__(self, other):
        return self.value < plain(other)

    def __repr__(self):
        return f"Counted({self.value!r})"


def plain(x: Any) -> float:
    """Return the float inside a counted number; other numbers as they are."""
    return x.value if isinstance(x, Counted) else x


def count(program: Callable[[list], Any], x: Sequence[float]) -> Work:
    """Run a program on numbers that keep a tally.

    Parameters
    ----------
    program : function of a list of numbers
        May use + - * / ** and the functions of `mmcourse.foundations.elementary`, and may differentiate something.
    x : sequence of float, length n
        Its input.

    Returns
    -------
    Work
        Operations between two constants of the program are not seen: no input takes part in them.

    Examples
    --------
    >>> count(lambda x: sum(number**2 for number in x), [1.0] * 5)  # sum begins with 0 + ...
    Work(additions=5, multiplications=0, functions=5)
    """
    tally = dict.fromkeys(Work._fields, 0)
    program([Counted(float(value), tally) for value in x])
    return Work(**tally)
