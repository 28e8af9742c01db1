"""A class on several machines: the same results, whatever dies, and nothing of a submission stays behind."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from autograder.batch import grade_class
from autograder.cluster import Cluster, ClusterError, same
from autograder.grading import Grader, Task
from autograder.marks import read_standings
from autograder.results import load_result, result_path

pytestmark = pytest.mark.slow

NAME = "a01_toy"
MARKER = "a line of somebody's homework"
IMPORTS, SCALE = (1, "import numpy as np"), (2, "def scale(x, factor):\n    return x * factor")


def total(body: str) -> tuple[int, str]:
    return (4, f"def total(x):\n    {body}")


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Two workers of one thread each, in processes of their own, as on two machines."""
    folder = tmp_path_factory.mktemp("workers")
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", local_directory=str(folder)
    ) as cluster:
        cluster.folder = folder
        yield cluster


@pytest.fixture
def a_class(released_toy, hand_in):
    for number in range(12):
        body = "return x.sum()" if number % 3 else "return x.mean()"
        hand_in(released_toy, f"s{number:02d}", total=f"def total(x):\n    {body}  # {MARKER} {number}")
    return released_toy


def scores(course) -> dict[str, float]:
    return {one.student: one.score for one in read_standings(course, NAME)}


EXPECTED = {f"s{number:02d}": 6.0 if number % 3 else 4.0 for number in range(12)}


def test_a_cluster_gives_the_results_of_one_machine(a_class, workers):
    found = list(grade_class(a_class, NAME, cluster=workers.scheduler_address))
    assert scores(a_class) == EXPECTED and {one.news for one in found} == {"graded"}
    results = {one.student: load_result(result_path(a_class.results, NAME, one.student)) for one in found}
    (a_class.results / "ledger.db").unlink()
    assert {one.news for one in grade_class(a_class, NAME)} == {"graded"}
    for student, result in results.items():
        alone = load_result(result_path(a_class.results, NAME, student))
        assert (alone.tests, alone.cells, alone.seed, alone.sandbox) == (
            result.tests, result.cells, result.seed, result.sandbox,
        )  # fmt: skip
    again = list(grade_class(a_class, NAME, cluster=workers.scheduler_address))
    assert {one.news for one in again} == {"unchanged"}  # the same key there and here


def test_nothing_of_a_submission_stays_on_a_worker_s_disk(a_class, workers, tmp_path):
    list(grade_class(a_class, NAME, cluster=workers.scheduler_address))
    with Client(workers) as client:
        folders = set(client.run(lambda: __import__("tempfile").gettempdir()).values())
    searched = [workers.folder, *(path for folder in folders for path in Path(folder).glob("mmcourse-*"))]
    seen = [path for folder in searched for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "manifest.toml" for path in seen)  # the tests are there
    assert not [path for path in seen if MARKER.encode() in path.read_bytes()]


def test_a_worker_that_is_killed_costs_nobody_anything(a_class, workers):
    """One worker ends, with whatever it was at, as soon as it has begun; its nanny starts another."""
    with Client(workers) as client:
        victim = next(iter(client.run(os.getpid).values()))
    found = []

    def end() -> None:
        while not found:
            time.sleep(0.02)
        os.kill(victim, signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()
    for one in grade_class(a_class, NAME, cluster=workers.scheduler_address):
        found.append(one)
    assert scores(a_class) == EXPECTED and len(found) == 12
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)


@pytest.mark.parametrize("tier", [2, 1])
def test_code_in_a_sandbox_cannot_reach_the_scheduler(released_toy, workers, tier):
    host, port = workers.scheduler_address.removeprefix("tcp://").rsplit(":", 1)
    attempt = (3, f"import socket\nsocket.create_connection(({host!r}, {port}), timeout=3)\nprint('reached')")
    with Cluster(released_toy, NAME, address=workers.scheduler_address, tier=tier) as grader:
        (result,) = grader.grade([Task("mallory", [IMPORTS, SCALE, attempt, total("return x.sum()")])])
    run = next(run for run in result.cells if run.index == 3)
    assert result.sandbox == f"tier {tier}" and result.score == 6.0
    assert run.status == "error" and "reached" not in run.stdout
    assert "PermissionError" in run.error or "OSError" in run.error or "ConnectionRefused" in run.error, run.error
    with Client(workers.scheduler_address):  # and it is there for those who may
        pass


def test_a_submission_that_no_worker_finishes_is_for_a_person(released_toy, workers, monkeypatch):
    """What a worker could not do is tried again, alone, and is never a 0."""
    with Cluster(released_toy, NAME, address=workers.scheduler_address) as grader:
        grader.environment = "another"  # as if every worker had been replaced by others meanwhile
        (result,) = grader.grade([Task("ada", [IMPORTS, SCALE, total("return x.sum()")])])
    assert result.needs_attention and "not like the others" in result.tests[0].message


def test_no_scheduler_no_workers_or_different_ones_are_explained(released_toy):
    with pytest.raises(ClusterError, match="no scheduler answers at tcp://127.0.0.1:9"):
        Cluster(released_toy, NAME, address="tcp://127.0.0.1:9", wait=0.5)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as empty,
        pytest.raises(ClusterError, match="has no workers; start some with `dask worker tcp"),
    ):
        Cluster(released_toy, NAME, address=empty.scheduler_address, wait=0.5)
    about = {"tier": 2, "why": "", "environment": "e", "in_words": "tier 2, numpy 2.1"}
    assert same({"a": about, "b": dict(about)}) == about
    with pytest.raises(ClusterError, match=r"not alike.*a: tier 2, numpy 2.1; b: tier 2, numpy 2.0"):
        same({"a": about, "b": about | {"environment": "f", "in_words": "tier 2, numpy 2.0"}})


def test_a_cluster_s_key_is_a_machine_s_key(released_toy, workers):
    cells = [IMPORTS, SCALE]
    with (
        Cluster(released_toy, NAME, address=workers.scheduler_address) as cluster,
        Grader(released_toy, NAME, jobs=1) as grader,
    ):
        assert cluster.key_of(cells) == grader.key_of(cells)
