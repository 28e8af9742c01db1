"""The system-call filter: its program read by a small interpreter, and what a filtered process can still do."""

import platform
import signal
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder import seccomp

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
MACHINES = list(seccomp.ARCHITECTURES)

# An independent list of calls, by number, for each machine: what a student's code needs, and what it must not have.
NEEDED = {
    "x86_64": {"read": 0, "write": 1, "close": 3, "mmap": 9, "brk": 12, "ioctl": 16, "sched_yield": 24, "futex": 202,
               "exit_group": 231, "openat": 257, "getrandom": 318, "rseq": 334},
    "aarch64": {"read": 63, "write": 64, "close": 57, "mmap": 222, "brk": 214, "ioctl": 29, "sched_yield": 124,
                "futex": 98, "exit_group": 94, "openat": 56, "getrandom": 278, "rseq": 293},
}  # fmt: skip
REFUSED = {
    "x86_64": {"socket": 41, "execve": 59, "fork": 57, "vfork": 58, "kill": 62, "chmod": 90, "ptrace": 101,
               "mount": 165, "unshare": 272, "process_vm_readv": 310, "bpf": 321, "execveat": 322,
               "io_uring_setup": 425},
    "aarch64": {"socket": 198, "execve": 221, "kill": 129, "fchmodat": 53, "ptrace": 117, "mount": 40, "unshare": 97,
                "process_vm_readv": 270, "bpf": 280, "execveat": 281, "io_uring_setup": 425},
}  # fmt: skip
NUMBERS = {
    "x86_64": {"clone": 56, "clone3": 435, "prlimit64": 302, "prctl": 157, "tgkill": 234},
    "aarch64": {"clone": 220, "clone3": 435, "prlimit64": 261, "prctl": 167, "tgkill": 131},
}
OPENS = {
    "x86_64": {"open": (2, 1), "openat": (257, 2), "openat2": (437, None)},  # number, and which argument has the flags
    "aarch64": {"openat": (56, 2), "openat2": (437, None)},
}
OWN = 7  # the process that the filter is for


def instructions(machine: str, guard_opens: bool = False) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("=HBBI", seccomp.program(machine, OWN, guard_opens)))


def verdict(
    machine: str, number: int, *arguments: int, architecture: int | None = None, guard_opens: bool = False
) -> int:
    """Run the filter on one call, as the kernel would; returns the action it ends with."""
    audit = seccomp.ARCHITECTURES[machine] if architecture is None else architecture
    data = struct.pack("=iIQ6Q", number, audit, 0, *(*arguments, *[0] * (6 - len(arguments))))
    code, position, accumulator = instructions(machine, guard_opens), 0, 0
    while True:
        operation, if_true, if_false, value = code[position]
        position += 1
        if operation == 0x06:
            return value
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x15:
            position += if_true if accumulator == value else if_false
        elif operation == 0x45:
            position += if_true if accumulator & value else if_false
        else:
            raise AssertionError(f"unknown instruction {operation:#x}")


@pytest.mark.parametrize("guard_opens", [False, True])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_well_formed(machine, guard_opens):
    """Whole instructions, fewer than the kernel's 4096, every jump lands inside, and no way leads past the end."""
    assert len(seccomp.program(machine, OWN, guard_opens)) % 8 == 0
    code = instructions(machine, guard_opens)
    assert 0 < len(code) <= 4096
    for position, (operation, if_true, if_false, value) in enumerate(code):
        assert operation in (0x06, 0x15, 0x20, 0x45)
        if operation == 0x20:
            assert value % 4 == 0 and value < 64
        if operation != 0x06:
            assert position + 1 + max(if_true, if_false) < len(code)
    assert code[-1][0] == 0x06


@pytest.mark.parametrize("machine", MACHINES)
def test_every_listed_call_is_denied_and_no_other(machine):
    column = MACHINES.index(machine)
    denied = {numbers[column] for numbers in seccomp.DENIED.values()} - {None}
    by_argument = set(NUMBERS[machine].values())
    assert not denied & by_argument
    for number in range(470):
        if number not in by_argument:
            assert verdict(machine, number) == (EPERM if number in denied else ALLOW), number


@pytest.mark.parametrize("machine", MACHINES)
def test_known_calls_have_the_verdict_they_should(machine):
    assert {name: verdict(machine, number) for name, number in NEEDED[machine].items()} == dict.fromkeys(
        NEEDED[machine], ALLOW
    )
    assert {name: verdict(machine, number) for name, number in REFUSED[machine].items()} == dict.fromkeys(
        REFUSED[machine], EPERM
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_threads_only(machine):
    clone, threads = NUMBERS[machine]["clone"], 0x3D0F00  # the flags of glibc's pthread_create
    assert verdict(machine, clone, threads) == ALLOW
    assert verdict(machine, clone, 0x11) == EPERM  # fork
    assert verdict(machine, clone, 0x4111) == EPERM  # vfork
    assert verdict(machine, clone, 0x10000000) == EPERM  # a user namespace
    assert verdict(machine, clone, seccomp.CLONE_THREAD << 32) == EPERM  # a flag where there is none
    assert verdict(machine, NUMBERS[machine]["clone3"]) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_only_the_process_itself_can_be_signalled(machine):
    tgkill = NUMBERS[machine]["tgkill"]
    assert verdict(machine, tgkill, OWN, OWN, 6) == ALLOW  # abort
    assert verdict(machine, tgkill, OWN + 1, OWN + 1, 9) == EPERM
    assert verdict(machine, tgkill, 1, 1, 0) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_where_files_are_shared_no_name_can_be_truncated(machine):
    for name, (number, place) in OPENS[machine].items():
        assert verdict(machine, number) == ALLOW
        if place is None:  # its flags lie in memory, where no filter looks
            assert verdict(machine, number, guard_opens=True) == ENOSYS
            continue
        for flags, expected in ((0, ALLOW), (1, ALLOW), (0o100, ALLOW), (0o1000, EPERM), (0o1101, EPERM)):
            arguments = [0] * place + [flags]
            assert verdict(machine, number, *arguments, guard_opens=True) == expected, (name, flags)
    truncate = seccomp.DENIED_WITHOUT_ROOT["truncate"][MACHINES.index(machine)]
    assert (verdict(machine, truncate), verdict(machine, truncate, guard_opens=True)) == (ALLOW, EPERM)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("new_limit", [1, 0x7FFF_0000_0000, 0x7FFF_1234_5678])
def test_limits_can_be_read_but_not_set(machine, new_limit):
    prlimit = NUMBERS[machine]["prlimit64"]
    assert verdict(machine, prlimit, 0, 9, 0, 0x7FFF_0000) == ALLOW
    assert verdict(machine, prlimit, 0, 9, new_limit) == EPERM
    assert verdict(machine, prlimit, 1, 9, new_limit) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_a_process_cannot_outlive_its_launcher_but_may_name_itself(machine):
    prctl = NUMBERS[machine]["prctl"]
    assert verdict(machine, prctl, 1, 0) == EPERM  # PR_SET_PDEATHSIG
    assert verdict(machine, prctl, 1 << 40 | 1, 0) == EPERM  # the kernel reads the low half only
    assert verdict(machine, prctl, 15) == ALLOW  # PR_SET_NAME


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_end_the_process(machine):
    for other in (0x40000003, *seccomp.ARCHITECTURES.values()):  # AUDIT_ARCH_I386 has other numbers
        if other != seccomp.ARCHITECTURES[machine]:
            assert verdict(machine, NEEDED[machine]["read"], architecture=other) == KILL


def test_x32_calls_end_the_process():
    assert verdict("x86_64", 0x40000000 | NEEDED["x86_64"]["read"]) == KILL
    assert verdict("x86_64", 0x40000000 | REFUSED["x86_64"]["execve"]) == KILL


# A process under the filter

needs_the_filter = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in MACHINES, reason="the filter is for Linux on two architectures"
)

ROOT = Path(__file__).parents[2]
UNDER_FILTER = """
import ctypes, os, resource, signal, socket, subprocess, sys, tempfile, threading
import numpy as np
from autograder import seccomp
folder = tempfile.mkdtemp()
assert seccomp.deny() is True
"""


def filtered(program: str) -> str:
    """Run `program` in a process that has installed the filter; returns what it printed."""
    source = UNDER_FILTER + textwrap.dedent(program)
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout


@needs_the_filter
def test_doors_are_shut_in_a_filtered_process():
    shut = filtered(
        """
        libc = ctypes.CDLL(None, use_errno=True)
        def through_libc(name, *arguments):
            if getattr(libc, name)(*arguments) == -1:
                raise OSError(ctypes.get_errno(), name)
        path = os.path.join(folder, "file")
        open(path, "w").close()
        infinite = resource.RLIM_INFINITY
        attempts = {
            "fork": os.fork,
            "vfork": lambda: subprocess.run(["/bin/true"]),
            "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
            "exec": lambda: os.execv("/bin/true", ["true"]),
            "execve": lambda: through_libc("execve", b"/bin/true", None, None),
            "socket": socket.socket,
            "unix socket": lambda: socket.socket(socket.AF_UNIX),
            "socketpair": socket.socketpair,
            "kill": lambda: os.kill(os.getppid(), 0),
            "kill itself": lambda: os.kill(os.getpid(), signal.SIGTERM),
            "chmod": lambda: os.chmod(path, 0o777),
            "chown": lambda: os.chown(path, os.getuid(), os.getgid()),
            "utime": lambda: os.utime(path),
            "mkfifo": lambda: os.mkfifo(path + "2"),
            "setxattr": lambda: os.setxattr(path, "user.x", b"1"),
            "unshare": lambda: through_libc("unshare", 0x10000000),
            "ptrace": lambda: through_libc("ptrace", 0, 0, 0, 0),
            "mount": lambda: through_libc("mount", b"none", b"/tmp", b"tmpfs", 0, None),
            "affinity": lambda: os.sched_setaffinity(0, [0]),
            "setsid": os.setsid,
            "memfd": lambda: os.memfd_create("x"),
            "limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (infinite, infinite)),
            "lower limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)),
            "prlimit": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (10, 10)),
            "nice": lambda: os.setpriority(os.PRIO_PROCESS, 0, 5),
        }
        for name, attempt in attempts.items():
            try:
                attempt()
            except (PermissionError, ValueError):
                continue
            except OSError as error:
                print(name, "failed otherwise:", error)
            else:
                print(name, "worked")
        """
    )
    assert shut == ""


@needs_the_filter
def test_honest_work_goes_on_in_a_filtered_process():
    assert filtered(
        """
        path = os.path.join(folder, "file")
        with open(path, "w") as file:
            file.write("text")
        os.rename(path, path + "2")
        print(open(path + "2").read(), os.listdir(folder))
        os.remove(path + "2")
        results = []
        threads = [threading.Thread(target=lambda: results.append(np.ones((300, 300)) @ np.ones((300, 300))))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print([float(result.sum()) for result in results], np.linalg.eigvalsh(np.eye(3)))
        print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0, len(os.sched_getaffinity(0)) > 0, os.getpid() > 0)
        import tempfile, time, multiprocessing.dummy
        time.sleep(0.001)
        print(multiprocessing.dummy.Pool(2).map(abs, [-1, 2]))
        """
    ).splitlines() == ["text ['file2']", f"{[27e6] * 4} [1. 1. 1.]", "True True True", "[1, 2]"]


@needs_the_filter
def test_threads_started_later_are_filtered_too_and_it_cannot_be_undone():
    assert filtered(
        """
        def attempt():
            try:
                os.fork()
            except PermissionError:
                print("held")
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        print(seccomp.deny())  # a second filter comes on top of the first
        attempt()
        """
    ).split() == ["held", "True", "held"]


@needs_the_filter
def test_an_abort_is_a_crash_and_no_refusal():
    program = UNDER_FILTER + "os.abort()"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60)
    assert run.returncode == -signal.SIGABRT


@needs_the_filter
def test_on_shared_files_truncating_is_refused_and_plain_opens_are_not():
    program = """
        path = os.path.join(folder, "file")
        with open(path, "w") as file:
            file.write("text")
        seccomp.landlock.version = lambda: 1  # one that does not know of truncating
        seccomp.deny(tier=1)
        for attempt in (lambda: open(path, "w"), lambda: os.truncate(path, 0), lambda: os.open(path, os.O_TRUNC)):
            try:
                attempt()
            except PermissionError:
                print("held")
        print(open(path).read())
        """
    assert filtered(program).split() == ["held", "held", "held", "text"]


def test_elsewhere_there_is_no_filter_and_it_says_so(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    assert seccomp.deny() is False
    monkeypatch.undo()
    monkeypatch.setattr(seccomp.sys, "platform", "darwin")
    assert seccomp.deny() is False
