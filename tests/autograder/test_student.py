"""A submission as the tests reach it: what a student's code does to its process costs that call or that cell, no more."""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import sandbox, wire
from autograder.sandbox import Limits
from autograder.student import Clocks, Process, Submission, cpu_seconds
from autograder.testing import StudentError

QUICK = Clocks(cell=1.0, call=0.5, test=0.8, wall=3.0)
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="processor time of another process is read from Linux's /proc"
)


class Launcher:
    """Does what a supervisor does for a judge, in this process, and remembers what was reported."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.running: dict[int, sandbox.Sandboxed] = {}
        self.started, self.cells = 0, []

    def spawn(self, packages):
        root = tempfile.mkdtemp(dir=self.folder)
        box = sandbox.make_box(TIER, root, sandbox.distribution_roots((*packages, "msgspec")), self.limits)
        ours, theirs = sandbox.socket.socketpair()
        with theirs:
            started = sandbox.launch(box, theirs)
        self.running[started.pid] = started
        self.started += 1
        return started.pid, ours

    def kill(self, pid):
        process = self.running.pop(pid)
        process.kill()
        process.launcher.stdout.close()
        process.launcher.stderr.close()

    def report(self, kind, record):
        assert kind == "cell"
        self.cells.append((record["index"], record["status"]))
        self.last = record


TIER = sandbox.probe()[0]


@pytest.fixture
def launcher(tmp_path):
    made = Launcher(tmp_path, Limits())
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
    assert launcher.last == {"index": 0, "status": "ok", "stdout": "some text\n", "error": ""}
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
        "import os\n    os.abort()",
        "import os\n    os.close(3)\n    return 1",
        "import sys\n    sys.setrecursionlimit(10**9)\n    def g(n): return g(n + 1) + eval('g(n + 1)')\n    return g(0)",
    ],
    ids=["os._exit", "segfault", "abort", "closed socket", "stack overflow"],
)
def test_a_death_in_a_call_costs_that_call_and_the_next_gets_a_fresh_process(submit, launcher, death):
    submission = submit(
        "calls = 0", f"def die():\n    {death}", "def f():\n    global calls\n    calls += 1\n    return calls"
    )
    assert [submission.call("f", (), {}) for _ in range(2)] == [1, 2]
    assert failure(submission, "die").kind in ("crash", "timeout", "memory", "error")
    assert submission.call("f", (), {}) in (1, 3)  # a process of its own, unless it survived
    assert launcher.started == 2 or death.startswith("import sys")
    assert len(launcher.cells) == 3  # each is reported once


@pytest.mark.hostile
def test_a_submission_has_only_so_many_processes(submit, launcher):
    submission = submit("import os\ndef die(): os._exit(1)", clocks=Clocks(wall=3.0, processes=2))
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
    assert time.monotonic() - started < 2.5
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
    submission = submit("import time\ndef doze(): time.sleep(1000)", clocks=Clocks(wall=0.7))
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
    assert time.monotonic() - started < 0.1
    assert submission.call("f", (), {}) == 1


@linux
def test_the_calls_of_one_test_share_its_time_and_the_next_test_starts_anew(submit):
    work = "import time\ndef work(seconds):\n    end = time.process_time() + seconds\n    while time.process_time() < end: ..."
    submission = submit(work, clocks=Clocks(call=0.5, test=0.6, wall=20.0))
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
    before = cpu_seconds(os.getpid())
    deadline = time.process_time() + 0.1
    while time.process_time() < deadline:
        pass
    assert 0.05 < cpu_seconds(os.getpid()) - before < 5
    assert cpu_seconds(2**22 + 1) == 0.0


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
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("raw", b"\xff" * 100),
        ("raw", b"garbage"),
        ("frame", b"\xc1"),
        ("frame", b"\x91" * 100_000),
        ("frame", b"\xdd\xff\xff\xff\xff"),
        ("say", None),
        ("say", "value"),
        ("say", []),
        ("say", [1, 2]),
        ("say", ["value"]),
        ("say", ["value", ["v", 1], "", "more"]),
        ("say", ["value", ["a", "|O", [1], b"12345678"], ""]),
        ("say", ["value", ["x"], ""]),
        ("say", ["error", 1, 2, 3, 4]),
        ("say", ["error"]),
        ("say", ["ran", "ok", "", ""]),
        ("say", {"value": 1}),
    ],
)
def test_a_reply_that_is_none_is_forbidden_or_a_crash_and_nothing_else(submit, name, argument):
    assert failure(submit(SPEAK), name, argument).kind in ("forbidden", "crash")


@pytest.mark.hostile
def test_a_reply_cannot_name_a_verdict_of_its_own(submit):
    for kind in ("pass", "infrastructure", "skipped"):
        error = failure(submit(SPEAK), "say", ["error", kind, "Name", "message", "trace"])
        assert (error.kind, error.type_name, error.message, error.traceback) == ("error", "Name", "message", "trace")


@pytest.mark.hostile
def test_long_stories_are_cut(submit):
    error = failure(submit(SPEAK), "say", ["error", "error", "n" * 10**6, "m" * 10**6, "t" * 10**6])
    assert (len(error.type_name), len(error.message), len(error.traceback)) == (200, 2000, 4000)


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["drip", "flood"])
def test_a_peer_that_drips_or_floods_is_ended(submit, name):
    assert failure(submit(SPEAK), name).kind in ("timeout", "forbidden")


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

    def __init__(self, replies: list) -> None:
        self.replies = replies

    def spawn(self, packages):
        ours, theirs = sandbox.socket.socketpair()
        theirs.sendall(b"".join(self.replies))
        self.theirs = theirs
        theirs.shutdown(sandbox.socket.SHUT_WR)
        return 2**22 + 1, ours

    def kill(self, pid):
        self.theirs.close()

    def report(self, kind, record):
        assert record["status"] in ("ok", "error", "timeout", "skipped")


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


ANSWERS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=3)
    | st.sampled_from(["value", "error", "ran", "v", "a"]),
    lambda inner: st.lists(inner, max_size=5),
)


@pytest.mark.hostile
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(ANSWERS.map(wire.msgspec.msgpack.encode), st.binary(max_size=20)), max_size=3),
    st.binary(max_size=9),
)
def test_whatever_is_said_comes_out_as_a_value_or_a_student_error(messages, tail):
    puppet = Puppet([framed(wire.msgspec.msgpack.encode(["ready"])), *map(framed, messages), tail])
    submission = Submission(puppet, [(0, "x = 1")], ("numpy",), Clocks(wall=1.0, processes=1))
    submission.start_test()
    try:
        submission.call("f", (), {})
    except StudentError as error:
        assert error.kind in ("crash", "forbidden", "error", "timeout", "memory")
    finally:
        submission.end()


# Ours


def test_a_process_that_never_starts_is_no_fault_of_the_students():
    for replies in ([], [b"\0\0\0"], [framed(b"\xc1")]):
        with pytest.raises(OSError, match="did not start"):
            Process(Puppet(replies), ("numpy",), QUICK)
        submission = Submission(Puppet(replies), [(0, "x = 1")], ("numpy",), QUICK)
        submission.warm_up()
        with pytest.raises(OSError, match="did not start"):
            submission.call("f", (), {})
