"""Elementary functions for numbers of any kind, and the derivative of each: all the calculus that a machine needs.

The same program can then calculate with floats, with arrays, with symbols, and with numbers that carry more along:

>>> import sympy
>>> [str(sin(x) * x) for x in (0.5, sympy.Symbol("x"))]
['0.2397127693021015', 'x*sin(x)']
"""

from collections.abc import Callable
from typing import Any

import numpy as np

FUNCTIONS: dict[str, Callable] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0.0),
}

# The derivative of each at x, where its value is y: often y is all it takes.
DERIVATIVES: dict[str, Callable] = {
    "exp": lambda x, y: y,
    "log": lambda x, y: 1 / x,
    "sqrt": lambda x, y: 0.5 / y,
    "sin": lambda x, y: cos(x),
    "cos": lambda x, y: -sin(x),
    "tanh": lambda x, y: 1 - y * y,
    "sigmoid": lambda x, y: y * (1 - y),
    "relu": lambda x, y: 1.0 if x > 0 else 0.0,  # at the kink one has to choose: 0, like the libraries
}


def apply(name: str, x: Any) -> Any:
    """Apply an elementary function to a number of any kind.

    Parameters
    ----------
    name : str
        A key of `FUNCTIONS`.
    x : float, array, sympy expression, or an object with a method `apply(name)`
        Such objects say themselves what the function does to what they carry.

    Returns
    -------
    The same kind.

    Raises
    ------
    ValueError
        If there is no such function.

    Examples
    --------
    >>> apply("sqrt", np.array([4.0, 9.0]))
    array([2., 3.])
    """
    if name not in FUNCTIONS:
        raise ValueError(f"no elementary function is called {name!r}: there are {', '.join(FUNCTIONS)}")
    if hasattr(x, "apply"):
        return x.apply(name)
    if hasattr(x, "free_symbols"):
        return symbolic(name, x)
    return FUNCTIONS[name](x)


def symbolic(name: str, x: Any) -> Any:
    """Apply an elementary function to an expression of sympy."""
    import sympy

    own = {"sigmoid": lambda x: 1 / (1 + sympy.exp(-x)), "relu": lambda x: sympy.Max(x, 0)}
    return own.get(name, getattr(sympy, name, None))(x)


def exp(x: Any) -> Any:
    """Return the exponential of a number of any kind."""
    return apply("exp", x)


def log(x: Any) -> Any:
    """Return the natural logarithm of a number of any kind."""
    return apply("log", x)


def sqrt(x: Any) -> Any:
    """Return the square root of a number of any kind."""
    return apply("sqrt", x)


def sin(x: Any) -> Any:
    """Return the sine of a number of any kind."""
    return apply("sin", x)


def cos(x: Any) -> Any:
    """Return the cosine of a number of any kind."""
    return apply("cos", x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent of a number of any kind."""
    return apply("tanh", x)


def sigmoid(x: Any) -> Any:
    """Return the logistic function 1 / (1 + e^-x) of a number of any kind."""
    return apply("sigmoid", x)


def relu(x: Any) -> Any:
    """Return the larger of a number of any kind and 0."""
    return apply("relu", x)
