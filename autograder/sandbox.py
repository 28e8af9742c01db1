"""The box a student's code runs in: a root of its own, allow-listed packages in it, no network, no neighbours, limits.

Run as a script it is the *launcher*, a small process without the course in it: it reads a `Box` as JSON, builds the box
and becomes the worker inside. `launch()` starts it, `probe()` finds the strongest tier that works on this machine.

Tiers (docs/grading.md): 2 is namespaces + an own root + seccomp + limits; 0 is a separate process with limits and, on
Linux, seccomp: there, files are not protected, so a class is refused unless the instructor says otherwise.
"""

import contextlib
import ctypes
import glob
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

NOBODY = 65534
WORKER_FD = 3
MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one sandboxed process may use. Memory is address space: numpy needs 512 MiB, torch 1 GiB."""

    memory: int = 1024 * MIB
    cpu_seconds: int = 60
    processes: int = 64
    open_files: int = 64
    file_size: int = 16 * MIB
    scratch: int = 16 * MIB

    def apply(self) -> None:
        for what, value in (
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_CPU, self.cpu_seconds),
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_NOFILE, self.open_files),
            (resource.RLIMIT_FSIZE, self.file_size),
            (resource.RLIMIT_CORE, 0),
        ):
            try:
                resource.setrlimit(what, (value, value))
            except (ValueError, OSError):  # macOS has no address-space limit; tier 0 says so
                pass


@dataclass(frozen=True)
class Box:
    """A sandbox before it is built: which files it shows, at which paths, and what runs in it."""

    tier: int
    root: str  # an empty folder to build the new root on
    mounts: list[tuple[str, str]]  # (source, path inside), read-only
    hidden: list[str]  # folders inside the mounts that are covered with nothing
    path: list[str]  # sys.path of the worker, after the standard library
    worker: str  # path of the worker script, inside
    limits: Limits = field(default_factory=Limits)


class SandboxError(Exception):
    """A box could not be built on this machine; the message says which step failed and why."""


# Outside: what to show, and starting the launcher


def library_folders() -> list[tuple[str, str]]:
    """The interpreter, its standard library and the shared libraries they need, at their own paths."""
    base = Path(sys.base_prefix).resolve()
    python = os.path.realpath(sys._base_executable)
    stdlib = sysconfig.get_path("stdlib", vars={"base": str(base), "installed_base": str(base)})
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    wanted = [python, stdlib, *glob.glob(f"{base}/lib/libpython*.so*")]
    wanted += [f"/lib/{multiarch}", f"/usr/lib/{multiarch}"] if multiarch else ["/lib", "/usr/lib"]
    wanted += ["/lib64", "/usr/lib64", "/etc/ld.so.cache"]
    return [(path, path) for path in dict.fromkeys(wanted) if os.path.exists(path)]


def distribution_roots(names: tuple[str, ...]) -> dict[str, str]:
    """Top-level files and folders of the distributions `names` and all they require: name inside -> path outside.

    Their metadata come along: some packages ask for their own version when they are imported.
    """
    from importlib import metadata

    roots, queue, seen = {}, list(names), set()
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise SandboxError(f"the sandbox needs the package {name!r}, which is not installed") from None
        for file in distribution.files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__", "bin") and not top.endswith(".pth"):
                roots[top] = str(distribution.locate_file(top))
        for requirement in distribution.requires or []:
            if "extra ==" not in requirement and _applies(requirement):
                queue.append(re.match(r"[A-Za-z0-9._-]+", requirement)[0])
    return roots


def _applies(requirement: str) -> bool:
    from packaging.requirements import Requirement

    marker = Requirement(requirement).marker
    return marker is None or marker.evaluate({"extra": ""})


def make_box(tier: int, root: str, packages: dict[str, str], limits: Limits | None = None) -> Box:
    """Describe a box that shows `packages` (name inside -> path outside) and the worker, and nothing else from here."""
    here = Path(__file__).parent
    own = {f"autograder/{name}": str(here / name) for name in ("__init__.py", "wire.py", "seccomp.py", "worker.py")}
    limits = limits or Limits()
    if tier == 0:
        folder = Path(root)
        for name, source in {**packages, **own}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(source)
        return Box(0, root, [], [], [root], str(folder / "autograder/worker.py"), limits)
    mounts = library_folders() + [(device, device) for device in ("/dev/null", "/dev/zero", "/dev/urandom")]
    mounts += [(source, f"/packages/{name}") for name, source in {**packages, **own}.items()]
    stdlib = sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix})
    hidden = [path for path in (f"{stdlib}/site-packages", f"{stdlib}/dist-packages") if os.path.isdir(path)]
    return Box(2, root, mounts, hidden, ["/packages"], "/packages/autograder/worker.py", limits)


@dataclass
class Sandboxed:
    """A running worker: its process as the launcher's pid, its own pid (for its CPU clock), and its output pipes."""

    launcher: subprocess.Popen
    pid: int

    def kill(self) -> None:
        """End it and everything it started: its death takes its namespace along, and its launcher buries it."""
        if self.launcher.poll() is None:  # else the worker is gone, and its pid may be somebody else's by now
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.launcher.wait(timeout=5)
            self.launcher.kill()
        self.launcher.wait()


def launch(box: Box, channel: socket.socket) -> Sandboxed:
    """Start a worker in `box`, talking on `channel`. Raises `SandboxError` when the box cannot be built here."""
    status_read, status_write = os.pipe()
    spec = json.dumps({**asdict(box), "channel": channel.fileno(), "status": status_write})
    python = os.path.realpath(sys._base_executable)
    process = subprocess.Popen(
        [python, "-I", "-S", "-B", str(Path(__file__).resolve()), spec],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(channel.fileno(), status_write),
        env={},
        cwd="/",
    )
    os.close(status_write)
    with os.fdopen(status_read) as status:
        report = status.readline().strip()  # the worker's pid, or what went wrong; the pipe closes when it runs
        trouble = status.read().strip()
    if not report.isdigit() or trouble:
        process.kill()
        complaint = process.communicate()[1].decode(errors="replace").strip()[-400:]
        raise SandboxError(trouble or complaint or f"the launcher ended with status {process.returncode}")
    return Sandboxed(process, int(report))


def probe() -> tuple[int, str]:
    """Find the strongest tier that works here, by building one; returns the tier and, below 2, why not more."""
    if sys.platform != "linux":
        return 0, f"namespaces are Linux's, this is {sys.platform}"
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryDirectory(prefix="mmcourse-box-") as root:
        try:
            packages = distribution_roots(("numpy", "msgspec"))
            box = launch(make_box(2, root, packages), theirs)
        except (SandboxError, OSError) as error:
            return 0, str(error)
        theirs.close()
        ours.settimeout(20)
        try:
            answered = ours.recv(1) != b""
        except OSError:
            answered = False
        trouble = b"" if answered else box.launcher.stderr.read(2000)
        box.kill()
        box.launcher.stdout.close()
        box.launcher.stderr.close()
    return (
        (2, "")
        if answered
        else (0, f"a worker in a tier 2 box did not start: {trouble.decode(errors='replace')[-400:]}")
    )


# Inside the launcher: standard library only, nothing of the course is imported here

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_PDEATHSIG, _NO_NEW_PRIVS, _DETACH = 1, 38, 2


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        shown = ", ".join(item.decode() if isinstance(item, bytes) else str(item) for item in arguments)
        raise OSError(number, f"{name}({shown}): {os.strerror(number)}")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encode = lambda text: None if text is None else text.encode()  # noqa: E731
    _call("mount", encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data))


def _pivot_root() -> None:
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, b".", b".") != 0:
        raise OSError(ctypes.get_errno(), "pivot_root")


def _bind(source: str, target: str) -> None:
    """Bind `source` read-only. Flags of the source's own mount must stay: in a user namespace the kernel insists."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, None, _BIND | _REC)
    kept = os.statvfs(source).f_flag & (_NODEV | _NOEXEC | 1024 | 2048)  # noatime, nodiratime
    relatime = (1 << 21) if os.statvfs(source).f_flag & 4096 else 0
    nodev = 0 if source.startswith("/dev/") else _NODEV
    _mount(None, target, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | nodev | kept | relatime)


def _build_root(box: dict) -> None:
    """Make the new root of tmpfs and read-only binds, and leave the old one behind."""
    root = box["root"]
    _mount("none", "/", None, _REC | _PRIVATE)
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=4m,mode=755")
    for source, inside in box["mounts"]:
        _bind(source, root + inside)
    for inside in box["hidden"]:
        _mount("tmpfs", root + inside, "tmpfs", _NOSUID | _NODEV | _RDONLY, "size=4k,mode=755")
    for folder in ("tmp", "proc"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    scratch = f"size={box['limits']['scratch']},mode=1777,nr_inodes=1024"
    _mount("tmpfs", f"{root}/tmp", "tmpfs", _NOSUID | _NODEV | _NOEXEC, scratch)
    os.chdir(root)
    _pivot_root()
    _call("umount2", b".", _DETACH)
    _mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.chdir("/tmp")
    _call("sethostname", b"sandbox", 7)


def _become_nobody(was_root: bool) -> None:
    if was_root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    _call("prctl", _NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _unshare(was_root: bool) -> None:
    uid, gid = os.getuid(), os.getgid()
    _call("unshare", _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET | (0 if was_root else _NEWUSER))
    if not was_root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


def _run_worker(box: dict) -> None:
    """Replace this process by the worker: one socket, no environment, nothing else inherited."""
    os.dup2(box["channel"], WORKER_FD)
    os.set_inheritable(WORKER_FD, True)
    limits = Limits(**box["limits"])
    limits.apply()
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


def _launcher(box: dict) -> int:
    """Build the box and run the worker as its first process. Any trouble goes to the status pipe as one line."""
    status = box["status"]
    os.umask(0o022)  # what is built here is read by nobody
    try:
        if sys.platform == "linux":
            _call("prctl", _PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if box["tier"] == 0:
            os.write(status, b"%d\n" % os.getpid())
            os.chdir(tempfile.mkdtemp(dir=box["root"]))
            _run_worker(box)
        was_root = os.geteuid() == 0
        _unshare(was_root)
        child = os.fork()
        if child == 0:
            _build_root(box)
            _become_nobody(was_root)
            _run_worker(box)
        os.write(status, b"%d\n" % child)
        for descriptor in (status, box["channel"]):
            os.close(descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException as error:  # the process ends here, whatever it was
        os.write(status, f"\n{error}".encode()[:1000])
        os._exit(1)


if __name__ == "__main__":
    os._exit(_launcher(json.loads(sys.argv[1])) & 0xFF)
