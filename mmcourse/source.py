"""Show the source of a reference implementation in a notebook: what runs is what you read.

>>> from mmcourse.optimization.descent import gradient_step
>>> print(source(gradient_step))
def gradient_step(x: np.ndarray, grad: np.ndarray, lr: float) -> np.ndarray:
    if np.shape(grad) != np.shape(x):
        raise ValueError(
            f"`grad` must have the shape of `x`, {np.shape(x)}, got {np.shape(grad)}: it belongs to other parameters"
        )
    return x - lr * grad
"""

import ast
import inspect
import textwrap
from typing import Any


def source(thing: Any, docstring: bool = False) -> str:
    """Return the source of a function, class or module, without its docstring unless asked for.

    Parameters
    ----------
    thing : function, class or module
        Something written in Python.
    docstring : bool
        Whether to keep the docstring of `thing`; those of its parts stay.

    Returns
    -------
    str
    """
    text = textwrap.dedent(inspect.getsource(thing))
    body = ast.parse(text).body
    node = body[0] if len(body) == 1 and hasattr(body[0], "body") else ast.parse(text)
    first = node.body[0]
    if docstring or ast.get_docstring(node) is None or len(node.body) == 1:
        return text.rstrip("\n")
    lines = text.splitlines()
    return "\n".join(lines[: first.lineno - 1] + lines[first.end_lineno :])


def show_source(*things: Any, docstring: bool = False) -> None:
    """Display the source of functions, classes or modules; front ends colour it as they colour code."""
    from IPython.display import display

    for thing in things:
        text = source(thing, docstring)
        display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)
