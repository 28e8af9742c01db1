"""Landlock in processes of their own: what is shown can be read, and nothing else can be read, written or changed."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder import landlock

ROOT = Path(__file__).parents[2]
needs_landlock = pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")


def confined(folder: Path, program: str) -> list[str]:
    """Run `program` in a process that may read `folder`/shown and the device null; returns the lines it printed."""
    (folder / "shown").mkdir()
    (folder / "shown" / "text").write_text("shown")
    (folder / "secret").mkdir()
    (folder / "secret" / "text").write_text("secret")
    source = f"""
import os, sys
from autograder import landlock
os.chdir({str(folder)!r})
rules = landlock.allow(["shown", "/dev/null"])
landlock.restrict(rules)
os.close(rules)
def tried(action):
    try:
        return action()
    except OSError as error:
        return type(error).__name__
{textwrap.dedent(program)}
"""
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


@needs_landlock
def test_only_what_is_shown_can_be_read(tmp_path):
    program = """
    print(open("shown/text").read(), os.listdir("shown"))
    for path in ("secret/text", "shown/../secret/text", "/etc/passwd", "/proc/self/environ"):
        print(tried(lambda: open(path).read()))
    print(tried(lambda: os.listdir("secret")))
    """
    assert confined(tmp_path, program) == ["shown ['text']", *["PermissionError"] * 5]


@needs_landlock
def test_nothing_can_be_written_made_renamed_linked_or_removed(tmp_path):
    program = """
    for action in (
        lambda: open("shown/text", "w"),
        lambda: open("shown/text", "r+"),
        lambda: open("shown/new", "w"),
        lambda: open("secret/text", "a"),
        lambda: os.remove("shown/text"),
        lambda: os.rename("shown/text", "shown/other"),
        lambda: os.link("shown/text", "shown/other"),
        lambda: os.symlink("text", "shown/other"),
        lambda: os.mkdir("shown/folder"),
        lambda: os.mkfifo("shown/pipe"),
    ):
        print(tried(action))
    print(open("/dev/null", "w").write("anything"))
    """
    assert confined(tmp_path, program) == [*["PermissionError"] * 10, "8"]
    assert sorted(path.name for path in (tmp_path / "shown").iterdir()) == ["text"]


@needs_landlock
@pytest.mark.skipif(landlock.version() < 3, reason="before version 3 the system-call filter guards this")
def test_nothing_can_be_truncated(tmp_path):
    program = """
    print(tried(lambda: os.truncate("shown/text", 0)))
    print(tried(lambda: os.open("shown/text", os.O_RDONLY | os.O_TRUNC)))
    """
    assert confined(tmp_path, program) == ["PermissionError"] * 2
    assert (tmp_path / "shown" / "text").read_text() == "shown"


@needs_landlock
def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        landlock.allow([str(tmp_path / "nowhere")])


@pytest.mark.parametrize(("abi", "size"), [(1, 8), (3, 8), (4, 16), (5, 16), (6, 24), (7, 24)])
def test_older_kernels_are_told_no_more_than_they_know(abi, size):
    assert landlock.struct_sizes(abi) == size


def test_elsewhere_there_is_none(monkeypatch):
    monkeypatch.setattr(landlock.sys, "platform", "darwin")
    assert landlock.version() == 0
