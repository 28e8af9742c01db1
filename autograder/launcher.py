"""Builds a sandbox and becomes the worker in it: a small program of its own, started for each box by sandbox.py.

It gets a `sandbox.Box` as JSON, enters namespaces of its own, makes a root of tmpfs and read-only binds, gives up what
rights it has, sets the limits, and replaces itself by the worker. On the status pipe it writes the worker's pid, or one
line saying which step failed. It imports nothing of the course and as little as it can: a class
starts it thousands of times.

References: Linux's user_namespaces(7), mount_namespaces(7), pivot_root(2).
"""

import ctypes
import json
import os
import resource
import signal
import sys

NOBODY = 65534
WORKER_FD = 3
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
PDEATHSIG, NO_NEW_PRIVS, DETACH = 1, 38, 2


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
    scratch = f"size={box['limits']['scratch']},mode=1777,nr_inodes=1024"
    mount("tmpfs", f"{root}/tmp", "tmpfs", NOSUID | NODEV | NOEXEC, scratch)
    os.chdir(root)
    pivot_root()
    call("umount2", b".", DETACH)
    mount(None, "/", None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    os.chdir("/tmp")
    call("sethostname", b"sandbox", 7)


def become_nobody(was_root: bool) -> None:
    if was_root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    call("prctl", NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def unshare(was_root: bool) -> None:
    uid, gid = os.getuid(), os.getgid()
    call("unshare", NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | (0 if was_root else NEWUSER))
    if not was_root:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {uid} 1"), ("gid_map", f"{NOBODY} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def apply_limits(limits: dict) -> None:
    for what, name in LIMITS.items():
        try:
            resource.setrlimit(what, (limits[name], limits[name]))
        except (ValueError, OSError):  # macOS has no address-space limit; tier 0 says so
            pass


def run_worker(box: dict) -> None:
    """Replace this process by the worker: one socket, no environment, nothing else inherited."""
    os.dup2(box["channel"], WORKER_FD)
    os.set_inheritable(WORKER_FD, True)
    apply_limits(box["limits"])
    # The status pipe closes by itself on exec: that is the news that the worker runs.
    os.set_inheritable(box["status"], False)
    for descriptor in range(WORKER_FD + 1, 256):
        if descriptor != box["status"]:
            try:
                os.close(descriptor)
            except OSError:
                pass
    python = os.path.realpath(sys.executable)
    environment = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    os.execve(python, [python, "-I", "-S", "-B", box["worker"], *box["path"]], environment)


def main(box: dict) -> int:
    """Build the box and run the worker as its first process. Any trouble goes to the status pipe as one line."""
    status = box["status"]
    os.umask(0o022)  # what is built here is read by nobody
    try:
        if sys.platform == "linux":
            call("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if box["tier"] == 0:
            os.write(status, b"%d\n" % os.getpid())
            scratch = f"{box['root']}/scratch-{os.getpid()}"
            os.mkdir(scratch)
            os.chdir(scratch)
            run_worker(box)
        was_root = os.geteuid() == 0
        unshare(was_root)
        child = os.fork()
        if child == 0:
            build_root(box)
            become_nobody(was_root)
            run_worker(box)
        os.write(status, b"%d\n" % child)
        for descriptor in (status, box["channel"]):
            os.close(descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException as error:  # the process ends here, whatever it was
        os.write(status, f"\n{error}".encode()[:1000])
        os._exit(1)


if __name__ == "__main__":
    os._exit(main(json.loads(sys.argv[1])) & 0xFF)
