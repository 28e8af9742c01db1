"""The student's side (S): runs the submission's cells, then answers calls of its functions on one socket.

It runs inside the sandbox and has never seen a test. Every request comes from the tests' side (T) and gets one reply:

    ["cell", index, source]                   -> ["ran", status, stdout, error]
    ["call", name, args, kwargs]              -> ["value", value] or ["error", kind, type, message, traceback]

This module travels into the sandbox: numpy, msgspec, the standard library and its neighbours, nothing else.
"""

import os
import socket
import sys

if __name__ == "__main__":  # started by path in the sandbox: what it may import comes as arguments
    sys.path[:0] = sys.argv[1:]

from autograder import seccomp, wire
from autograder.cells import CappedText, Session
from autograder.inert import InertFinder
from autograder.objects import Objects


class Worker:
    """One submission's namespace and its answers. Requests are trusted, replies are not: the other side checks them."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel, self.out, self.session = channel, CappedText(), Session()
        self.objects = Objects(self.session.namespace)

    def serve(self) -> None:
        sys.stdout = sys.stderr = self.out
        sys.modules["__main__"] = self.session.module  # where dataclasses and type hints look their names up
        sys.meta_path.append(InertFinder())
        wire.send(self.channel, ["ready"])
        while True:
            request = wire.receive(self.channel)
            answer = self.answer(request)
            try:
                wire.send(self.channel, answer)
            except wire.Disconnected:
                raise
            except wire.WireError as error:
                wire.send(self.channel, ["error", "error", "WireError", f"the result cannot be sent: {error}", ""])

    def answer(self, request: list) -> list:
        if request[0] == "cell":
            return self.run(*request[1:])
        answer = self.objects.answer(request)
        self.out.take()  # what a graded call prints stays here: it could be a hidden input
        return answer

    def run(self, index: int, source: str) -> list:
        status, failure = self.session.run_cell(index, source)
        return ["ran", status, self.out.take(), failure]


def main() -> None:
    import numpy  # noqa: F401 - warm before the filter, so that a student's first import is quick

    os.environ.clear()
    sys.setrecursionlimit(3000)
    worker = Worker(socket.socket(fileno=3))
    seccomp.deny()
    try:
        worker.serve()
    except wire.Disconnected:
        os._exit(0)


if __name__ == "__main__":
    main()
