"""The student's side: whatever is asked, and whatever the student's code does then, an answer comes back."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from autograder import wire, worker

ROOT = Path(__file__).parents[2]


class Asked:
    """A worker in a thread of this process is enough to hear its answers; it never gets the filter."""

    def __init__(self) -> None:
        self.channel, self.theirs = socket.socketpair()
        self.channel.settimeout(10)
        self.worker = worker.Worker(self.theirs)

    def ask(self, *request) -> list:
        serving = threading.Thread(target=wire.send, args=(self.channel, list(request)))
        serving.start()
        received = wire.receive(self.theirs)
        serving.join()
        answer = self.worker.answer(received)
        return answer

    def call(self, name, *args, **kwargs) -> list:
        return self.ask("call", name, wire.pack(args), wire.pack(kwargs))


@pytest.fixture
def asked():
    made = Asked()
    with made.channel, made.theirs:
        yield made
    made.worker.session.loop.close()


def test_a_call_gives_a_value(asked):
    assert asked.ask("cell", 1, "def f(x, k=1):\n    return x * k") == ["ran", "ok", "", "", 0]
    kind, packed = asked.call("f", np.ones(2), k=3)
    assert kind == "value"
    np.testing.assert_array_equal(wire.unpack(packed), [3.0, 3.0])


def test_a_name_that_is_missing_is_explained(asked):
    kind, verdict, name, message, _ = asked.call("momentum_step")
    assert (kind, verdict, name) == ("error", "error", "NameError")
    assert "your notebook defines no `momentum_step`" in message


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def f(): raise NotImplementedError", "NotImplementedError"),
        ("def f(): raise SystemExit", "SystemExit"),
        ("def f(x): ...", "TypeError"),
        ("f = 3", "TypeError"),
        ("def f(): raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_whatever_a_call_raises_is_an_answer(asked, source, name):
    asked.ask("cell", 1, source)
    assert asked.call("f")[:3] == ["error", "error", name]


def test_arguments_are_fresh_each_time_and_state_stays_inside(asked):
    asked.ask("cell", 1, "count = 0\ndef f(x):\n    global count\n    count += 1\n    x[0] = 9\n    return count")
    x = np.zeros(2)
    assert [wire.unpack(asked.call("f", x)[1]) for _ in range(3)] == [1, 2, 3]
    np.testing.assert_array_equal(x, 0)


# The whole worker, as a process of its own


def converse(*requests: list) -> list:
    """Start a real worker, filter and all, without a box; returns its answers."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30)
        start = (
            f"import os, sys; os.dup2({theirs.fileno()}, 3); sys.argv = ['w']; import autograder.worker as w; w.main()"
        )
        with subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, pass_fds=[theirs.fileno()]) as process:
            theirs.close()
            answers = [wire.receive(ours)]
            for request in requests:
                wire.send(ours, request)
                answers.append(wire.receive(ours))
            ours.close()
            assert process.wait(timeout=10) == 0
    return answers


def test_a_real_worker_says_it_is_ready_answers_and_leaves_quietly():
    call = ["call", "f", wire.pack(()), wire.pack({})]
    answers = converse(
        ["cell", 1, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nname = input('your name? ')"],
        ["cell", 2, "import asyncio\nawait asyncio.sleep(0)\nprint(__name__, sys.modules['__main__'].sys is sys)"],
        ["cell", 3, "def f(): return bytes(65 * 2**20)"],
        call,
        ["cell", 4, "def f(): return '\\ud800'"],
        call,
        ["cell", 5, "print('\\ud800')\ndef f(): return 1"],
        call,
    )
    assert answers[0] == ["ready"]
    assert answers[1][:3] == ["ran", "error", "out\nerr\nyour name? "] and "EOFError" in answers[1][3]
    assert answers[2] == ["ran", "ok", "__main__ True\n", "", 0]
    assert answers[4][:3] == ["error", "error", "WireError"] and "over the limit" in answers[4][3]
    assert answers[6][:3] == ["error", "error", "WireError"]
    assert answers[7] == ["ran", "ok", "?\n", "", 0]
    assert answers[8] == ["value", ["v", 1]]
