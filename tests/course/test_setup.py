"""Setting up: on a machine that lacks something, one clear line and a status that is not zero."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# The stand-ins are scripts for sh in a folder that is first, or alone, on the path.
OLD = 'case "$2" in *"%d.%d"*) echo 3.9 ;; *) exit 1 ;; esac'
NO_VENV = 'case "$2" in *ensurepip*) exit 1 ;; *"%d.%d"*) echo 3.11 ;; esac'
COMMANDS = ["bash", "sh", "dirname", "sed", "rm", "mkdir", "touch", "grep", "uname", "env"]


@pytest.fixture
def house(course, tmp_path):
    """A copy of what `make` needs, and a PATH on which there is nothing but a few commands and the given stand-ins."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(course.root / name, tmp_path / name)
    shutil.copytree(course.root / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "bin"
    path.mkdir()
    for name in COMMANDS:
        (path / name).symlink_to(shutil.which(name))

    def run(*arguments: str, ready: bool = False, **stand_ins: str) -> subprocess.CompletedProcess:
        for name, script in stand_ins.items():
            program = path / name.replace("_", "-")
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        if ready:
            (tmp_path / ".venv" / "bin").mkdir(parents=True)
            (tmp_path / ".venv" / ".ready").touch()
            program = tmp_path / ".venv" / "bin" / "python"
            program.write_text('#!/bin/sh\nfor word; do echo "[$word]"; done\n')
            program.chmod(0o755)
        command = [shutil.which("make"), "-s", *arguments]
        return subprocess.run(command, cwd=tmp_path, env={"PATH": str(path)}, capture_output=True, text=True)

    return run


def told(done: subprocess.CompletedProcess) -> str:
    """The one line that was said, next to make's own."""
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    return line


def test_no_python(house):
    assert told(house("demo")).startswith("python3 not found: install Python 3.11 or later, or say where it is")


def test_an_old_python(house):
    assert told(house("demo", python3=OLD)).startswith("python3 is Python 3.9, the course needs 3.11 or later")


def test_no_ensurepip_as_an_ordinary_user(house):
    line = told(house("demo", python3=NO_VENV, id="echo 1000", apt_get="echo never >&2"))
    assert "run 'sudo apt-get install python3.11-venv', then make again" in line


def test_no_ensurepip_and_no_apt(house):
    line = told(house("demo", python3=NO_VENV, id="echo 0"))
    assert "install the modules venv and ensurepip for it" in line


def test_no_ensurepip_as_root_installs_it(house):
    """The stand-in for apt-get installs nothing, so the build fails after it; what counts is what it was asked for."""
    done = house("demo", python3=NO_VENV, id="echo 0", apt_get='echo "apt-get $*" >&2')
    assert re.search(r"^apt-get .*install .*python3\.11-venv$", done.stderr, re.MULTILINE)
    assert "sudo" not in done.stdout + done.stderr


def test_no_chromium_as_an_ordinary_user(house):
    done = house("test", ready=True, id="echo 1000", apt_get="echo never >&2")
    assert "sudo apt-get install chromium" in told(done)
    assert "pytest" not in done.stdout


def test_no_chromium_as_root_installs_it(house):
    done = house("test", "SKIP=hub", ready=True, id="echo 0", apt_get='echo "apt-get $*" >&2')
    assert re.search(r"^apt-get .*install .*chromium$", done.stderr, re.MULTILINE)
    assert "[pytest]" in done.stdout


def test_no_postgresql_as_an_ordinary_user(house):
    done = house("test", ready=True, chromium="true", ls="exit 2", id="echo 1000", apt_get="echo never >&2")
    assert "sudo apt-get install postgresql" in told(done)
    assert "pytest" not in done.stdout


RUN = ["[-m]", "[pytest]", "[-n]", "[logical]", "[--maxprocesses]", "[4]", "[--dist]", "[loadfile]"]
THERE = {"chromium": "true", "initdb": "true"}
PROXY = "configurable-http-proxy@5.1.0"


@pytest.mark.parametrize(
    ("stand_ins", "why"),
    [({"id": "echo 1000"}, "takes root"), ({"id": "echo 0", "unshare": "exit 1"}, "need namespaces.* --privileged")],
)
def test_where_no_hub_can_be_put_up_its_tests_are_left_out_aloud(house, stand_ins, why):
    done = house("test", ready=True, **THERE, **stand_ins, npm="echo never >&2")
    assert re.fullmatch(f"leaving out the tests of a JupyterHub: they .*{why}.*\n", done.stderr)
    assert (done.returncode, done.stdout.split("\n")[:-1]) == (0, [*RUN, "[-m]", "[not hub]"])


def test_no_proxy_as_root_installs_it(house, tmp_path):
    """Node first, then the proxy from npm, and nothing at all the next time."""
    package = tmp_path / ".venv/share/hub/node_modules/configurable-http-proxy/package.json"
    npm = f"""case "$*" in *{PROXY}) mkdir -p {package.parent}; echo '  "version": "5.1.0",' >{package} ;; esac"""
    root = {"id": "echo 0", "unshare": "true", "apt_get": 'echo "apt-get $*" >&2'}
    done = house("test", ready=True, **THERE, **root, npm=f'echo "npm $*" >&2; {npm}')
    assert re.search(r"^apt-get .*install .*nodejs$", done.stderr, re.MULTILINE)
    assert re.search(rf"^npm install --prefix .venv/share/hub .*{PROXY}$", done.stderr, re.MULTILINE)
    again = house("test", **THERE, **root, node="true", npm="echo never >&2")
    assert (again.returncode, again.stderr, again.stdout.split("\n")[:-1]) == (0, "", RUN)


def test_npm_without_a_network(house):
    done = house("test", ready=True, **THERE, id="echo 0", unshare="true", node="true", npm="exit 1")
    assert re.search(f"^{PROXY} could not be installed by npm.* make test SKIP=hub", told(done))


@pytest.mark.parametrize(
    ("skip", "marks"),
    [
        ("browser,postgres", "not browser and not postgres"),
        ("postgres,browser,slow", "not postgres and not browser and not slow"),
        ("hub,browser,postgres", "not hub and not browser and not postgres"),
    ],
)
def test_a_part_is_left_out_only_when_told(house, skip, marks):
    done = house("test", f"SKIP={skip}", ready=True, id="echo 1000")
    assert (done.returncode, done.stdout.split("\n")[:-1]) == (0, [*RUN, "[-m]", f"[{marks}]"])


def test_everything_is_tested_by_default(house):
    done = house("test", ready=True, **THERE, **dict.fromkeys(["unshare", "node", "npm"], "true"), id="echo 0")
    assert (done.returncode, done.stdout.split("\n")[-1 - len(RUN) : -1]) == (0, RUN)


def test_an_unknown_part_to_leave_out_is_told(house):
    assert "SKIP=brwoser: unknown part brwoser: use browser hostile hub notebook postgres slow" in told(
        house("test", "SKIP=brwoser", ready=True)
    )


def test_help_lists_every_target(house, course):
    listed = re.findall(r"^make (\w+)", house("help").stdout, re.MULTILINE)
    assert listed == ["help", "demo", "test", "check", "lab", "clean"]


def test_the_build_of_torch_is_part_of_what_is_asked_for(course):
    """Otherwise an index out of reach would end in gigabytes of CUDA packages."""
    script = (course.root / "tools" / "bootstrap.sh").read_text()
    assert "torch=$torch+$build" in script
    assert "--no-deps" in script


def test_one_address_only(course):
    for name in ("Makefile", "tools/bootstrap.sh", "constraints.txt", "pyproject.toml", "environment.yml"):
        hosts = re.findall(r"https?://([^/\s}]+)", (Path(course.root) / name).read_text())
        assert set(hosts) <= {"download.pytorch.org"}, name
