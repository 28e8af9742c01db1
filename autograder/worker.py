"""The student's side (S): runs the submission's cells, then answers calls of its functions on one socket.

It runs inside the sandbox and has never seen a test. Every request comes from the tests' side (T) and gets one reply:

    ["cell", index, source]                   -> ["ran", status, stdout, error, figures]
    ["pictures"]                              -> ["pictures", [png, ...]]    of the figures that wait
    ["call", name, args, kwargs], and others  -> ["value", node] or ["error", kind, type, message, traceback]
                                                 (objects.py has the list)

While it works on such a request it may call a function that came along, ["back", number, args, kwargs]. T answers
["gave", node] or ["refused", code], and may first make requests of its own.

This module travels into the sandbox: numpy, msgspec, the standard library and its neighbours, nothing else.
"""

import importlib
import os
import random
import socket
import sys

from autograder import seccomp, wire
from autograder.cells import CappedText, Session, draw_figures, end_figures
from autograder.inert import InertFinder
from autograder.objects import Objects
from autograder.zygote import CHANNEL_FD


class Worker:
    """One submission's namespace and its answers. Requests are trusted, replies are not: the other side checks them."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel, self.out, self.session = channel, CappedText(), Session()
        self.objects = Objects(self.session.namespace, self.back)

    def serve(self) -> None:
        sys.stdout = sys.stderr = self.out
        sys.modules["__main__"] = self.session.module  # where dataclasses and type hints look their names up
        sys.meta_path.append(InertFinder())
        wire.send(self.channel, ["ready"])
        while True:
            self.reply(wire.receive(self.channel))

    def reply(self, request: list) -> None:
        if request[0] == "drop":
            self.objects.drop(request[1])
            return
        answer = self.answer(request)
        try:
            wire.send(self.channel, answer)
        except wire.Disconnected:
            raise
        except wire.WireError as error:
            wire.send(self.channel, ["error", "error", "WireError", f"the result cannot be sent: {error}", ""])

    def back(self, number: int, args: list, kwargs: list) -> list:
        """Call a function of the tests; until they answer, they may call here in turn."""
        wire.send(self.channel, ["back", number, args, kwargs])
        while (message := wire.receive(self.channel))[0] not in ("gave", "refused"):
            self.reply(message)
        return message

    def answer(self, request: list) -> list:
        if request[0] == "cell":
            return self.run(*request[1:])
        if request[0] == "pictures":
            return ["pictures", draw_figures()]
        answer = self.objects.answer(request)
        self.out.take()  # what a graded call prints stays here: it could be a hidden input
        return answer

    def run(self, index: int, source: str) -> list:
        status, failure = self.session.run_cell(index, source)
        return ["ran", status, self.out.take(), failure, end_figures()]


def warm_up(modules: list[str]) -> None:
    """In the zygote: import what takes long, so that a submission's own imports are quick."""
    sys.setrecursionlimit(3000)
    for name in modules:
        importlib.import_module(name)
    seed()


def seed() -> None:
    """Begin every submission alike: code that draws random numbers without a seed gives the same ones each time."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


def main(tier: int = 2) -> None:
    """Become the worker of one submission: the last step before any code of the student's is here."""
    os.environ.clear()
    random.seed(0)  # Python draws a seed of its own in each fork; numpy and torch do not
    worker = Worker(socket.socket(fileno=CHANNEL_FD))
    seccomp.deny(tier)
    try:
        worker.serve()
    except wire.Disconnected:
        os._exit(0)
