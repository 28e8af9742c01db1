"""A class on several machines: the same results, whatever dies, and nothing of a submission stays behind."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from distributed import Client, LocalCluster

from autograder import cluster as dask
from autograder.batch import at_work, grade_class
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


def test_nothing_stays_on_a_worker_s_disk(a_class, workers):
    """The tests lie there, readable by nobody else, while the class is graded; a submission never does."""

    def seen() -> list[Path]:
        return [path for path in workers.folder.rglob("*") if path.is_file() and not path.is_symlink()]

    batch = grade_class(a_class, NAME, cluster=workers.scheduler_address)
    next(batch)
    (tests, *_) = [path for path in seen() if path.name == "manifest.toml"]
    assert next(path for path in tests.parents if path.name.startswith("mmcourse-")).stat().st_mode & 0o77 == 0
    assert not [path for path in seen() if MARKER.encode() in path.read_bytes()]
    list(batch)
    assert not [path for path in workers.folder.rglob("*") if path.name.startswith("mmcourse-") or NAME in path.name]


@contextmanager
def broken(address: str):
    """Workers on which grading raises, as a disk that fails would."""

    def fail():  # sent by value: what it refers to is there
        from autograder.cluster import Bench

        def grade(self, task, last):
            raise OSError("a disk that fails")

        Bench.whole, Bench.grade = Bench.grade, grade

    def mend():
        from autograder.cluster import Bench

        Bench.grade = Bench.whole

    with Client(address) as client:
        client.run(fail)
        try:
            yield
        finally:
            client.run(mend)


def test_logs_and_pages_of_dask_hold_no_tests_no_code_and_no_names(a_class, workers):
    """A task that fails is written into the worker's log, with what it was given."""
    task = Task("somebody's name", [IMPORTS, SCALE, total(f"return x.sum()  # {MARKER}")])
    with Cluster(a_class, NAME, address=workers.scheduler_address) as grader, broken(workers.scheduler_address):
        (result,) = grader.grade([task])
        said = str(grader.client.get_worker_logs()) + str(grader.client.get_scheduler_logs())
    assert result.student == "somebody's name"
    assert "grade_chunk" in said and "Compute Failed" in said  # it is written there
    assert not [word for word in ("somebody's name", MARKER, "return x * factor", "assert_close") if word in said]


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


def test_a_submission_that_no_worker_finishes_is_for_a_person(released_toy, workers):
    """What a worker could not do is tried again, alone, and is never a 0."""
    with Cluster(released_toy, NAME, address=workers.scheduler_address) as grader, broken(workers.scheduler_address):
        (result,) = grader.grade([Task("ada", [IMPORTS, SCALE, total("return x.sum()")])])
    assert result.needs_attention and "a disk that fails" in result.tests[0].message


def test_a_latecomer_that_is_not_like_the_others_is_sent_away(a_class):
    """It refuses at once, so that it would be given everything: one wrong machine must not cost a class its marks."""
    said = []
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        with at_work(a_class, NAME, cluster=cluster.scheduler_address, tell=said.append) as batch:
            client = batch.grader.client
            odd, good = client.nthreads()

            def change():
                from autograder.cluster import BENCHES

                for bench in BENCHES.values():
                    bench.grader.environment = "of another machine"

            client.run(change, workers=[odd])
            tasks = [Task(student, batch.read(student).cells) for student in EXPECTED]
            found = {result.student: result.score for result in batch.grader.grade(tasks)}
            assert list(client.nthreads()) == [good]
    assert found == EXPECTED
    assert len(said) == 1 and odd in said[0] and "is not like the others" in said[0] and "sent away" in said[0]


def test_workers_that_come_later_get_work(a_class):
    """What is on its way is counted by the workers that are there now."""
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        with Cluster(a_class, NAME, address=cluster.scheduler_address) as grader:
            assert grader._threads() == 1
            cluster.scale(2)
            grader.client.wait_for_workers(2, timeout=60)
            assert grader._threads() == 2


def test_no_scheduler_no_workers_or_different_ones_are_explained(released_toy):
    with pytest.raises(ClusterError, match="no scheduler answers at tcp://127.0.0.1:9"):
        Cluster(released_toy, NAME, address="tcp://127.0.0.1:9", wait=0.5)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as empty,
        pytest.raises(ClusterError, match="has no workers; start some with `dask worker tcp"),
    ):
        Cluster(released_toy, NAME, address=empty.scheduler_address, wait=0.5)
    about = {"tier": 2, "why": "", "environment": "e", "in_words": "tier 2, numpy 2.1", "code": "c"}
    assert same({"a": about, "b": dict(about)}, "c") == about
    with pytest.raises(ClusterError, match=r"not alike.*a: tier 2, numpy 2.1; b: tier 2, numpy 2.0"):
        same({"a": about, "b": about | {"environment": "f", "in_words": "tier 2, numpy 2.0"}}, "c")
    with pytest.raises(ClusterError, match=r"another version of the course than here is installed at b: install"):
        same({"a": about, "b": about | {"code": "older"}}, "c")


def test_a_scheduler_that_goes_away_ends_the_batch_with_a_message(a_class):
    """Nobody becomes "infrastructure" for it: what was graded is kept, and the same command goes on."""
    found = []
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        batch = grade_class(a_class, NAME, cluster=address, wait=5.0)
        found.append(next(batch))
        cluster.close()
        with pytest.raises(ClusterError, match=r"has gone|no worker is left.*run the same command"):
            found += batch
    assert not any(one.result.needs_attention for one in found)
    list(grade_class(a_class, NAME))
    assert scores(a_class) == EXPECTED


def test_workers_that_are_gone_are_not_waited_for_without_end(a_class):
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        batch = grade_class(a_class, NAME, cluster=cluster.scheduler_address, wait=3.0)
        next(batch)
        cluster.scale(0)
        with pytest.raises(ClusterError, match=r"no worker is left; what was graded is kept.*same command"):
            list(batch)


def test_a_worker_that_grades_several_classes_closes_none_that_is_being_graded(monkeypatch):
    """Two instructors, or one with two assignments, may use the same workers; four are open, then the oldest ends."""

    class Bench:
        closed, users = False, 0

        def __init__(self, bundle, lines, folder):
            assert (lines, folder) == (2, "here")

        def close(self) -> None:
            self.closed = True

    worker = SimpleNamespace(state=SimpleNamespace(nthreads=2), local_directory="here")
    monkeypatch.setattr("distributed.get_worker", lambda: worker)
    monkeypatch.setattr(dask, "Bench", Bench)
    monkeypatch.setattr(dask, "BENCHES", {})
    bundles = [dask.Bundle(f"a{number:02d}", {}, {}) for number in range(5)]
    with dask.bench(bundles[0]) as first, dask.bench(bundles[1]) as second:
        for bundle in bundles[2:]:
            with dask.bench(bundle) as other:
                assert not (first.closed or second.closed or other.closed)
        dask.put_away(bundles[0].key)
        with dask.bench(bundles[0]) as again:
            assert again is first and not first.closed
    dask.put_away(bundles[0].key)
    assert first.closed and not second.closed
    assert len(dask.BENCHES) <= dask.KEPT


def test_a_cluster_s_key_is_a_machine_s_key(released_toy, workers):
    cells = [IMPORTS, SCALE]
    with (
        Cluster(released_toy, NAME, address=workers.scheduler_address) as cluster,
        Grader(released_toy, NAME, jobs=1) as grader,
    ):
        assert cluster.key_of(cells) == grader.key_of(cells)
