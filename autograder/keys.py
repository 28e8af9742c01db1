"""Content keys: two submissions with the same key get the same result, so it is found out once.

    key = result_key(cells, seed, environment)

A key is made of the student's code cells, the seed of the random inputs, and an `environment`: the hidden tests, the
reference solution, what the course has taught, the grader's own code, the versions of Python and of the packages that a
question may use or its tests import, the kind of machine, the sandbox and the clocks. Whoever changes one of them gets
another key.

>>> result_key([(1, "x = 1")], 7, "e") == result_key([(1, "x = 1")], 7, "e") != result_key([(1, "x = 2")], 7, "e")
True
"""

import ast
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
    """The `files` below `folder` that match, each with the digest of what it holds."""
    return [(name, hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()) for name in files(folder, pattern)]


def files(folder: Path, pattern: str = "**/*") -> list[str]:
    """The files below `folder` that match, in order of name, without what editors and Python leave there."""
    found = (path.relative_to(folder) for path in Path(folder).glob(pattern) if path.is_file())
    left = (path for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts))
    return sorted(path.as_posix() for path in left)


def imported(folder: Path) -> set[str]:
    """Packages that the modules below `folder` import, other than Python's own and the grader."""
    names = set()
    for name in files(folder, "**/*.py"):
        for node in ast.walk(ast.parse((Path(folder) / name).read_bytes(), name)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"autograder"}


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Version of Python and of each package that is installed."""
    found = {"python": platform.python_version(), "abi": sys.implementation.cache_tag or ""}
    for name in sorted(set(packages)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found
