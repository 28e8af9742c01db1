"""Visible checks: declare them in a few lines of Python, build the data file that students receive.

A hidden folder's `checks.py` declares, for each question, which calls to make on the answer and which results to look at:

>>> QUESTIONS = {
...     "halve": Question(
...         hints=["What is a half of 3?", "Look at the operator: // or /?"],
...         checks=[
...             Check("once", [call("first", 3.0)]),
...             Check("twice in a row", [call("first", 3.0), call("second", Ref("first"))], expect=["second"]),
...         ],
...     )
... }
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


class Ref:
    """The result of an earlier step, or a part of it: `Ref("first", 1, "w")` is `first[1]["w"]`.

    The answer receives a copy of it, so an answer that works in place changes nothing that is looked at later.
    """

    def __init__(self, step: str, *path: str | int) -> None:
        self.step, self.path = step, path

    def __repr__(self) -> str:
        return self.step + "".join(f"[{key!r}]" for key in self.path)


@dataclass(frozen=True)
class Rng:
    """A numpy Generator as an argument, made afresh from its seed for each call."""

    seed: int


@dataclass(frozen=True)
class Call:
    """Call the answer (`target` None), or an earlier result, or a method of it."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    target: Ref | None = None
    method: str | None = None

    def on(self, step: str | Ref, method: str | None = None) -> "Call":
        """Return the same call made on an earlier result: `call("out", x).on("model", "forward")`."""
        target = step if isinstance(step, Ref) else Ref(step)
        return Call(self.name, self.args, self.kwargs, target, method)


@dataclass(frozen=True)
class Get:
    """Read an attribute of an earlier result."""

    name: str
    target: Ref
    attribute: str


@dataclass(frozen=True)
class Repeat:
    """Do steps several times; the result is the list of what `collect` refers to after each round."""

    name: str
    times: int
    steps: tuple["Step", ...]
    collect: Ref


Step = Call | Get | Repeat


def call(name: str, /, *args: Any, **kwargs: Any) -> Call:
    """Call the answer with these arguments and keep the result as `name`."""
    return Call(name, args, kwargs)


def get(name: str, target: Ref | str, attribute: str) -> Get:
    """Keep an attribute of an earlier result as `name`."""
    return Get(name, target if isinstance(target, Ref) else Ref(target), attribute)


def repeat(name: str, times: int, *steps: Step, collect: Ref | None = None) -> Repeat:
    """Do the steps `times` times and keep, as `name`, the list of what each round gave.

    Inside, a `Ref` to a name of the same loop means the latest value, so give that name a value before the loop:

        call("state", params, grads), repeat("path", 20, call("state", Ref("state", 0), grads, Ref("state", 1)))

    `collect` says what to keep of each round; without it, the result of the last step.
    """
    if not steps:
        raise ValueError(f"repeat {name!r} has no steps")
    return Repeat(name, times, steps, collect or Ref(steps[-1].name))


@dataclass(frozen=True)
class Check:
    """One line of the verdict: a name in plain words, the steps, which results to look at, and how to compare them.

    `expect` lists names of steps or `Ref`s (default: the results of all steps in order); the name "answer" is the answer
    itself, so a check without steps compares a plain value. `compare` is one of mmcourse.comparators.COMPARATORS, and
    `options` are its keyword arguments (for example `{"rtol": 1e-6}`).
    """

    name: str
    steps: Sequence[Step]
    expect: Sequence[str | Ref] | None = None
    compare: str = "close"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """The visible checks of one question, and its hints, from gentle to plain.

    `parts` names the items of a tuple that the answer returns, so that messages can say `params['w']` for `[0]['w']`.
    `unseen` lists known mistakes that these checks cannot see, on purpose; every other mistake must fail a check.
    """

    hints: Sequence[str]
    checks: Sequence[Check]
    parts: Sequence[str] = ()
    unseen: Sequence[str] = ()
