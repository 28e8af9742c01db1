"""A warm process and its forks: what a fork has, what it shares, how it ends, and what is said when there is none."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from autograder.zygote import CHANNEL_FD, Zygote, ZygoteError, process_of

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="pidfds and /proc are Linux's")


def start(become: str, before: str = "") -> Zygote:
    """A zygote whose children run the statements `become`, where `line` is their channel."""
    ours, theirs = socket.socketpair()
    program = f"""
import os, socket, sys, time
from autograder import zygote
{textwrap.dedent(before)}
def become():
    line = socket.socket(fileno={CHANNEL_FD})
{textwrap.indent(textwrap.dedent(become), "    ")}
zygote.serve(socket.socket(fileno={theirs.fileno()}), become)
"""
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
        )
    return Zygote(process, ours)


def answer(child) -> str:
    child.channel.settimeout(20)
    return child.channel.recv(10_000).decode()


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_each_fork_has_a_line_and_two_pipes_of_its_own():
    with start("os.write(1, b'out'); os.write(2, b'err'); line.sendall(line.recv(100))") as zygote:
        children = [zygote.fork() for _ in range(3)]
        for number, child in enumerate(children):
            child.channel.sendall(b"%d" % number)
        assert [answer(child) for child in children] == ["0", "1", "2"]
        assert [(child.stdout.read(), child.stderr.read()) for child in children] == [(b"out", b"err")] * 3
        for child in children:
            child.kill()


@linux
def test_a_fork_inherits_nothing_but_that():
    with start("line.sendall(repr(sorted(map(int, os.listdir('/proc/self/fd')))).encode())") as zygote:
        child = zygote.fork()
        assert answer(child) == "[0, 1, 2, 3, 4]"  # 4 is the listing's own
        child.kill()


def test_what_one_fork_does_no_other_sees():
    with start("seen.append(1); line.sendall(repr(seen).encode())", before="seen = []") as zygote:
        for _ in range(3):
            child = zygote.fork()
            assert answer(child) == "[1]"
            child.kill()


@linux
def test_the_pid_is_the_one_that_this_process_sees():
    with start("line.sendall(b'%d' % os.getpid()); time.sleep(60)") as zygote:
        child = zygote.fork()
        assert int(answer(child)) == child.pid == process_of(child.handle)
        child.kill()
        assert gone(child.pid)
        child.kill()  # a second time is no trouble


@linux
def test_a_kill_of_what_has_gone_hits_nobody():
    with start("os._exit(0)") as zygote:
        child = zygote.fork()
        assert child.channel.recv(1) == b""
        zygote.fork().kill()  # the zygote has buried the first by now: its pid may be another's
        child.kill()


@linux
def test_forks_die_with_their_zygote():
    with start("line.sendall(b'up'); time.sleep(60)") as zygote:
        child = zygote.fork()
        assert answer(child) == "up"
        zygote.process.kill()
        assert gone(child.pid)
        child.kill()


def test_a_crash_of_a_fork_is_its_own_and_says_why():
    with start("raise RuntimeError('of its own')") as zygote:
        child = zygote.fork()
        assert b"RuntimeError: of its own" in child.stderr.read()
        child.kill()
        zygote.fork().kill()


def test_a_zygote_that_does_not_start_gives_its_last_words():
    with start("...", before="raise SystemExit('no numpy here')") as zygote:
        with pytest.raises(ZygoteError, match="no numpy here"):
            zygote.fork()


def test_a_zygote_that_has_gone_is_named():
    with start("...") as zygote:
        zygote.fork().kill()
        zygote.process.send_signal(signal.SIGKILL)
        zygote.process.wait()
        with pytest.raises(ZygoteError):
            zygote.fork()


@linux
def test_nothing_stays_open():
    with start("os._exit(0)") as zygote:
        zygote.fork().kill()
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            zygote.fork().kill()
        assert len(os.listdir("/proc/self/fd")) == before


@linux
def test_a_zygote_has_no_more_than_one_dead_child_at_a_time():
    with start("os._exit(0)") as zygote:
        for _ in range(20):
            child = zygote.fork()
            assert child.channel.recv(1) == b""
            child.kill()
        children = Path(f"/proc/{zygote.process.pid}/task/{zygote.process.pid}/children").read_text().split()
        assert len(children) <= 2
