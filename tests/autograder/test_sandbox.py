"""The box: what is in it, what it may use, that nothing stays behind, and that it says why when it cannot be built."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from autograder import sandbox, wire
from autograder.launcher import STRANGERS
from autograder.sandbox import MIB, Limits, SandboxError
from autograder.zygote import Zygote, ZygoteError

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


class Inside:
    """A worker in a box, spoken to without a judge."""

    def __init__(self, zygote: Zygote) -> None:
        self.process = zygote.fork()
        self.channel = self.process.channel
        self.channel.settimeout(30)
        assert wire.receive(self.channel) == ["ready"]

    def run(self, source: str) -> str:
        """Run a cell, which must succeed; returns what it printed."""
        _, status, printed, failure, _ = self.ask(["cell", 1, textwrap.dedent(source)])
        assert status == "ok", failure
        return printed

    def call(self, name: str, *args):
        kind, *answer = self.ask(["call", name, wire.pack(args), wire.pack({})])
        if kind == "error":
            raise RuntimeError(": ".join(answer[1:3]))
        return wire.unpack(answer[0])

    def get(self, expression: str):
        """The value of an expression inside."""
        self.run(f"def it():\n    import ctypes, os, resource, socket, sys\n    return {expression}")
        return self.call("it")

    def ask(self, request: list) -> list:
        wire.send(self.channel, request)
        return wire.receive(self.channel)

    def end(self) -> None:
        self.process.kill()


@pytest.fixture(scope="module")
def tier() -> int:
    """The strongest tier: on Linux these tests insist on the real one."""
    found, why = sandbox.probe()
    if found < 2 and sys.platform == "linux":
        pytest.fail(f"no sandbox of tier 2 on this machine, so it cannot be tested: {why}")
    return found


@pytest.fixture(scope="module")
def packages() -> dict[str, str]:
    return sandbox.distribution_roots(("numpy", "msgspec"))


@pytest.fixture
def start(tmp_path, packages):
    """start(tier=2, packages=..., **limits) gives a worker, which ends with the test."""
    with contextlib.ExitStack() as running:

        def begin(tier: int = 2, packages: dict[str, str] = packages, **limits: int) -> Inside:
            root = Path(tempfile.mkdtemp(dir=tmp_path))
            zygote = running.enter_context(
                sandbox.launch(sandbox.make_box(tier, str(root), packages, Limits(**limits)))
            )
            worker = Inside(zygote)
            running.callback(worker.end)
            return worker

        yield begin


@pytest.fixture(scope="module")
def shared(tmp_path_factory, packages, tier):
    """One worker in the strongest box, for tests that only look around."""
    with sandbox.launch(sandbox.make_box(tier, str(tmp_path_factory.mktemp("box")), packages)) as zygote:
        worker = Inside(zygote)
        yield worker
        worker.end()


@linux
def test_this_machine_has_the_strong_tier():
    assert sandbox.probe() == (2, "")


@linux
def test_a_private_umask_changes_nothing():
    before = os.umask(0o077)
    try:
        assert sandbox.probe() == (2, "")
    finally:
        os.umask(before)


@pytest.mark.parametrize("tier", [pytest.param(2, marks=linux), pytest.param(1, marks=linux), 0])
def test_a_worker_runs_cells_and_answers_calls(start, tier):
    worker = start(tier)
    assert worker.run("import numpy as np\nprint('hello')\ndef double(x):\n    return {'twice': 2 * x}") == "hello\n"
    assert worker.call("double", 2.5) == {"twice": 5.0}
    np.testing.assert_array_equal(worker.call("double", np.arange(3))["twice"], [0, 2, 4])


# What is to be seen


@linux
def test_exactly_the_allow_list_is_visible(shared, packages):
    """A walk over everything that is there, except within the standard library, the libraries and the packages."""
    visible = [inside for _, inside in sandbox.library_folders()] + [f"/packages/{name}" for name in packages]
    shared.run(
        f"""
        import os
        visible = {visible!r}
        def outside_the_list():
            found = []
            for folder, folders, files in os.walk("/"):
                folders[:] = [name for name in folders if os.path.join(folder, name) not in visible]
                found += [path for name in files if (path := os.path.join(folder, name)) not in visible]
            return sorted(found)
        """
    )
    own = [f"/packages/autograder/{name}.py" for name in sandbox.TRAVELLING]
    assert shared.call("outside_the_list") == ["/dev/null", "/dev/urandom", "/dev/zero", *own]


@linux
def test_of_etc_home_proc_and_other_packages_nothing_is_there(shared):
    assert shared.get("os.listdir('/etc')") == ["ld.so.cache"]
    assert shared.get("[os.listdir(path) for path in ('/proc', '/tmp')]") == [[], []]
    base = os.path.realpath(sys.base_prefix)  # the interpreter may lie in somebody's home; nothing beside it is seen
    elsewhere = [path for path in (str(ROOT), "/home", "/root", "/sys", "/var", "/run", "/bin") if path not in base]
    assert not shared.get(f"list(filter(os.path.exists, {elsewhere!r}))")
    stdlib = os.path.dirname(os.__file__)
    for packages in (f"{stdlib}/site-packages", f"{stdlib}/dist-packages"):
        assert not shared.get(f"os.path.isdir({packages!r}) and os.listdir({packages!r})")


@linux
def test_only_allowed_packages_can_be_imported(shared, start):
    assert shared.run("import numpy, msgspec, autograder.wire, email, sqlite3, ssl") == ""
    for name in ("pytest", "nbformat", "mmcourse", "autograder.judge", "autograder.manifest", "pip"):
        with pytest.raises(AssertionError, match="ModuleNotFoundError"):
            shared.run(f"import {name}")


@linux
def test_a_package_brings_what_it_requires(start):
    worker = start(packages=sandbox.distribution_roots(("nbformat", "numpy", "msgspec")))
    assert worker.run("import nbformat, jsonschema; print(nbformat.v4.new_notebook().nbformat)") == "4\n"


@linux
def test_everything_but_scratch_is_read_only(shared):
    shared.run(
        """
        import os, numpy
        def writable():
            held = []
            folders = ["/", "/etc", "/dev", "/proc", "/packages", "/packages/autograder", os.path.dirname(os.__file__)]
            files = [numpy.__file__, os.__file__, "/packages/autograder/wire.py"]
            for path in [folder + "/new" for folder in folders] + files:
                try:
                    open(path, "a").close()
                except OSError:
                    continue
                held.append(path)
            return held
        """
    )
    assert shared.call("writable") == []


@linux
def test_scratch_is_where_one_stands_empty_writable_and_small(start):
    worker = start(scratch=2 * MIB)
    assert worker.get("(os.getcwd(), os.listdir())") == ("/tmp", [])
    worker.run(
        """
        import os
        def write(count, size):
            for number in range(count):
                with open(f"/tmp/{number}", "wb") as file:
                    file.write(bytes(size))
            return len(os.listdir("/tmp"))
        """
    )
    assert worker.call("write", 3, 1000) == 3
    with pytest.raises(RuntimeError, match="No space left"):
        worker.call("write", 3, MIB)
    with pytest.raises(RuntimeError, match="No space left"):
        worker.call("write", 5000, 0)  # files, too, are counted
    assert start(scratch=2 * MIB).get("os.listdir()") == []  # nothing stays for the next one


@linux
def test_it_is_nobody_on_a_machine_of_its_own(shared):
    *ids, pid = shared.get("(os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getpid())")
    assert len(set(ids)) == 1 and pid == 1
    if os.geteuid() == 0:  # somebody who owns nothing, and is nobody else's neighbour in what is counted by user
        assert STRANGERS <= ids[0] < STRANGERS + 1_000_000
    else:
        assert ids[0] == 65534
    assert shared.get("os.uname().nodename") == "sandbox"
    namespaces = {os.stat(f"/proc/self/ns/{name}").st_ino for name in ("pid", "net", "mnt", "ipc", "uts")}
    theirs = {os.stat(f"/proc/{shared.process.pid}/ns/{name}").st_ino for name in ("pid", "net", "mnt", "ipc", "uts")}
    assert len(theirs) == 5 and not namespaces & theirs


@pytest.mark.parametrize("tier", [2, 0])
def test_no_environment_comes_along(start, monkeypatch, tier):
    if tier == 2 and sys.platform != "linux":
        pytest.skip("namespaces are Linux's")
    monkeypatch.setenv("MMCOURSE_CANARY", "secret")
    worker = start(tier)
    assert worker.get("dict(os.environ)") == {}
    worker.run(
        """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_char_p
        def ask(name):
            return libc.getenv(name)
        """
    )
    assert worker.call("ask", b"MMCOURSE_CANARY") is None
    assert worker.call("ask", b"HOME") is None


# What it may use


@linux
def test_the_limits_are_set_hard(start):
    limits = Limits()
    worker = start()
    expected = {
        "AS": limits.memory,
        "CPU": limits.cpu_seconds,
        "NPROC": limits.processes,
        "NOFILE": limits.open_files,
        "FSIZE": limits.file_size,
        "CORE": 0,
    }
    for name, value in expected.items():
        assert worker.get(f"resource.getrlimit(resource.RLIMIT_{name})") == (value, value), name


@linux
def test_memory_is_limited_and_running_into_it_is_no_end(start):
    worker = start(memory=512 * MIB)
    worker.run("def take(size):\n    return len(bytearray(size))")
    assert worker.call("take", 64 * MIB) == 64 * MIB
    with pytest.raises(RuntimeError, match="MemoryError"):
        worker.call("take", 8 << 30)
    assert worker.call("take", MIB) == MIB


@linux
@pytest.mark.hostile
def test_processor_time_is_limited_to_the_end(start):
    worker = start(cpu_seconds=1)
    worker.run(
        "def spin():\n    while True:\n        try:\n            sum(range(10**6))\n        except BaseException: ..."
    )
    started = time.monotonic()
    with pytest.raises(wire.Disconnected):
        worker.call("spin")
    assert time.monotonic() - started < 20


@linux
@pytest.mark.hostile
def test_threads_are_limited(start):
    worker = start(processes=32)
    worker.run(
        """
        import threading, time
        def bomb():
            try:
                for number in range(1000):
                    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
            except RuntimeError:
                return number
        """
    )
    assert worker.call("bomb") < 32


# Leaving nothing behind


def in_namespace(number: int) -> list[int]:
    """Processes, zombies aside, that live in the pid namespace `number`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.stat(folder / "ns" / "pid").st_ino == number and alive(int(folder.name)):
                found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(condition) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


BUSY = """
import threading
def busy():
    def spin():
        while True: ...
    for _ in range(3):
        threading.Thread(target=spin, daemon=True).start()
    spin()
"""


@linux
@pytest.mark.hostile
def test_a_kill_takes_a_busy_worker_and_its_namespace(start):
    worker = start()
    worker.run(BUSY)
    namespace = os.stat(f"/proc/{worker.process.pid}/ns/pid").st_ino
    assert in_namespace(namespace) == [worker.process.pid] and namespace != os.stat("/proc/self/ns/pid").st_ino
    wire.send(worker.channel, ["call", "busy", wire.pack(()), wire.pack({})])
    time.sleep(0.2)
    worker.process.kill()
    assert soon(lambda: in_namespace(namespace) == [])
    worker.process.kill()  # a second time is no trouble


@linux
@pytest.mark.hostile
@pytest.mark.parametrize("tier", [2, 1, 0])
def test_when_the_supervisor_dies_its_busy_workers_die_too(tmp_path, tier):
    program = f"""
    from autograder import sandbox, wire
    box = sandbox.make_box({tier}, {str(tmp_path)!r}, sandbox.distribution_roots(("numpy", "msgspec")))
    zygote = sandbox.launch(box)
    inside = zygote.fork()
    ours = inside.channel
    wire.receive(ours)
    wire.send(ours, ["cell", 0, {BUSY + "import ctypes; ctypes.CDLL(None).prctl(1, 0)"!r}])
    assert wire.receive(ours)[1] == "ok"
    wire.send(ours, ["call", "busy", wire.pack(()), wire.pack({{}})])
    print(inside.pid, flush=True)
    input()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        pid = int(supervisor.stdout.readline())
        assert alive(pid)
        supervisor.kill()
    assert soon(lambda: not alive(pid))


# When it cannot be built


@linux
def test_a_missing_source_is_named_and_nothing_leaks(tmp_path, packages, tier):
    open_before = len(os.listdir("/proc/self/fd"))
    box = sandbox.make_box(2, str(tmp_path), packages | {"ghost": "/nowhere/ghost"})
    with (
        sandbox.launch(box) as zygote,
        pytest.raises(ZygoteError, match=r"(?s)ghost.*No such file|No such file.*ghost"),
    ):
        zygote.fork()
    assert len(os.listdir("/proc/self/fd")) == open_before
    assert os.listdir(tmp_path) == []  # what was built was built in a namespace of its own


@linux
def test_a_root_that_is_not_there_is_named(packages):
    with sandbox.launch(sandbox.make_box(2, "/nowhere", packages)) as zygote:
        with pytest.raises(ZygoteError, match="mount.*nowhere"):
            zygote.fork()


@linux
def test_a_launcher_that_fails_at_once_shows_its_last_words(monkeypatch, tmp_path, packages):
    box = sandbox.make_box(2, str(tmp_path), packages)
    monkeypatch.setattr(sandbox, "asdict", lambda box: {"tier": 2})
    with sandbox.launch(box) as zygote, pytest.raises(ZygoteError, match="KeyError.*'root'"):
        zygote.fork()


def test_without_namespaces_the_tier_is_zero_and_says_why(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert sandbox.probe() == (0, "namespaces are Linux's, this is darwin")
    monkeypatch.undo()

    def refuse(box):
        raise SandboxError("unshare(0): Operation not permitted")

    monkeypatch.setattr(sandbox, "launch", refuse)
    why = "unshare(0): Operation not permitted"
    assert sandbox.probe() == (0, f"tier 2: {why}; tier 1: {why}")


@linux
def test_without_namespaces_landlock_takes_their_place(monkeypatch):
    build = sandbox.launch

    def refuse(box):
        if box.tier == 2:
            raise SandboxError("unshare(0): Operation not permitted")
        return build(box)

    monkeypatch.setattr(sandbox, "launch", refuse)
    assert sandbox.probe() == (1, "tier 2: unshare(0): Operation not permitted")


@linux
def test_a_worker_that_cannot_start_gives_tier_zero_and_its_last_words(monkeypatch, packages):
    monkeypatch.setattr(sandbox, "distribution_roots", lambda names: {"numpy": packages["numpy"]})  # msgspec is missing
    found, why = sandbox.probe()
    assert found == 0 and "No module named 'msgspec'" in why


# Packages


def test_a_distribution_brings_its_folders_and_what_it_requires():
    roots = sandbox.distribution_roots(("numpy",))
    assert "numpy" in roots and all(Path(path).exists() for path in roots.values())
    assert set(roots) <= {"numpy", "numpy.libs", f"numpy-{np.__version__}.dist-info"}
    more = sandbox.distribution_roots(("nbformat",))
    assert {"nbformat", "jsonschema", "fastjsonschema", "traitlets", "attrs"} <= set(more)
    assert "pytest" not in more  # only asked for by an extra
    assert not any(name.endswith(".pth") or name in ("..", "bin", "__pycache__") for name in more)


def test_names_of_distributions_are_taken_as_pip_does():
    assert sandbox.distribution_roots(("NumPy",)) == sandbox.distribution_roots(("numpy",))
    assert "sklearn" in sandbox.distribution_roots(("scikit_learn",))


def test_an_unknown_distribution_is_named():
    with pytest.raises(SandboxError, match="'no-such-thing', which is not installed"):
        sandbox.distribution_roots(("numpy", "no.such_thing"))


# An ordinary user

AS_ANYBODY = """
import json, os, sys, tempfile
from autograder import doctor, sandbox
tier, why = sandbox.probe()
with doctor.prey() as facts, tempfile.TemporaryDirectory() as root:
    box = sandbox.make_box(tier, root, sandbox.distribution_roots(("numpy", "msgspec")))
    names = ["read a file of the course", "write into a package", "open a network socket", "take 8 GiB of memory"]
    programs = {name: doctor.program(doctor.ATTEMPTS[name].format(**facts)) for name in names}
    with sandbox.launch(box) as zygote:
        broken = [name for name, program in programs.items() if not doctor.try_out(zygote, program)[0]]
        works = doctor.try_out(zygote, "def attempt():\\n    import os\\n    return os.getuid()")
print(json.dumps([os.getuid(), tier, why, broken, works]))
"""


@pytest.fixture
def open_copy():
    """A folder that everybody may read, with the grader and the packages its sandbox needs."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-open-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        needless = shutil.ignore_patterns("__pycache__", "hidden", "tests", "*.pyi")
        shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=needless)
        for package in ("numpy", "msgspec", "packaging"):
            distribution = metadata.distribution(package)
            for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__", "bin"}:
                source = Path(distribution.locate_file(top))
                if source.is_dir():
                    shutil.copytree(source, folder / top, ignore=needless)
                else:
                    shutil.copyfile(source, folder / top)
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder


def ordinary_python() -> str:
    """This Python, as somebody who is not root can start it."""
    candidates = [os.path.realpath(sys._base_executable), f"/usr/bin/python3.{sys.version_info.minor}"]
    for python in candidates:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([python, "-Sc", "import json"], check=True, capture_output=True, user=12345, group=12345)
            return python
    return pytest.fail(
        f"none of {', '.join(candidates)} can be started by an ordinary user, so the sandbox cannot be tried as one: "
        "install python3 for all, or run the tests as an ordinary user"
    )


@linux
@pytest.mark.hostile
@pytest.mark.slow
def test_an_ordinary_user_has_the_same_sandbox(open_copy):
    """As root this changes to a user without a name or rights; as an ordinary user it runs as it is."""
    command, identity = [sys.executable, "-I", "-c"], {}
    if os.geteuid() == 0:
        command, identity = [ordinary_python(), "-IS", "-c"], {"user": 12345, "group": 12345, "extra_groups": []}
    program = f"import sys\nsys.path.insert(0, {str(open_copy)!r})\n{AS_ANYBODY}"
    run = subprocess.run(
        [*command, program], cwd=open_copy, env={}, capture_output=True, text=True, timeout=120, **identity
    )
    assert run.returncode == 0, run.stderr
    user, tier, why, broken, works = json.loads(run.stdout)
    assert user == (12345 if os.geteuid() == 0 else os.getuid())
    assert (tier, why, broken, works) == (2, "", [], [False, "65534"])
