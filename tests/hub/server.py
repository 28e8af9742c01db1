"""A course server as docs/jupyterhub.md describes it: a real JupyterHub with real accounts, that leaves nothing behind.

Everything happens in namespaces of its own for mounts, processes and the network. The accounts are made in a copy of
/etc, the homes lie in memory, the ports of the page are free, and one signal ends it all.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.edition import write_edition
from autograder.release import release
from tests.conftest import ROOT, copy_toy_course

PAGE = (ROOT / "docs" / "jupyterhub.md").read_text(encoding="utf-8")
NAME = "a01_toy"
ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "wonderland"
PEOPLE = ["instructor", "hopper", "turing"]
STUDENTS = {"jupyterhub-singleuser": "jupyterhub.singleuser:main"}
GRADERS = {
    "autograder": "autograder.cli:main",
    "nbgrader": "nbgrader.apps.nbgraderapp:main",
    "alembic": "alembic.config:main",
}
PROXY = Path(sys.prefix) / "share" / "hub"


def block(kind: str, start: str) -> str:
    """The block of the page whose text begins with `start`."""
    found = [text for text in re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", PAGE) if text.startswith(start)]
    assert len(found) == 1, f"docs/jupyterhub.md: {len(found)} blocks of {kind} begin with {start!r}, 1 is needed"
    return found[0]


def commands(start: str) -> str:
    """The commands of one of the page's blocks, in one line, on the assignment that is tried here."""
    lines = block("sh", start).replace("a03_optimizers", NAME).strip().splitlines()
    return " && ".join(["cd ~/mmcourse", ". .venv/bin/activate", *lines])


# What is laid out


def make_course(folder: Path) -> Course:
    """The instructor's clone: the toy course with its first assignment, released, and the real mmcourse."""
    course = copy_toy_course(folder)
    text = (folder / "syllabus.toml").read_text()
    first, second = text.split('id = "a02"')
    (folder / "syllabus.toml").write_text(first + 'id = "a02"' + second.replace('"written"', '"planned"'))
    shutil.copytree(ROOT / "mmcourse", folder / "mmcourse", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, folder / name)
    course = Course(folder)
    release(course, NAME)
    return course


def make_environment(folder: Path, home: str, trees: list[Path], commands: dict[str, str]) -> None:
    """An environment that will lie at `home`: the packages of this one, but of ours only `trees`, and `commands`.

    Only the folder of packages is shared: what an editable install adds to the path by a .pth file there stays behind.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    packages = next(folder.glob("lib/python*/site-packages"))
    shared = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    (packages / "shared.pth").write_text(f"{shared}\n")
    for tree in trees:
        shutil.copytree(tree, packages / tree.name, ignore=shutil.ignore_patterns("__pycache__", "hidden"))
    for name in ("share", "etc"):
        (folder / name).symlink_to(Path(sys.prefix) / name)
    activate = folder / "bin" / "activate"
    activate.write_text(activate.read_text().replace(str(folder), home))
    for name, function in commands.items():  # as pip writes them
        module, _, call = function.partition(":")
        path = folder / "bin" / name
        path.write_text(f"#!{home}/bin/python\nimport sys\nfrom {module} import {call}\nsys.exit({call}())\n")
        path.chmod(0o755)


def lay_out(stage: Path) -> None:
    """Write to `stage` what lies on the server besides its packages, and the commands that make the accounts."""
    if os.geteuid() != 0:
        pytest.fail("a hub with accounts of its own needs root: run as root, or leave these tests out with SKIP=hub")
    if not PROXY.is_dir():
        pytest.fail(f"no proxy in {PROXY}: run tools/hub.sh, or leave these tests out with SKIP=hub")
    course = make_course(stage / "course")
    write_edition(course, "class", stage / "class")
    server, mmcourse = stage / "srv" / "mmcourse", stage / "class" / "mmcourse"
    (server / "etc").mkdir(parents=True)
    for name in ("jupyterhub_config.py", "jupyter_server_config.py", "nbgrader_config.py"):
        (server / "etc" / name).write_text(block("python", f"# /srv/mmcourse/etc/{name}\n"))
    make_environment(server / "students", "/srv/mmcourse/students", [mmcourse], STUDENTS)
    home = "/home/instructor/mmcourse/.venv"
    make_environment(course.root / ".venv", home, [mmcourse, ROOT / "autograder"], STUDENTS | GRADERS)
    shutil.rmtree(course.root / "mmcourse")  # the copy in its environment is the one that is used
    shutil.copytree(PROXY, server / "hub", symlinks=True)
    (stage / "accounts.sh").write_text(block("sh", "groupadd"))
    (stage / "people").write_text("".join(f"{name}\n" for name in PEOPLE))


# The server


@dataclass
class Hub:
    """A running server, seen from outside."""

    process: subprocess.Popen
    log: Path

    @property
    def inside(self) -> int:
        """The number that its first process has out here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def path(self, inside: str) -> Path:
        """A file of the server, as root out here opens it."""
        return Path(f"/proc/{self.inside}/root{inside}")


def tail(log: Path) -> str:
    """The end of what the hub, its proxy and everybody's server said."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(line for line in lines if not re.search(r"\] (1|2|304)\d* ", line))[-6000:]


def closed_above(folder: Path) -> list[Path]:
    """The topmost folder above `folder` that other accounts cannot pass, if there is one."""
    closed = [parent for parent in folder.parents if not parent.stat().st_mode & 0o001]
    return closed[-1:]


@contextmanager
def course_server(stage: Path, log: Path) -> Iterator[Hub]:
    """The server of what `stage` holds, until the end of the block, or of this process however it ends."""
    keep = [path for path in (Path(sys.prefix), Path(sys.base_prefix)) if path != Path("/usr")]
    cover = {ROOT, *(closed for path in keep for closed in closed_above(path))}
    # Each dies with its parent: `unshare` with this process, the first process inside with `unshare`, the rest with it.
    words = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child"]
    words += ["--mount-proc", "bash", Path(__file__).with_name("furnish.sh"), stage, *keep, "--", *sorted(cover)]
    environment = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "PASSWORD": PASSWORD, "LANG": "C.UTF-8"}
    with open(log, "wb") as file:
        streams = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
        process = subprocess.Popen(words, cwd="/", env=environment, **streams)
    hub = Hub(process, log)
    try:
        wait_until(hub, lambda: "JupyterHub is now running" in log.read_text(errors="replace"), "the hub's start")
        yield hub
    finally:
        process.kill()
        process.wait(timeout=30)


def wait_until(hub: Hub, done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline or hub.process.poll() is not None:
            pytest.fail(f"waited in vain for {what}: {tail(hub.log)}")
        time.sleep(0.1)
