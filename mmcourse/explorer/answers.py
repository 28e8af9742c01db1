"""What a reader answered, kept in one small file of their own, so that a lecture remembers it tomorrow.

The file is `mmcourse/answers.json` in Jupyter's data folder; the environment variable MMCOURSE_ANSWERS names another.
No trouble with it breaks a lecture: a file that cannot be read as answers is set aside and a new one begun, and where
nothing can be written the kernel remembers until it ends.

>>> with tempfile.TemporaryDirectory() as folder:
...     os.environ["MMCOURSE_ANSWERS"] = f"{folder}/answers.json"
...     keep("06.steps", {"guess": 30})
...     recall("06.steps"), recall("06.other")
({'guess': 30}, None)
>>> del os.environ["MMCOURSE_ANSWERS"]
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

try:
    import fcntl
except ImportError:  # not on Unix: the last of two kernels that write in the same instant wins
    fcntl = None

PATIENCE = 2.0  # seconds that one kernel waits for another to finish writing

_unwritten: dict[str, Any] = {}  # what could not be written, for as long as this kernel runs


class BrokenError(Exception):
    """The file is there and holds no answers."""


def path() -> Path:
    """Return where the answers are kept."""
    return Path(os.environ.get("MMCOURSE_ANSWERS") or Path(jupyter_data_dir()) / "mmcourse" / "answers.json")


def recall(key: str) -> Any:
    """Return what was kept under a key, or None."""
    try:
        kept = read(path())
    except (OSError, BrokenError):
        kept = {}
    return (kept | _unwritten).get(key)


def keep(key: str, value: Any) -> None:
    """Keep plain data under a key; None forgets it. Other kernels may do the same at the same time."""
    if recall(key) == value:
        return
    try:
        target = path().resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            kept = read_or_set_aside(target) | {key: value}
            replace(target, {name: answer for name, answer in kept.items() if answer is not None})
        _unwritten.pop(key, None)
    except (OSError, RuntimeError, BrokenError):  # no place to write: the lecture goes on
        _unwritten[key] = value


def read(file: Path) -> dict:
    """Return the answers in a file; an absent one has none."""
    try:
        answers = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise BrokenError(f"{file} is not JSON") from None
    if not isinstance(answers, dict):
        raise BrokenError(f"{file} is not an object")
    return answers


def read_or_set_aside(file: Path) -> dict:
    """Return the answers in a file; a broken one is renamed, never overwritten."""
    try:
        return read(file)
    except (BrokenError, PermissionError):
        if not file.is_file():
            raise
        file.rename(file.with_name(f"{file.stem}.broken-{time.time_ns()}{file.suffix}"))
        return {}


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock beside a file; after `PATIENCE` go on without, since a reader waits."""
    with open(file.with_name(file.name + ".lock"), "w", encoding="utf-8") as lock:
        deadline = time.monotonic() + PATIENCE
        while fcntl and time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:  # a file system without locks
                break
        yield


def replace(file: Path, kept: dict) -> None:
    """Write a file all at once: whoever reads it sees the old answers or the new ones, never half of them."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as new:
        try:
            json.dump(kept, new, indent=1)
            new.flush()
            os.fsync(new.fileno())
            os.replace(new.name, file)
        except BaseException:
            os.unlink(new.name)
            raise
