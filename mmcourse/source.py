"""Show the source of a reference implementation in a notebook: what runs is what you read.

>>> from mmcourse.optimization.momentum import momentum_step
>>> print(source(momentum_step))
def momentum_step(x, velocity, grad, lr, momentum=0.9):
    require_shape_of_x(x, velocity=velocity, grad=grad)
    velocity = momentum * velocity - lr * grad
    return MomentumState(x + velocity, velocity)
"""

import ast
import inspect
import textwrap
from typing import Any


def source(thing: Any, whole: bool = False) -> str:
    """Return the source of a function, class or module as one reads it on a slide.

    Parameters
    ----------
    thing : function, class or module
        Something written in Python.
    whole : bool
        Whether to keep the docstring, and the types of a function's arguments; the rest is always as it stands.

    Returns
    -------
    str
    """
    text = textwrap.dedent(inspect.getsource(thing)).rstrip("\n")
    node = ast.parse(text)
    if not inspect.ismodule(thing):
        node = node.body[0]
    if whole:
        return text
    lines = text.splitlines()
    first = node.body[0]
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        lines = lines[: first.lineno - 1] + lines[first.end_lineno :]
    if isinstance(node, ast.FunctionDef):
        lines[node.lineno - 1 : first.lineno - 1] = [signature(node)]
    return "\n".join(lines)


def signature(node: ast.FunctionDef) -> str:
    """Return the first line of a function, without types."""
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"def {node.name}({ast.unparse(node.args)}):"


def show_source(*things: Any, whole: bool = False) -> None:
    """Display the source of functions, classes or modules; front ends colour it as they colour code."""
    from IPython.display import display

    for thing in things:
        text = source(thing, whole)
        display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)
