"""The least that grading can cost: a warm process forks for each submission and runs cells and tests in one process.

    python -m benchmarks.warm_fork submissions.json     # {"folder", "notebook", "packages", "submissions": [[source]]}

No protocol, no sandbox, no clocks, no diagnosis: a submission could do what it likes, here and with its marks. It is
what benchmarks/grading.py compares with. pytest, numpy, torch, matplotlib and the instructor's program are loaded
before the first fork; each child runs the cells, then pytest on the hidden tests. Prints wall and CPU seconds and the
points of each submission, as JSON.
"""

import gc
import importlib
import inspect
import json
import os
import resource
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from autograder.manifest import program_sources
from autograder.program import Program
from autograder.testing import PartialCredit

OPTIONS = ["-q", "--no-header", "--assert=plain", "--import-mode=importlib", "-p", "no:cacheprovider"]


class Plugin:
    """Gives the hidden tests what they ask for, and adds up points."""

    def __init__(self, student: Program, reference: Program) -> None:
        self._student, self._reference, self.points = student, reference, 0.0

    @pytest.fixture
    def student(self):
        return self._student

    @pytest.fixture
    def reference(self):
        return self._reference

    @pytest.fixture
    def rng(self):
        return np.random.default_rng(0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        test = pyfuncitem.obj
        try:
            test(**{name: pyfuncitem.funcargs[name] for name in inspect.signature(test).parameters})
        except PartialCredit as error:
            self.points += error.fraction * test._points
        except Exception:  # no points, and nobody is told why
            pass
        else:
            self.points += test._points
        return True


def grade(sources: list[str], folder: str, reference: Program) -> float:
    """Grade one submission in this very process."""
    plugin = Plugin(Program(sources), reference)
    pytest.main([*OPTIONS, "-c", "/dev/null", "--rootdir", folder, "--noconftest", folder], plugins=[plugin])
    return plugin.points


def in_a_fork(sources: list[str], folder: str, reference: Program) -> float:
    """The same in a child, which says nothing but the points."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.write(writing, json.dumps(grade(sources, folder, reference)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        points = json.load(answer)
    os.waitpid(child, 0)
    return points


def cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    sys.dont_write_bytecode = True
    for package in job["packages"]:
        importlib.import_module(package)
    reference = Program(program_sources(job["notebook"]))
    with redirect_stdout(None):
        grade(program_sources(job["notebook"]), job["folder"], reference)  # what the first run of all finds cold
    gc.collect()
    gc.freeze()
    wall, work = time.perf_counter(), cpu()
    points = [in_a_fork(sources, job["folder"], reference) for sources in job["submissions"]]
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu() - work, "points": points}))


if __name__ == "__main__":
    main()
