"""The student's names and objects, as the tests reach them: each request is answered by a value or a described error.

This module travels into the sandbox: the standard library and its neighbours, nothing else.
"""

from autograder import wire
from autograder.cells import describe


class Objects:
    """What the tests may use of one submission: the names in its `namespace`."""

    def __init__(self, namespace: dict) -> None:
        self.namespace = namespace

    def answer(self, request: list) -> list:
        """Do what `request` asks; returns ["value", value] or ["error", kind, type, message, traceback]."""
        try:
            return ["value", self.call(*request[1:])]
        except BaseException:  # SystemExit and friends are answers too
            return ["error", *describe()]

    def call(self, name: str, args: list, kwargs: list) -> list:
        if name not in self.namespace:
            raise NameError(f"your notebook defines no `{name}`: was its cell deleted, renamed, or did it fail?")
        return wire.pack(self.namespace[name](*wire.unpack(args), **wire.unpack(kwargs)))
