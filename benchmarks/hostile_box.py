"""Runs stock nbgrader on one specimen in a container that is thrown away; benchmarks/hostile.py starts it.

    unshare ... python -m benchmarks.hostile_box TEMPLATE SPECIMEN SECONDS USER

Stock runs a stranger's code with the rights of whoever grades. So this first process of a new process, mount and
network namespace makes everything read-only but folders in memory, copies the course of TEMPLATE there, hands the
specimen in beside an honest classmate, runs `nbgrader autograde` as USER with limits that stock itself would not set,
kills whatever is left, and prints what came of it as JSON.
"""

import contextlib
import ctypes
import fcntl
import functools
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

from tests.hostile.runner import snapshot_of
from tests.hostile.specimen import MARK, Specimen, read

COURSE = Path("/tmp/course")
NAME = "a01_toy"
MATE = "zzz-the-last"
MEMORY, DISK, FILE, PROCESSES = 4 << 30, 3 << 30, 1 << 30, 200
KEPT = ("source", "release", "submitted", "nbgrader_config.py")  # what grading has no reason to change
AT_FDCWD, RECURSIVE, MOUNT_SETATTR = -100, 0x8000, 442


def close_the_world(template: str) -> None:
    """Read-only everything; empty folders in memory where strangers like to write; the course in one of them."""
    libc = ctypes.CDLL(None, use_errno=True)
    read_only = struct.pack("=4Q", 1, 0, 0, 0)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    if libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", RECURSIVE, read_only, len(read_only)) != 0:
        raise OSError(ctypes.get_errno(), "the file system cannot be made read-only, so nothing is run")
    mount_memory("/tmp", DISK)
    shutil.copytree(template, COURSE, symlinks=True)
    for folder in ("/var/tmp", "/dev/shm", "/run"):
        mount_memory(folder, 100 << 20)
    with socket.socket() as any_socket:  # the kernel's channels need the loopback of this network of its own
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x41))


def mount_memory(folder: str, size: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "none", folder], check=True)


def hand_in(specimen: Specimen, port: int) -> Path:
    folder = COURSE / "submitted" / specimen.student / NAME
    folder.mkdir(parents=True)
    right = json.loads((COURSE / "submitted" / MATE / NAME / f"{NAME}.ipynb").read_text())
    for cell in right["cells"]:
        cell["source"] = "".join(cell["source"])
    specimen.hand_in(folder, right, {"@COURSE@": str(COURSE), "@PORT@": str(port), "@PID@": str(os.getpid())})
    return folder


def limit_and_become(user: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def give(user: int) -> None:
    if user:
        for where, folders, files in os.walk("/tmp"):
            for path in [where, *(os.path.join(where, name) for name in folders + files)]:
                os.chown(path, user, user, follow_symlinks=False)


def autograde(user: int, seconds: float, late) -> tuple[int | None, str]:
    """Run the command; its exit code (None: it had to be stopped) and the end of what it said."""
    home = Path("/tmp/home")
    home.mkdir(exist_ok=True)
    os.chown(home, user, user)
    here = str(Path(sys.executable).parent)
    environment = {"HOME": str(home), "PATH": f"{here}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    with open("/tmp/said", "w+b") as said:
        process = subprocess.Popen(
            [f"{here}/nbgrader", "autograde", NAME],
            cwd=COURSE, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            preexec_fn=functools.partial(limit_and_become, user),
        )  # fmt: skip
        deadline = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
            late = late and late()
        said.seek(max(0, os.fstat(said.fileno()).st_size - 6000))
        return process.poll(), said.read(6000).decode(errors="replace")


def resubmission(specimen: Specimen, folder: Path):
    """What is done while the class is graded, as soon as this student's turn has come."""
    during = specimen.function("during")

    def late():
        if (COURSE / "autograded" / specimen.student).exists():
            during(folder)
            return None
        return late

    return late if during else None


def scores(student: str) -> dict[str, list]:
    """(automatic, manual) of each grade cell in the gradebook, as a file that may hold anything."""
    query = """
        SELECT base_cell.name, grade.auto_score, grade.manual_score FROM grade
        JOIN grade_cells ON grade.cell_id = grade_cells.id JOIN base_cell ON base_cell.id = grade_cells.id
        JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
        JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
        WHERE submitted_assignment.student_id = ?
    """
    try:
        with sqlite3.connect(f"file:{COURSE}/gradebook.db?mode=ro&immutable=1", uri=True) as database:
            return {name: [auto, manual] for name, auto, manual in database.execute(query, (student,))}
    except (sqlite3.Error, UnicodeError) as error:
        return {"trouble": [str(error), None]}


def files() -> dict[str, str]:
    found = {}
    for name in KEPT:
        for where, _, names in os.walk(COURSE / name):
            if len(names) < 10_000:
                found |= {f"{where}/{name}": snapshot_of(Path(where, name)) for name in names}
    return found | {name: snapshot_of(COURSE / name) for name in KEPT}


def others() -> int:
    """Processes in this namespace beside this one, zombies aside."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            count += path.parent.name != "1" and path.read_text().rpartition(")")[2].split()[0] != "Z"
    return count


def main(template: str, path: str, seconds: str, user: str) -> None:
    assert os.getpid() == 1, "only as the first process of a namespace"
    close_the_world(template)
    specimen = read(Path(path))
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        folder = hand_in(specimen, server.getsockname()[1])
        late = resubmission(specimen, folder)
        give(int(user))
        before, started = files(), time.monotonic()
        code, said = autograde(int(user), float(seconds), late)
        took = time.monotonic() - started
        time.sleep(0.5)
        left = 0 if code is None else others()
        time.sleep(6 if left else 0)  # what was left behind gets its chance
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        server.setblocking(False)
        connected = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                server.accept()[0].close()
                connected += 1
    own = f"/{specimen.student}/"
    after, usage = files(), shutil.disk_usage("/tmp")
    found = [str(one) for one in Path("/").glob(f"tmp/*{MARK}*")] + [str(one) for one in COURSE.rglob(f"*{MARK}*")]
    report = {
        "code": code, "took": took, "said": said, "left": left, "connected": connected,
        "student": scores(specimen.student), "mate": scores(MATE),
        "changed": sorted(name for name, _ in set(before.items()) ^ set(after.items()) if own not in name),
        "marks": [name for name in found if own not in name][:20], "disk": (usage.total - usage.free) >> 20,
    }  # fmt: skip
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
