"""A warm process that is forked for each submission: both ends of its line.

What takes long is done once, in the zygote; a fork of it starts at once, and shares its memory until it writes.

    serve(channel, become)          in the zygote: fork for each request, `become()` in the child
    with Zygote(process, channel) as zygote:        in the supervisor, which started it by `exec`
        child = zygote.fork()
        child.channel, child.stdout, child.stderr   our ends of what the child has as descriptors 3, 1 and 2
        child.kill()

A zygote runs nothing of a student's and holds no secret that its children may not see. This module travels into the
sandbox: standard library only.
"""

import contextlib
import ctypes
import gc
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO, NoReturn

CHANNEL_FD = 3
READY, FORKED, FAILED = b"r", b"f", b"x"
PATIENCE = 60.0  # seconds for a zygote to become warm, or to fork


class ZygoteError(Exception):
    """A zygote did not start, or could not fork; the message says what it said last."""


# In the zygote


def serve(
    channel: socket.socket,
    become: Callable[[], None],
    around_fork: Callable[[], AbstractContextManager] = nullcontext,
    keep: int = -1,
) -> None:
    """Say that this process is warm, then fork for each request until the supervisor closes the line.

    A child has its three descriptors and, for `become()` to close, `keep`.
    """
    parent = os.getpid()
    gc.collect()
    gc.freeze()  # no collection in a child touches, and so copies, what is shared
    channel.sendall(READY)
    while True:
        data, descriptors, _, _ = socket.recv_fds(channel, 1, 3)
        _reap()
        if not data:
            return
        try:
            with around_fork():
                pid = os.fork()
                if pid == 0:
                    _be_child(parent, descriptors, become, keep)
            _answer(channel, pid)
        except OSError as error:
            channel.sendall(FAILED + f"{error}".encode()[:200])
        for descriptor in descriptors:
            os.close(descriptor)


def _be_child(parent: int, descriptors: list[int], become: Callable[[], None], keep: int) -> NoReturn:
    """Keep the line to whoever asked, two pipes and nothing else; never return into the zygote's loop."""
    try:
        die_with_parent(parent)
        os.setsid()
        line, out, err = (os.dup(descriptor) for descriptor in descriptors)  # out of the way of 1, 2 and 3
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.dup2(line, CHANNEL_FD)
        os.closerange(CHANNEL_FD + 1, max(keep, CHANNEL_FD + 1))
        os.closerange(max(keep, CHANNEL_FD) + 1, 65536)
        become()
        os._exit(0)
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode(errors="replace")[-4000:])
    finally:
        os._exit(1)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends, where the kernel can be asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() not in (parent, 0):  # it has ended already; 0 is a parent in another pid namespace
            os._exit(1)


def _answer(channel: socket.socket, pid: int) -> None:
    """Say which process it is. A pid means another process in another pid namespace; a descriptor of it does not."""
    body = FORKED + struct.pack("!i", pid)
    if not hasattr(os, "pidfd_open"):
        channel.sendall(body)
        return
    handle = os.pidfd_open(pid)
    socket.send_fds(channel, [body], [handle])
    os.close(handle)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


# In the supervisor


class Child:
    """A fork of a zygote: our ends of its three descriptors, and how to end it."""

    def __init__(self, pid: int, handle: int | None, channel: socket.socket, stdout: BinaryIO, stderr: BinaryIO):
        self.pid, self.handle, self.channel, self.stdout, self.stderr = pid, handle, channel, stdout, stderr

    def kill(self) -> None:
        """End it, and with it all that it started. Nothing is left of it when its channel closes."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            else:
                os.killpg(self.pid, signal.SIGKILL)
        self.forget()

    def forget(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
        for end in (self.channel, self.stdout, self.stderr):
            end.close()


class Zygote:
    """A zygote that was started with the other end of `channel`; `fork` waits until it is warm."""

    def __init__(self, process: subprocess.Popen, channel: socket.socket) -> None:
        self.process, self.channel, self.warm = process, channel, False
        channel.settimeout(PATIENCE)

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def wait(self) -> None:
        """Wait until it is warm; raises `ZygoteError` with its last words when it ends instead."""
        if not self.warm:
            if self._receive(1)[0] != READY:
                raise ZygoteError(self._last_words())
            self.warm = True

    def fork(self) -> Child:
        self.wait()
        ours, theirs = socket.socketpair()
        pipes = [os.pipe(), os.pipe()]
        given = [theirs.fileno(), *(writing for _, writing in pipes)]
        try:
            with theirs:
                socket.send_fds(self.channel, [b"+"], given)
                answer, handles = self._receive(512)
        except OSError as error:
            ours.close()
            for reading, _ in pipes:
                os.close(reading)
            raise ZygoteError(f"a warm process has gone: {error}; {self._last_words()}") from None
        finally:
            for _, writing in pipes:
                os.close(writing)
        stdout, stderr = (os.fdopen(reading, "rb", buffering=0) for reading, _ in pipes)
        child = Child(0, handles[0] if handles else None, ours, stdout, stderr)
        if answer[:1] != FORKED:
            child.forget()
            raise ZygoteError(
                f"no process could be forked: {answer[1:].decode(errors='replace') or self._last_words()}"
            )
        child.pid = process_of(child.handle) if handles else struct.unpack("!i", answer[1:])[0]
        return child

    def stop(self) -> None:
        """End it and all its children: they die with it."""
        self.channel.close()
        self.process.kill()
        self.process.communicate()

    def _receive(self, size: int) -> tuple[bytes, list[int]]:
        try:
            data, handles, _, _ = socket.recv_fds(self.channel, size, 1)
        except ConnectionResetError:
            return b"", []
        return data, handles

    def _last_words(self) -> str:
        self.process.kill()
        words = self.process.communicate()[1] or b""
        status = self.process.returncode
        return words.decode(errors="replace").strip()[-600:] or f"a warm process ended with status {status}"


def process_of(handle: int) -> int:
    """The pid, as this process sees it, of what a pidfd stands for; -1 when it is gone."""
    with open(f"/proc/self/fdinfo/{handle}") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
