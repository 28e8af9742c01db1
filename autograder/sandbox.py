"""The box a student's code runs in: a root of its own, allow-listed packages in it, no network, no neighbours, limits.

`make_box()` describes one, `launch()` has it built by a small process (launcher.py) that becomes the zygote inside,
from which a worker is forked for each submission, and `probe()` finds the strongest tier that works on this machine.

Tiers (docs/grading.md): 2 is namespaces, an own root, seccomp and limits. 1 does without namespaces: Landlock, seccomp
and limits, on the files of the account, of which only the allow-listed can be read and none written. 0 is a separate
process with limits and, on Linux, seccomp: there, files are not protected, so a class is refused unless the instructor
says otherwise.
"""

import glob
import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder import wire
from autograder.zygote import PATIENCE, Zygote, ZygoteError

LAUNCHER = Path(__file__).with_name("launcher.py")
MIB = 2**20
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
TRAVELLING = (
    "__init__",
    "cells",
    "drawing",
    "inert",
    "landlock",
    "objects",
    "pictures",
    "seccomp",
    "values",
    "wire",
    "worker",
    "zygote",
)
ALWAYS = ("numpy", "msgspec", "matplotlib")  # what every box contains: ours, and what a notebook draws with
WARM = {"numpy": "numpy", "matplotlib": "autograder.drawing", "torch": "torch._dynamo"}  # before the fork


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
    root: str  # an empty folder to build the new root on, or to lay out the packages in
    mounts: list[tuple[str, str]]  # (source, path inside), read-only; tier 2
    hidden: list[str]  # folders inside the mounts that are covered with nothing; tier 2
    readable: list[str]  # what Landlock leaves to be read; tier 1
    path: list[str]  # sys.path of the worker, after the standard library
    warm: list[str]  # modules that are imported before any submission is there
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
    shown = packages | {f"autograder/{name}.py": str(here / f"{name}.py") for name in TRAVELLING}
    limits = limits or Limits()
    warm = [module for name, module in WARM.items() if name in packages]
    libraries = library_folders()
    if tier < 2:
        lay_out(Path(root), shown)
        paths = [path for path, _ in libraries] + list(shown.values()) + [root, *DEVICES]
        return Box(tier, root, [], [], sorted(set(map(os.path.realpath, paths))), [root], warm, limits)
    mounts = libraries + [(device, device) for device in DEVICES]
    mounts += [(source, f"/packages/{name}") for name, source in shown.items()]
    stdlib = sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix})
    hidden = [path for path in (f"{stdlib}/site-packages", f"{stdlib}/dist-packages") if os.path.isdir(path)]
    return Box(2, root, mounts, hidden, [], ["/packages"], warm, limits)


def lay_out(folder: Path, shown: dict[str, str]) -> None:
    """Links to the packages, so that they and no others are on a path of imports."""
    for name, source in shown.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(source)


def launch(box: Box) -> Zygote:
    """Start the zygote of `box`. Its first fork waits until it is warm, and says so when it could not be built."""
    ours, theirs = socket.socketpair()
    spec = json.dumps({**asdict(box), "channel": theirs.fileno()})
    python = os.path.realpath(sys._base_executable)
    environment = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with theirs:
        process = subprocess.Popen(
            [python, "-s", "-P", "-S", "-B", str(LAUNCHER.resolve()), spec],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(theirs.fileno(),),
            env={**environment, "PYTHONHASHSEED": "0"},  # sets have the same order in every run
            cwd="/",
        )
    return Zygote(process, ours)


def probe() -> tuple[int, str]:
    """Find the strongest tier that works here, by building boxes; returns the tier and, below 2, why not more."""
    if sys.platform != "linux":
        return 0, f"namespaces are Linux's, this is {sys.platform}"
    reasons = []
    for tier in (2, 1):
        trouble = try_tier(tier)
        if not trouble:
            return tier, "; ".join(reasons)
        reasons.append(f"tier {tier}: {trouble}")
    return 0, "; ".join(reasons)


def try_tier(tier: int) -> str:
    """Build a box of `tier` and hear a worker in it say that it is ready; returns what was in the way."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-box-") as root:
        try:
            with launch(make_box(tier, root, distribution_roots(("numpy", "msgspec")))) as zygote:
                worker = zygote.fork()
                worker.channel.settimeout(PATIENCE)
                try:
                    wire.receive(worker.channel)
                    return ""
                except (wire.WireError, OSError):
                    words = worker.stderr.read(2000).decode(errors="replace").strip()
                    return f"a worker did not start: {words[-400:]}"
                finally:
                    worker.kill()
        except (SandboxError, ZygoteError, OSError) as error:
            return str(error)
