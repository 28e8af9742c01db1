"""The box a student's code runs in: a root of its own, allow-listed packages in it, no network, no neighbours, limits.

`make_box()` describes one, `launch()` has it built by a small process (launcher.py) that becomes the worker inside, and
`probe()` finds the strongest tier that works on this machine.

Tiers (docs/grading.md): 2 is namespaces + an own root + seccomp + limits; 0 is a separate process with limits and, on
Linux, seccomp: there, files are not protected, so a class is refused unless the instructor says otherwise.
"""

import contextlib
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
MIB = 2**20
TRAVELLING = (
    "__init__",
    "cells",
    "inert",
    "objects",
    "seccomp",
    "wire",
    "worker",
)  # modules of ours that go into the box


@dataclass(frozen=True)
class Limits:
    """What one sandboxed process may use. Memory is address space: numpy needs 512 MiB, torch 1 GiB."""

    memory: int = 1024 * MIB
    cpu_seconds: int = 60
    processes: int = 64
    open_files: int = 64
    file_size: int = 16 * MIB
    scratch: int = 16 * MIB
    core: int = 0


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


def library_folders() -> list[tuple[str, str]]:
    """The interpreter, its standard library and the shared libraries they need, at their own paths."""
    base = Path(sys.base_prefix).resolve()
    python = os.path.realpath(sys._base_executable)
    stdlib = sysconfig.get_path("stdlib", vars={"base": str(base), "installed_base": str(base)})
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    wanted = [python, stdlib, *glob.glob(f"{base}/lib/libpython*.so*")]
    wanted += [f"/lib/{multiarch}", f"/usr/lib/{multiarch}"] if multiarch else ["/lib", "/usr/lib"]
    wanted += ["/lib64", "/usr/lib64", "/etc/ld.so.cache"]
    if (base / "conda-meta").is_dir():  # conda keeps the interpreter's own libraries beside it
        wanted.insert(0, f"{base}/lib")
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
    own = {f"autograder/{name}.py": str(here / f"{name}.py") for name in TRAVELLING}
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
        [python, "-I", "-S", "-B", str(LAUNCHER.resolve()), spec],
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
    if answered:
        return 2, ""
    return 0, f"a worker in a tier 2 box did not start: {trouble.decode(errors='replace')[-400:]}"
