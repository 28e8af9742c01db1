"""Content keys: two submissions with the same key get the same result, so it is found out once.

    key = result_key(cells, seed, environment)

A key is made of the student's code cells, the seed of the random inputs, and an `environment`: the hidden tests, the
reference solution, what the course has taught, the grader's own code, the versions of Python and of the packages a
question may use, the sandbox and the clocks. Whoever changes one of them gets another key.

>>> result_key([(1, "x = 1")], 7, "e") == result_key([(1, "x = 1")], 7, "e") != result_key([(1, "x = 2")], 7, "e")
True
"""

import hashlib
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec


def digest(value: Any) -> str:
    """A name for a plain value: equal for equal values, in every run and on every machine."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def result_key(cells: Sequence[tuple[int, str]], seed: int, environment: str) -> str:
    return digest(["mmcourse result 1", [list(cell) for cell in cells], seed, environment])


def tree(folder: Path, pattern: str = "**/*") -> list[tuple[str, str]]:
    """The files below `folder` that match, in order of name, each with the digest of what it holds."""
    files = sorted(path for path in Path(folder).glob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return [(path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Version of Python and of each package that is installed."""
    found = {"python": platform.python_version(), "abi": sys.implementation.cache_tag or ""}
    for name in sorted(set(packages)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found
