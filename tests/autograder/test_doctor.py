"""The examination of the sandbox: at tier 2 all holds; at tier 0 files do not, and it says so."""

import os
import socket
import sys
from pathlib import Path

import pytest

from autograder import doctor, sandbox

FILES = (
    "read a file of the course",
    "list a folder of the course",
    "read the machine's users",
    "write beside the course",
    "see other processes",
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and the filter are Linux's")


@pytest.fixture(scope="module")
def strong() -> doctor.Examination:
    return doctor.examine()


@pytest.fixture(scope="module")
def weak() -> doctor.Examination:
    return doctor.examine(tier=0)


@linux
@pytest.mark.slow
@pytest.mark.hostile
def test_at_tier_2_everything_is_held(strong):
    assert (strong.tier, strong.why) == (2, "")
    assert [attempt for attempt in strong.attempts if not attempt.held] == []
    assert strong.held and len(strong.attempts) == len(doctor.ATTEMPTS)


@linux
@pytest.mark.slow
@pytest.mark.hostile
def test_at_tier_1_all_is_held_but_that_files_are_there():
    found = doctor.examine(tier=1)
    assert found.held and found.tier == 1
    assert [attempt.name for attempt in found.attempts if not attempt.held] == list(doctor.KNOWN[1])
    reasons = {attempt.name: attempt.seen for attempt in found.attempts}
    for name in (*FILES, "fill the disk", "empty a file of the course", "remove a file of the course"):
        assert reasons[name].startswith("PermissionError"), name


@linux
@pytest.mark.slow
@pytest.mark.hostile
def test_what_held_did_so_for_the_right_reason(strong):
    """An attempt that fails by a slip of its own would prove nothing."""
    reasons = {
        "read a file of the course": "FileNotFoundError",
        "write into a package": ("PermissionError", "OSError: [Errno 30]"),  # another user's file, or a read-only mount
        "open a network socket": "PermissionError",
        "start a process": "PermissionError",
        "signal the grader": "PermissionError",
        "take 8 GiB of memory": "MemoryError",
        "raise its own limits": "ValueError",
        "import a package that was not allowed": "ModuleNotFoundError",
    }
    seen = {attempt.name: attempt.seen for attempt in strong.attempts}
    for name, reason in reasons.items():
        assert seen[name].startswith(reason), name
    for name, what in seen.items():
        assert not what.startswith(("NameError", "SyntaxError", "IndentationError", "AttributeError", "TypeError")), (
            name
        )


@linux
@pytest.mark.slow
@pytest.mark.hostile
def test_at_tier_0_files_are_reached_and_it_says_so(weak):
    assert weak.tier == 0 and not weak.held
    for name in FILES:
        assert not weak.holds(name), name
    shown = {attempt.name: attempt.seen for attempt in weak.attempts}
    assert shown["read a file of the course"] == "the hidden answer"
    assert shown["list a folder of the course"] == "solutions.txt"


@linux
@pytest.mark.slow
@pytest.mark.hostile
def test_at_tier_0_the_filter_and_the_limits_still_hold(weak):
    assert weak.holds("open a network socket", "start a process", "signal the grader", "take 8 GiB of memory")
    assert weak.holds("read the environment", "use an inherited file", "import the hidden tests' tools")


def test_an_examination_is_held_when_every_attempt_is():
    held, broken = doctor.Attempt("a", True, ""), doctor.Attempt("b", False, "got it")
    assert doctor.Examination(2, "", [held]).held
    mixed = doctor.Examination(2, "", [held, broken])
    assert not mixed.held and mixed.holds("a") and not mixed.holds("a", "b")
    with pytest.raises(KeyError):
        mixed.holds("unknown")


def test_each_attempt_is_a_program_that_parses():
    facts = {"secret": "/a'b", "folder": "/a'b", "port": 1, "pid": 2}
    for name, body in doctor.ATTEMPTS.items():
        compile(doctor.program(body.format(**facts)), name, "exec")


def test_the_prey_is_really_there_and_cleared_away():
    with doctor.prey() as facts:
        assert Path(facts["secret"]).read_text() == "the hidden answer"
        assert os.listdir(facts["folder"]) == ["solutions.txt"]
        socket.create_connection(("127.0.0.1", facts["port"]), 2).close()
        assert os.environ["MMCOURSE_CANARY"] == "CANARY" and facts["pid"] == os.getpid()
    assert not os.path.exists(facts["folder"]) and "MMCOURSE_CANARY" not in os.environ


def try_alone(folder, source: str) -> tuple[bool, str]:
    box = sandbox.make_box(sandbox.probe()[0], str(folder), sandbox.distribution_roots(("numpy", "msgspec")))
    with sandbox.launch(box) as zygote:
        return doctor.try_out(zygote, source)


@pytest.mark.parametrize(
    ("body", "held", "seen"),
    [
        ("return 'got it'", False, "got it"),
        ("return 'x' * 1000", False, "x" * 160),
        ("raise PermissionError('no')", True, "PermissionError: no"),
        ("os._exit(0)", True, "its process ended"),
        ("return object()", False, "an object"),
    ],
)
def test_an_attempt_is_held_when_it_fails_and_broken_when_it_returns(tmp_path, body, held, seen):
    found, shown = try_alone(tmp_path, doctor.program(body))
    assert found is held and shown.startswith(seen)


def test_an_attempt_that_does_not_even_run_is_held_with_its_error(tmp_path):
    held, shown = try_alone(tmp_path, "import not_there")
    assert held and "not_there" in shown
