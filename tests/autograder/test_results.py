"""Records of what was found: they come back equal, refuse nonsense, and a file is never half written."""

import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import results
from autograder.results import (
    VERDICTS,
    CellRun,
    Diagnosis,
    Result,
    load_result,
    result_path,
    save_result,
    write_atomically,
)

ROOT = Path(__file__).parents[2]


def outcome(
    points: float, max_points: float = 2.0, verdict: str = "partial", question: str = "adam"
) -> results.TestOutcome:
    return results.TestOutcome(f"test_{points}", question, points, max_points, verdict)


def result(*tests: results.TestOutcome) -> Result:
    return Result("a03_optimizers", "hopper", list(tests), "tier 2")


WORDS = st.text(max_size=20)
OUTCOMES = st.builds(
    lambda name, share, most, verdict, title, message, mistake: results.TestOutcome(
        name, "adam", share * most, most, verdict, title, message, mistake
    ),
    WORDS,
    st.floats(0, 1),
    st.floats(0, 100),
    st.sampled_from(VERDICTS),
    WORDS,
    WORDS,
    st.none() | st.builds(Diagnosis, WORDS, WORDS, st.none() | WORDS),
)
RESULTS = st.builds(
    Result,
    assignment=st.just("a03_optimizers"),
    student=st.sampled_from(["hopper", "ramanujan", "o'brien", "ஸ்ரீ"]),
    tests=st.lists(OUTCOMES, max_size=4),
    sandbox=WORDS,
    cells=st.lists(st.builds(CellRun, st.integers(0, 99), st.sampled_from(["ok", "error"]), WORDS, WORDS), max_size=3),
    notes=st.lists(WORDS, max_size=3),
    seconds=st.floats(0, 1e6),
    seed=st.integers(0, 2**48),
)


@given(RESULTS)
def test_a_saved_result_is_loaded_equal(tmp_path_factory, one):
    folder = tmp_path_factory.mktemp("results")
    path = save_result(one, folder)
    assert path == result_path(folder, one.assignment, one.student) == folder / "a03_optimizers" / f"{one.student}.json"
    assert load_result(path) == one
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o644


def test_equal_results_are_equal_bytes_and_readable(tmp_path):
    one = result(outcome(1.0), outcome(0.0, verdict="fail"))
    first = save_result(one, tmp_path / "a").read_bytes()
    assert first == save_result(one, tmp_path / "b").read_bytes()
    assert first.count(b"\n") > 10


def test_scores_are_sums_by_question():
    one = result(outcome(0.1), outcome(0.2), outcome(1.0, 1.0, "pass", "momentum"))
    assert one.score == 1.3 and one.max_score == 5.0
    assert one.question_score("momentum") == 1.0 and one.question_score("adam") == pytest.approx(0.3, abs=1e-15)
    assert [test.question for test in one.of("momentum")] == ["momentum"] and one.of("rmsprop") == []
    assert not one.needs_attention
    assert result(outcome(0.0, verdict="infrastructure")).needs_attention


@pytest.mark.parametrize("points", [-0.1, 2.1, math.nan, math.inf, -math.inf])
def test_points_outside_their_range_are_refused(points):
    with pytest.raises(ValueError, match=r"points must lie in \[0, 2.0\]"):
        outcome(points)


@pytest.mark.parametrize("verdict", ["", "passed", "PASS", "infra"])
def test_unknown_verdicts_are_refused(verdict):
    with pytest.raises(ValueError, match=f"unknown verdict '{verdict}': expected one of pass, fail"):
        outcome(1.0, verdict=verdict)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"points": 1.0', b'"points": 99.0'),
        (b'"points": 1.0', b'"points": "1"'),
        (b'"partial"', b'"triumph"'),
        (b'"student"', b'"pupil"'),
        (b"}", b""),
    ],
)
def test_a_forged_or_broken_file_is_not_loaded(tmp_path, old, new):
    path = save_result(result(outcome(1.0)), tmp_path)
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(msgspec.MsgspecError):
        load_result(path)


# Never half a file


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step, error):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(*args):
        raise error

    monkeypatch.setattr(results.os, step, fail)
    with pytest.raises(type(error)):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_kill_at_any_step_leaves_the_old_file_and_the_next_write_works(tmp_path, step):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    program = f"""
        import os, signal
        from pathlib import Path
        from autograder import results
        results.os.{step} = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
        results.write_atomically(Path({str(path)!r}), b"new" * 100000)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT)
    assert run.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_atomically(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert not list(tmp_path.glob("*.json")), "what was left behind must not look like a result"


def test_readers_see_the_old_file_or_the_new_one(tmp_path):
    """While one process writes two versions in turns, every read is one of them, whole."""
    path = tmp_path / "file"
    versions = [b"a" * 300_000, b"b" * 300_000]
    write_atomically(path, versions[0])
    program = f"""
        from pathlib import Path
        from autograder.results import write_atomically
        for letter in (b"a", b"b") * 25:
            write_atomically(Path({str(path)!r}), letter * 300_000)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT) as writer:
        while writer.poll() is None:
            assert path.read_bytes() in versions
    assert writer.returncode == 0
