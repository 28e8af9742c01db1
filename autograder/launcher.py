"""Builds a sandbox and becomes the zygote in it: a program of its own, started by sandbox.py for each kind of box.

It gets a `sandbox.Box` as JSON, enters namespaces of its own, makes a root of tmpfs and read-only binds, imports there
what submissions will import, and forks a worker for each of them (zygote.py). Each worker confines itself further, in
`confine`, before any of the student's code is there: its own processes, files and mounts, no rights, limits, and the
system-call filter. The zygote itself never runs a student's code.

Without namespaces (tier 1) Landlock takes the place of the own root. References: Linux's user_namespaces(7),
mount_namespaces(7), pid_namespaces(7), pivot_root(2), capabilities(7).
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY = 65534
RULES_FD = 100  # out of the way of what a worker has
STRANGERS = 1_900_000_000  # as root, each zygote's workers are a user of their own from here on: limits count by user
LIMITS = {
    resource.RLIMIT_AS: "memory",
    resource.RLIMIT_CPU: "cpu_seconds",
    resource.RLIMIT_NPROC: "processes",
    resource.RLIMIT_NOFILE: "open_files",
    resource.RLIMIT_FSIZE: "file_size",
    resource.RLIMIT_CORE: "core",
}

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PDEATHSIG, KEEPCAPS, NO_NEW_PRIVS, DETACH = 1, 8, 38, 2
CAPABILITY_VERSION = 0x20080522


def call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        shown = ", ".join(item.decode() if isinstance(item, bytes) else str(item) for item in arguments)
        raise OSError(number, f"{name}({shown}): {os.strerror(number)}")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encode = lambda text: None if text is None else text.encode()  # noqa: E731
    call("mount", encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data))


def pivot_root() -> None:
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, b".", b".") != 0:
        raise OSError(ctypes.get_errno(), "pivot_root")


def bind(source: str, target: str) -> None:
    """Bind `source` read-only. Flags of the source's own mount must stay: in a user namespace the kernel insists."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(source, target, None, BIND | REC)
    kept = os.statvfs(source).f_flag & (NODEV | NOEXEC | 1024 | 2048)  # noatime, nodiratime
    relatime = (1 << 21) if os.statvfs(source).f_flag & 4096 else 0
    nodev = 0 if source.startswith("/dev/") else NODEV
    mount(None, target, None, REMOUNT | BIND | RDONLY | NOSUID | nodev | kept | relatime)


def build_root(box: dict) -> None:
    """Make the new root of tmpfs and read-only binds, and leave the old one behind."""
    root = box["root"]
    mount("none", "/", None, REC | PRIVATE)
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=4m,mode=755")
    for source, inside in box["mounts"]:
        bind(source, root + inside)
    for inside in box["hidden"]:
        mount("tmpfs", root + inside, "tmpfs", NOSUID | NODEV | RDONLY, "size=4k,mode=755")
    for folder in ("tmp", "proc"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    mount_scratch(f"{root}/tmp", 16 * 2**20)  # the zygote's own; each worker gets another
    os.chdir(root)
    pivot_root()
    call("umount2", b".", DETACH)
    mount(None, "/", None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    os.chdir("/tmp")
    call("sethostname", b"sandbox", 7)


def mount_scratch(target: str, size: int) -> None:
    mount("tmpfs", target, "tmpfs", NOSUID | NODEV | NOEXEC, f"size={size},mode=1777,nr_inodes=1024")


def unshare(was_root: bool) -> None:
    uid, gid = os.getuid(), os.getgid()
    call("unshare", NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | (0 if was_root else NEWUSER))
    if not was_root:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {uid} 1"), ("gid_map", f"{NOBODY} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


@contextmanager
def fresh_processes(own: int) -> Iterator[None]:
    """What is forked here is the first process of a new pid namespace. `own` is a descriptor of the zygote's."""
    call("unshare", NEWPID)
    parent = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == parent:
            call("setns", own, NEWPID)


# In a worker


def confine(box: dict, stranger: int, rules: int) -> None:
    """Give up all that a student's code must not have; nothing takes it back.

    `stranger` is the user to become where this is root, else 0; `rules` is a Landlock rule set or -1.
    """
    if box["tier"] == 2:
        call("unshare", NEWNS | NEWIPC | NEWNET)
        mount_scratch("/tmp", box["limits"]["scratch"])
        os.chdir("/tmp")
    elif box["tier"] == 0:
        scratch = f"{box['root']}/scratch-{os.getpid()}"
        os.mkdir(scratch)
        os.chdir(scratch)
    apply_limits(box["limits"])
    if sys.platform == "linux":
        drop_rights(stranger, keep_files=box["tier"] < 2)
        call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if rules >= 0:
        from autograder import landlock

        landlock.restrict(rules)
        os.close(rules)


def apply_limits(limits: dict) -> None:
    for what, name in LIMITS.items():
        try:
            resource.setrlimit(what, (limits[name], limits[name]))
        except (ValueError, OSError):  # macOS has no address-space limit; tier 0 says so
            pass


def drop_rights(stranger: int, keep_files: bool) -> None:
    """Become an ordinary stranger without any capability.

    Without a root of its own (`keep_files`), a worker that was root opens files as root would, so that an interpreter
    below root's home can still be read; Landlock says which, and limits and signals go by the stranger's id.
    """
    if stranger:
        call("prctl", KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(stranger, stranger, stranger)
        os.setresuid(stranger, stranger, stranger)
        if keep_files:
            raise_rights()
            ctypes.CDLL(None).setfsuid(0)
    call("capset", ctypes.byref((ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))
    call("prctl", NO_NEW_PRIVS, 1, 0, 0, 0)


def raise_rights() -> None:
    """Use again what KEEPCAPS kept: the right to choose as whom files are opened (CAP_SETUID)."""
    setuid = 1 << 7
    data = (ctypes.c_uint32 * 6)(setuid, setuid, 0, 0, 0, 0)
    call("capset", ctypes.byref((ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)), ctypes.byref(data))


# The zygote


def become_zygote(box: dict, channel: socket.socket, stranger: int) -> None:
    """Import what submissions will import, from where they will, and serve forks until the line closes."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if box["tier"] == 2 else -1
    threads = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY) if sys.platform == "linux" else -1
    if box["tier"] == 2:
        build_root(box)
    sys.path += box["path"]
    from autograder import landlock, worker, zygote

    worker.warm_up(box["warm"])
    if threads >= 0:
        alone = len(os.listdir(threads))
        os.close(threads)
        assert alone == 1, f"{alone} threads in a zygote: a fork would hang"
    rules = os.dup2(landlock.allow(box["readable"]), RULES_FD) if box["tier"] == 1 else -1

    def become() -> None:
        confine(box, stranger, rules)
        worker.main(box["tier"])

    around = {"around_fork": lambda: fresh_processes(own)} if own >= 0 else {}
    zygote.serve(channel, become, **around, keep=rules)


def main(box: dict) -> int:
    """Build the box and become its zygote, in a pid namespace of its own where there is one."""
    channel = socket.socket(fileno=box.pop("channel"))
    os.umask(0o022)  # what is built here is read by nobody
    was_root = sys.platform == "linux" and os.geteuid() == 0
    stranger = STRANGERS + os.getpid() % 1_000_000 if was_root else 0  # before the pids begin at 1 again
    if sys.platform == "linux":
        call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if box["tier"] == 2:
        unshare(was_root)
        child = os.fork()
        if child != 0:
            channel.close()
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    become_zygote(box, channel, stranger)
    return 0


if __name__ == "__main__":
    try:
        status = main(json.loads(sys.argv.pop()))
    except BaseException as error:  # the process ends here, whatever it was
        sys.stderr.write(f"{type(error).__name__}: {error}\n"[:1000])
        sys.stderr.flush()
        status = 1
    os._exit(status & 0xFF)
