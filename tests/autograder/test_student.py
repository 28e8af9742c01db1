"""A submission as the tests reach it: what a student's code does to its process costs one call or one cell, no more."""

import dataclasses
import os
import socket
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import sandbox
from autograder.process import Clocks, Process, processor
from autograder.student import Submission
from autograder.testing import StudentError

QUICK = Clocks(cell=1.5, call=0.3, test=0.5, wall=20.0)  # a busy machine may take seconds to start a process
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="processor time of another process is read from Linux's /proc"
)


class Launcher:
    """Does what a supervisor does for a judge, in this process, and remembers what was reported."""

    def __init__(self, folder: Path) -> None:
        box = sandbox.make_box(sandbox.probe()[0], str(folder), sandbox.distribution_roots(("numpy", "msgspec")))
        self.zygote, self.running = sandbox.launch(box), {}
        self.started, self.cells = 0, []

    def spawn(self, packages):
        started = self.zygote.fork()
        self.running[started.pid] = started
        self.started += 1
        return started.pid, started.channel

    def kill(self, pid):
        self.running.pop(pid).kill()

    def report(self, kind, record):
        assert kind == "cell"
        self.cells.append((record["index"], record["status"]))
        self.last = record


@pytest.fixture(scope="module")
def _launcher(tmp_path_factory):
    made = Launcher(tmp_path_factory.mktemp("box"))
    with made.zygote:
        yield made


@pytest.fixture
def launcher(_launcher):
    made = _launcher
    made.started, made.cells = 0, []
    yield made
    assert made.running == {}, "a process was not given back"


@pytest.fixture
def submit(launcher):
    """submit(*cells) is a submission of these cells, on quick clocks."""
    made = []

    def submit(*cells: str, clocks: Clocks = QUICK) -> Submission:
        made.append(Submission(launcher, list(enumerate(cells)), ("numpy",), clocks))
        return made[-1]

    yield submit
    for submission in made:
        submission.end()


def impatient(submission: Submission) -> Submission:
    """The same, started, and from now on with less than a second of patience."""
    submission.warm_up()
    submission.process.clocks = dataclasses.replace(submission.clocks, wall=0.7)
    return submission


def failure(submission: Submission, name: str, *args) -> StudentError:
    submission.start_test()
    with pytest.raises(StudentError) as caught:
        submission.call(name, args, {})
    return caught.value


def test_values_errors_and_cells_of_an_honest_submission(submit, launcher):
    submission = submit(
        "import numpy as np\nprint('hi')", "def double(x, k=2):\n    return [k * x]", "1 / 0", "def no(): int('x')"
    )
    submission.warm_up()
    assert launcher.cells == [(0, "ok"), (1, "ok"), (2, "error"), (3, "ok")]
    np.testing.assert_array_equal(submission.call("double", (np.arange(3.0),), {"k": 3})[0], [0, 3, 6])
    error = failure(submission, "no")
    assert (error.kind, error.type_name) == ("error", "ValueError") and "line 1, in no" in error.traceback
    assert "defines no `other`" in failure(submission, "other").message
    assert launcher.started == 1 and len(launcher.cells) == 4


def test_cells_report_their_output_and_their_traceback(submit, launcher):
    submit("print('some text')").warm_up()
    assert launcher.last == {"index": 0, "status": "ok", "stdout": "some text\n", "error": "", "images": []}
    submit("print('before')\nraise ValueError('no')").warm_up()
    assert launcher.last["stdout"] == "before\n" and launcher.last["error"].endswith("ValueError: no")


# Dying


@pytest.mark.hostile
def test_os_exit_in_a_cell_costs_that_cell_only(submit, launcher):
    submission = submit("a = 1", "import os\nos._exit(0)", "def f(): return a")
    assert submission.call("f", (), {}) == 1
    assert launcher.cells == [(0, "ok"), (1, "error"), (2, "ok")]
    assert launcher.started == 2


@pytest.mark.hostile
@pytest.mark.parametrize(
    "death",
    [
        "import os\n    os._exit(0)",
        "import ctypes\n    ctypes.string_at(0)",
        "import os\n    os.close(3)\n    return 1",
    ],
    ids=["os._exit", "segfault", "closed socket"],
)
def test_a_death_in_a_call_costs_that_call_and_the_next_gets_a_fresh_process(submit, launcher, death):
    submission = submit(
        "calls = 0", f"def die():\n    {death}", "def f():\n    global calls\n    calls += 1\n    return calls"
    )
    assert [submission.call("f", (), {}) for _ in range(2)] == [1, 2]
    assert failure(submission, "die").kind == "crash"
    assert submission.call("f", (), {}) == 1  # in a process of its own
    assert launcher.started == 2
    assert len(launcher.cells) == 3  # each is reported once


@pytest.mark.hostile
def test_a_submission_has_only_so_many_processes(submit, launcher):
    submission = submit("import os\ndef die(): os._exit(1)", clocks=Clocks(processes=2))
    kinds = [failure(submission, "die") for _ in range(4)]
    assert [error.kind for error in kinds] == ["crash"] * 4
    assert "2 processes died" in kinds[-1].message
    assert launcher.started == 2


# Clocks


@linux
@pytest.mark.hostile
def test_an_endless_loop_is_out_of_time_by_its_work(submit, launcher):
    submission = submit("def spin():\n    while True: ...", "def f(): return 1")
    started = time.monotonic()
    assert failure(submission, "spin").kind == "timeout"
    assert time.monotonic() - started < 15  # not the 20 s of waiting
    assert submission.call("f", (), {}) == 1


@pytest.mark.hostile
def test_a_loop_that_swallows_everything_is_ended_all_the_same(submit):
    swallow = (
        "def spin():\n    while True:\n        try:\n            while True: ...\n        except BaseException: pass"
    )
    assert failure(submit(swallow), "spin").kind == "timeout"


@pytest.mark.hostile
def test_a_loop_inside_c_is_ended_too(submit):
    assert failure(submit("def spin(): return 7 ** (10 ** 9)"), "spin").kind in ("timeout", "memory")


@pytest.mark.hostile
def test_sleeping_is_out_of_time_by_the_clock_on_the_wall(submit):
    submission = impatient(submit("import time\ndef doze(): time.sleep(1000)"))
    started = time.monotonic()
    error = failure(submission, "doze")
    assert error.kind == "timeout" and "waiting" in error.message
    assert 0.7 <= time.monotonic() - started < 10


@linux
@pytest.mark.hostile
def test_a_function_that_was_out_of_time_twice_is_not_called_again(submit, launcher):
    submission = submit("def spin():\n    while True: ...", "def f(): return 1")
    assert [failure(submission, "spin").kind for _ in range(2)] == ["timeout"] * 2
    started = time.monotonic()
    assert "not called again" in failure(submission, "spin").message
    assert time.monotonic() - started < 0.5
    assert submission.call("f", (), {}) == 1


@linux
def test_the_calls_of_one_test_share_its_time_and_the_next_test_starts_anew(submit):
    work = "def work(seconds):\n    end = time.process_time() + seconds\n    while time.process_time() < end: ..."
    submission = submit("import time", work, clocks=dataclasses.replace(QUICK, call=0.5, test=0.6))
    submission.start_test()
    submission.call("work", (0.35,), {})
    with pytest.raises(StudentError, match="timeout"):
        for _ in range(3):
            submission.call("work", (0.35,), {})
    submission.start_test()
    assert submission.call("work", (0.35,), {}) is None


@linux
@pytest.mark.hostile
def test_a_cell_without_an_end_costs_that_cell_only(submit, launcher):
    submission = submit("a = 1", "while True: ...", "def f(): return a")
    assert submission.call("f", (), {}) == 1
    assert launcher.cells == [(0, "ok"), (1, "timeout"), (2, "ok")]


@linux
def test_processor_time_is_read_and_of_nobody_is_zero():
    before, state = processor(os.getpid())
    deadline = time.process_time() + 0.1
    while time.process_time() < deadline:
        pass
    assert 0.05 < processor(os.getpid())[0] - before < 5 and state == "R"
    assert processor(2**22 + 1) == (0.0, "")


# Memory


@linux
@pytest.mark.hostile
def test_too_much_memory_costs_that_call(submit):
    submission = submit("def big(): return bytearray(8 << 30)", "def f(): return 1")
    assert failure(submission, "big").kind == "memory"
    assert submission.call("f", (), {}) == 1


# Lying

SPEAK = """
import os, socket, struct
from autograder import wire
line = socket.socket(fileno=os.dup(3))
def raw(data):
    line.sendall(data)
    os._exit(0)
def say(message):
    wire.send(line, message)
    os._exit(0)
def frame(data):
    line.sendall(struct.pack("!I", len(data)) + data)
    os._exit(0)
def drip():
    import time
    line.sendall(struct.pack("!I", 1000))
    while True:
        line.sendall(b"x")
        time.sleep(0.01)
def flood():
    while True:
        line.sendall(bytes(2**20))
"""


@pytest.mark.hostile
def test_real_processes_that_lie_are_forbidden_or_a_crash(submit):
    submission = submit(SPEAK)
    said = [
        ["raw", b"\xff" * 100],
        ["frame", b"\x91" * 100_000],
        ["say", [1]],
        ["say", ["value", ["a", "|O", [1], b"x"]]],
    ]
    for name, argument in said:
        assert failure(submission, name, argument).kind in ("forbidden", "crash")


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["drip", "flood"])
def test_a_peer_that_drips_or_floods_is_ended(submit, name):
    assert failure(impatient(submit(SPEAK)), name).kind in ("timeout", "forbidden")


@pytest.mark.hostile
def test_lies_about_cells_are_no_verdict_of_ours(submit, launcher):
    lie = "wire.send(line, ['ran', 'pass', 'out', 'err'])"
    submission = submit(SPEAK, lie, "wire.send(line, [1])", "wire.send(line, ['ran', 'ok', 5, ''])")
    submission.warm_up()
    assert [status for _, status in launcher.cells[:2]] == ["ok", "error"]
    assert all(status in ("ok", "error", "timeout") for _, status in launcher.cells)
    assert {index for index, _ in launcher.cells} == {0, 1, 2, 3}


class Puppet:
    """A student's side that says what it is told to, without any process."""

    def __init__(self, *replies: bytes) -> None:
        self.replies = replies

    def spawn(self, packages):
        ours, self.theirs = socket.socketpair()
        self.theirs.sendall(b"".join(self.replies))
        self.theirs.shutdown(socket.SHUT_WR)
        return 2**22 + 1, ours

    def kill(self, pid):
        self.theirs.close()

    def report(self, kind, record):
        assert record["status"] in ("ok", "error", "timeout", "skipped")


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def said(*messages: object) -> list[bytes]:
    return [framed(msgspec.msgpack.encode(message)) for message in messages]


def hear(*replies: bytes) -> StudentError:
    """What a call comes to when the process answers it with `replies`."""
    submission = Submission(Puppet(*said(["ready"]), *replies), [], ("numpy",), dataclasses.replace(QUICK, processes=1))
    try:
        return failure(submission, "f")
    finally:
        submission.end()


@pytest.mark.parametrize(
    "reply",
    [
        b"\xff" * 100,
        b"garbage",
        framed(b"\xc1"),
        framed(b"\x91" * 100_000),
        framed(b"\xdd\xff\xff\xff\xff"),
        framed(b"\xdd\x00\x40\x00\x00" + b"\x90" * 2**22)[: 2**17],
        *said(None, "value", [], [1, 2], ["value"], ["value", ["v", 1], "more"], ["value", ["x"]]),
        *said(["error", 1, 2, 3, 4], ["error"], ["ran", "ok", "", ""], {"value": 1}),
    ],
    ids=lambda reply: repr(reply[:20]),
)
def test_a_reply_that_is_none_is_forbidden_or_a_crash(reply):
    assert hear(reply).kind in ("forbidden", "crash")


@pytest.mark.parametrize("kind", ["pass", "infrastructure", "skipped", "crash", "error"])
def test_a_reply_cannot_name_a_verdict_of_its_own(kind):
    error = hear(*said(["error", kind, "Name", "message", "trace"]))
    assert (error.kind, error.type_name, error.message, error.traceback) == ("error", "Name", "message", "trace")


def test_long_stories_are_cut():
    error = hear(*said(["error", "error", "n" * 10_000, "m" * 10_000, "t" * 10_000]))
    assert (len(error.type_name), len(error.message), len(error.traceback)) == (200, 2000, 4000)


WORDS = st.text(max_size=3) | st.sampled_from(["value", "error", "ran", "v", "a"])
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS, lambda inner: st.lists(inner, max_size=5)
)
MESSAGES = st.one_of(ANSWERS.map(msgspec.msgpack.encode), st.binary(max_size=20)).map(framed)


@settings(max_examples=100)
@given(st.lists(MESSAGES, max_size=3), st.binary(max_size=9))
def test_whatever_is_said_comes_out_as_a_value_or_a_student_error(messages, tail):
    puppet = Puppet(*said(["ready"]), *messages, tail)
    submission = Submission(puppet, [(0, "x = 1")], ("numpy",), dataclasses.replace(QUICK, processes=1))
    try:
        submission.call("f", (), {})
    except StudentError as error:
        assert error.kind in ("crash", "forbidden", "error", "memory")
    finally:
        submission.end()


# Ours


@pytest.mark.parametrize("replies", [[], [b"\0\0\0"], [framed(b"\xc1")]], ids=["nothing", "half", "garbage"])
def test_a_process_that_never_starts_is_no_fault_of_the_students(replies):
    with pytest.raises(OSError, match="did not start"):
        Process(Puppet(*replies), ("numpy",), QUICK)
    submission = Submission(Puppet(*replies), [(0, "x = 1")], ("numpy",), QUICK)
    submission.warm_up()
    with pytest.raises(OSError, match="did not start"):
        submission.call("f", (), {})
