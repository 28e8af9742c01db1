"""Who runs where: nothing is inherited from one submission to the next, and no death costs more than it must."""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from autograder.grading import Grader, Task
from autograder.sandbox import MIB

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, as only Linux has it"),
]
IMPORTS = (1, "import numpy as np")
SCALE = (2, "def scale(x, factor):\n    return x * factor")
TOTAL = (4, "def total(x):\n    return x.sum()")
GOOD = [IMPORTS, SCALE, TOTAL]


@pytest.fixture(scope="module", params=[2, 1])
def grader(request, tmp_path_factory):
    from tests.conftest import copy_toy_course

    course = copy_toy_course(tmp_path_factory.mktemp("topology") / "toy")
    with Grader(course, "a01_toy", jobs=1, tier=request.param) as grader:
        assert grader.grade_one(GOOD).score == 6
        yield grader


def scale(body: str) -> list:
    return [IMPORTS, (2, "def scale(x, factor):\n" + "\n".join(f"    {line}" for line in body.splitlines())), TOTAL]


def said(result) -> str:
    """What the first cell printed."""
    return result.cells[0].stdout


def processes_below(pid: int) -> dict[int, str]:
    """Pids and command lines of all that descend from `pid`."""
    found, waiting = {}, [pid]
    while waiting:
        one = waiting.pop()
        for task in Path(f"/proc/{one}/task").glob("*"):
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().decode()
                    waiting.append(int(child))
    return found


def supervisor(grader) -> int:
    return grader.crew.process.pid


def test_each_submission_begins_as_if_it_were_the_first(grader):
    leave = [(1, "import builtins, numpy, sys\nbuiltins.left = numpy.left = sys.left = 1\nnumpy.random.seed(7)")]
    grader.grade_one(leave + GOOD[1:])
    look = "import builtins, numpy, sys\nprint(any(hasattr(one, 'left') for one in (builtins, numpy, sys)), {})"
    looked = [said(grader.grade_one([(1, look.format("numpy.random.rand()"))])) for _ in range(2)]
    assert looked[0] == looked[1] and looked[0].startswith("False ")


def test_sets_have_the_same_order_in_every_process(grader):
    look = [(1, "print(list({'adam', 'momentum', 'rmsprop', 'newton', 'sgd'}))")]
    before = said(grader.grade_one(look))
    os.kill(supervisor(grader), signal.SIGKILL)
    assert said(grader.grade_one(look)) == before


def test_the_workers_side_has_never_seen_a_test(grader):
    """Words of the tests, written backwards, so that looking for them is not finding them."""
    look = """
import gc, sys
known = "10a/neddih", "xirtam_tset", "epahs yna fo xirtam A"
print([name for name in sys.modules if name.split(".")[0] in ("pytest", "_pytest")], end=" ")
print([str(one)[:80] for one in gc.get_objects() if any(word[::-1] in str(one) for word in known)])
"""
    assert said(grader.grade_one([(1, look)])) == "[] []\n"


def test_nothing_is_left_of_a_submission(grader):
    grader.grade_one(GOOD)
    time.sleep(0.5)
    before = processes_below(supervisor(grader))
    for cells in (GOOD, scale("import os; os._exit(3)"), [(1, "import time; time.sleep(0.01)")]):
        grader.grade_one(cells)
    time.sleep(0.5)
    alive = {
        pid: line
        for pid, line in processes_below(supervisor(grader)).items()
        if "Z" not in state(pid) and pid not in before
    }
    assert alive == {}


def state(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


def test_a_segfault_costs_one_test(grader):
    body = "if np.shape(x) == (1,):\n    import ctypes; ctypes.string_at(0)\nreturn x * factor"
    result = grader.grade_one(scale(body))
    verdicts = {test.name: test.verdict for test in result.tests}
    assert verdicts == {"test_one_number": "crash", "test_matrix": "pass", "test_zero": "pass", "test_total": "pass"}


def test_a_flood_on_raw_descriptors_is_drained_and_forgotten(grader):
    body = (
        "import os\nfor _ in range(300):\n    os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)\nreturn x * factor"
    )
    result = grader.grade_one(scale(body))
    assert result.score == 6


def test_a_supervisor_that_dies_is_replaced_and_the_submission_graded_again(grader):
    killer = threading.Timer(0.3, lambda: os.kill(supervisor(grader), signal.SIGKILL))
    killer.start()
    result = grader.grade_one([IMPORTS, (2, "import time\ntime.sleep(1)"), SCALE, TOTAL])
    killer.join()
    assert result.score == 6 and not result.needs_attention


def test_zygotes_that_die_are_replaced(grader):
    for pid in processes_below(supervisor(grader)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    assert grader.grade_one(GOOD).score == 6


def kill_judges(grader, stop: threading.Event) -> None:
    """Kill every judge that appears: forks of the judges' zygote."""
    while not stop.wait(0.005):
        below = processes_below(supervisor(grader))
        zygotes = [pid for pid, line in below.items() if "judge.main" in line]
        for pid in zygotes:
            if pid in processes_below(supervisor(grader)) and parent(pid) in zygotes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return -1


def test_a_judge_that_dies_twice_is_a_crash_that_a_person_looks_at(grader):
    stop = threading.Event()
    killer = threading.Thread(target=kill_judges, args=(grader, stop))
    killer.start()
    try:
        result = grader.grade_one([IMPORTS, (2, "import time\ntime.sleep(5)"), SCALE, TOTAL])
    finally:
        stop.set()
        killer.join()
    assert {test.verdict for test in result.tests} == {"crash"} and all(test.flagged for test in result.tests)
    assert result.score == 0 and grader.grade_one(GOOD).score == 6


def test_one_submissions_trouble_is_nobody_elses(grader):
    tasks = [Task("a", GOOD), Task("b", scale("import os; os._exit(0)")), Task("c", [(1, "import os; os.abort()")])]
    tasks += [Task("d", scale("return bytearray(8 << 30)")), Task("e", GOOD)]
    scores = {result.student: result.score for result in grader.grade(tasks)}
    assert scores == {"a": 6, "b": 2, "c": 0, "d": 2, "e": 6}


def test_private_memory_of_a_submission_is_bounded(grader):
    """Not a measurement, that is the benchmark's: only that nothing of a zygote is copied as a whole."""
    sizes, before = [], processes_below(supervisor(grader))
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            for pid in processes_below(supervisor(grader)):
                sizes.append((private(pid), pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    grader.grade_one([IMPORTS, (2, "import time\ntime.sleep(0.5)"), SCALE, TOTAL])
    stop.set()
    watcher.join()
    forks = [size for size, pid in sizes if pid not in before]
    assert forks and max(forks) < 60 * MIB


def private(pid: int) -> int:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return 0
