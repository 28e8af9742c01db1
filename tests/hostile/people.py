"""Lets root run a command as an ordinary user, though Python and the course lie in folders that only root may enter.

    python tests/hostile/people.py FOLDER COMMAND ...
    python tests/hostile/people.py --open COMMAND ...    # only opens the folders, still as root

The command runs as user 12345, who owns FOLDER and may read this repository and this Python: in a mount namespace of
its own, every closed folder above one of these is covered by one that is open and holds nothing else.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

USER = 12345
ROOT = Path(__file__).resolve().parents[2]
NEWNS = 0x20000


def as_anybody(command: list[str], folder: Path) -> list[str]:
    """The command line that runs `command` as somebody else, who owns `folder`."""
    return [sys.executable, "-B", str(Path(__file__).resolve()), str(folder), *command]


def why_not() -> str:
    """Why root cannot do that here; nothing when it can."""
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(as_anybody([sys.executable, "-c", "pass"], Path(folder)), capture_output=True, text=True)
    return tried.stderr.strip().rpartition("\n")[2] if tried.returncode else ""


def closed_above(path: Path) -> Path | None:
    """The first folder on the way to `path` that others may not enter."""
    return next((one for one in reversed(path.parents) if not one.stat().st_mode & 1), None)


def open_up(paths: list[Path]) -> None:
    """Show `paths` in folders that anybody may enter."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "root may not make a mount namespace here")
    mount("--make-rprivate", "/")
    while closed := next(filter(None, map(closed_above, paths)), None):
        inside = [path for path in paths if closed in path.parents]
        kept = [tempfile.mkdtemp(dir="/var/tmp") for _ in inside]
        for path, place in zip(inside, kept):
            mount("--rbind", str(path), place)
        mount("-t", "tmpfs", "-o", "mode=755", "none", str(closed))
        for path, place in zip(inside, kept):
            path.mkdir(parents=True, exist_ok=True)
            mount("--rbind", place, str(path))
            mount("-l", place, program="umount")
            os.rmdir(place)


def mount(*arguments: str, program: str = "mount") -> None:
    subprocess.run([program, *arguments], check=True)


def become(user: int, folder: Path) -> None:
    """Give `folder` to `user`, and be that user from now on."""
    for where, folders, files in os.walk(folder):
        for path in [where, *(os.path.join(where, name) for name in folders + files)]:
            os.chown(path, user, user, follow_symlinks=False)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def main(folder: str, *command: str) -> None:
    needed = [Path(sys.prefix), Path(sys.base_prefix).resolve(), ROOT]
    if folder == "--open":
        open_up(needed)
        os.chdir(ROOT)
        os.execv(command[0], command)
    around = Path(folder).resolve()
    open_up([*needed, around])
    become(USER, around)
    os.chdir(ROOT)
    os.execve(command[0], command, {"HOME": str(around), "PATH": os.environ["PATH"], "TMPDIR": "/tmp"})


if __name__ == "__main__":
    main(*sys.argv[1:])
