"""Grading a class on several machines: a `Grader` whose lines are the workers of a Dask cluster.

    with Cluster(course, "a03_optimizers", address="tcp://scheduler:8786") as grader:
        for result in grader.grade([Task("hopper", cells), Task("lovelace", cells)]):
            print(result.student, result.score)

The coordinator keeps ledger, gradebook and the course's secret. A worker is sent what it needs to judge, once (hidden
tests, reference, manifest), and then submissions a few at a time, which it holds in memory only; it has its own
supervisor and sandboxes, as a single machine has. It is told nobody's name, and when the class is graded the tests
leave its disk. When a worker dies, Dask gives what it was at to another one; what no worker could finish is tried once
more alone, as on a single machine. All workers must be alike, and run the coordinator's version of the course: results
from other versions, or from a weaker sandbox, would not be the same results.
"""

import collections
import contextlib
import itertools
import queue
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from autograder import keys
from autograder.course import Course, MachineError
from autograder.grading import AHEAD, Grader, Task, load_manifest, stage_taught, submission_seed, unjudged
from autograder.results import Result

CHUNK = 4  # submissions that travel together
WAIT = 60.0  # seconds for a scheduler to answer and a worker to be there
POLL = 0.02  # seconds between looks for a result
KEPT = 3  # assignments a worker keeps ready: as many courses may use it at once


class ClusterError(MachineError):
    """The cluster cannot grade this class; the message says why, and what to do."""


class UnlikeWorker(ClusterError):
    """A worker that came later, at `address`, would not give the results of the others, and refuses."""

    def __init__(self, text: str, address: str) -> None:
        super().__init__(text)
        self.address = address

    def __reduce__(self):
        return type(self), (str(self), self.address)


class Cluster:
    """The workers behind the scheduler at `address`, for one assignment; used like a `Grader`.

    `clocks` are limits other than those of `process.Clocks`, `tier` asks for a weaker sandbox than the workers have;
    `tell` is given what a person should know meanwhile.

    Raises
    ------
    ClusterError
        Where no scheduler answers, no worker is there, the workers are not alike, or run another version of the course;
        and later, where the scheduler or all workers have gone.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        *,
        address: str,
        jobs: int | None = None,
        wait: float = WAIT,
        tell: Callable[[str], None] = lambda text: None,
        **options: Any,
    ) -> None:
        self.course, self.tell = course, tell
        self.unlike: set[str] = set()  # workers that were sent away
        self.assignment = course.assignment(assignment).name
        self.manifest = load_manifest(course, self.assignment)
        self.bundle = Bundle.of(course, self.assignment, options)
        self.address, self.wait = address, wait
        self.client = connect(address, wait)
        try:
            self.about = same(self._ask_all(), code_of(course, self.assignment))
        except ClusterError:
            self.client.close()
            raise
        except Exception as error:  # whatever went wrong over there
            self.client.close()
            raise ClusterError(f"a worker at {address} cannot grade: {type(error).__name__}: {error}") from error
        self.tier, self.why, self.environment = self.about["tier"], self.about["why"], self.about["environment"]
        self.sent = self.client.submit(as_it_is, self.bundle, pure=False)  # once; made again should its worker die

    def _ask_all(self) -> dict[str, dict[str, Any]]:
        asked = {
            worker: self.client.submit(describe, self.bundle, workers=[worker], pure=False)
            for worker in self.client.nthreads()
        }
        return self.client.gather(asked)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(Exception):  # a worker that is gone has put everything away
            self.client.run(put_away, self.bundle.key, on_error="ignore")
        self.client.close()

    def key_of(self, cells: list[tuple[int, str]]) -> str:
        """The content key of a submission: the same as on a single machine like the workers."""
        return keys.result_key(cells, submission_seed(self.course, self.assignment, cells), self.environment)

    def grade(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Grade all `tasks` on all workers and yield each result as it comes; see `Grader.grade`."""
        again: list[Task] = []
        for task, result in self._grade_all(map(self.seeded, tasks)):
            if result.needs_attention:
                again.append(task)
            else:
                yield result
        for task in again:
            yield from (result for _, result in self._finished(self._submit([task], last=True), [task]))

    def seeded(self, task: Task) -> Task:
        """A task with the seed of its hidden inputs, which only the coordinator can know."""
        return msgspec.structs.replace(task, seed=submission_seed(self.course, self.assignment, task.cells))

    def _grade_all(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        from distributed import as_completed

        flying = as_completed()
        sent: dict[str, list[Task]] = {}
        chunks = iter(lambda: list(itertools.islice(tasks, CHUNK)), [])
        try:
            while True:
                most = max(2, AHEAD // 2) * max(1, self._threads())
                while len(sent) < most and (chunk := next(chunks, None)):
                    future = self._submit(chunk)
                    sent[future.key] = chunk
                    flying.add(future)
                if not sent:
                    return
                future = self._next(flying)
                chunk = sent.pop(future.key)
                if self._sent_away(future):
                    chunks = itertools.chain([chunk], chunks)
                else:
                    yield from self._finished(future, chunk)
        finally:
            for future in list(flying.futures):
                future.cancel()

    def _next(self, flying):
        """The next chunk that is finished; refused when nobody has been there to finish one for a while."""
        seen = time.monotonic()
        while not flying.has_ready():
            time.sleep(POLL)
            if time.monotonic() - seen > self.wait:
                self._require_workers()
                seen = time.monotonic()
        return next(flying)

    def _require_workers(self) -> None:
        if not self._threads():
            raise self._gone("no worker is left")

    def _threads(self) -> int:
        """Threads of all workers that are there now: some come later, some go."""
        try:
            return sum(self.client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise self._gone("the scheduler has gone") from error

    def _sent_away(self, future) -> bool:
        """Whether a worker refused for it is not like the others. It refuses at once, so it would get everything."""
        error = future.exception() if future.status == "error" else None
        if not isinstance(error, UnlikeWorker):
            return False
        if error.address not in self.unlike:
            self.unlike.add(error.address)
            self.client.retire_workers([error.address])
            self.tell(f"{error}; it was sent away, and the others go on")
        return True

    def _gone(self, what: str) -> ClusterError:
        return ClusterError(
            f"{self.address}: {what}; what was graded is kept: start it again and run the same command, it goes on"
        )

    def _submit(self, tasks: list[Task], last: bool = False):
        """Send a few submissions, without the names of those who wrote them."""
        nameless = [msgspec.structs.replace(task, student="") for task in tasks]
        return self.client.submit(grade_chunk, self.sent, nameless, last, self.environment, pure=False)

    def _finished(self, future, tasks: list[Task]) -> Iterator[tuple[Task, Result]]:
        try:
            results = future.result()
        except CancelledError as error:  # not by us: the scheduler knows of nothing any more
            raise self._gone("the scheduler has gone") from error
        except Exception as error:  # the worker died of it, or could not begin
            trouble = f"no worker finished it: {type(error).__name__}: {error}"
            results = [unjudged(self.manifest, task, trouble, f"tier {self.tier}") for task in tasks]
        for task, result in zip(tasks, results, strict=True):
            yield task, msgspec.structs.replace(result, student=task.student)


class Bundle(msgspec.Struct, frozen=True, dict=True):
    """What a worker needs to judge one assignment: files by their path in a course, and the grader's options."""

    name: str
    files: dict[str, bytes]
    options: dict[str, Any]

    @classmethod
    def of(cls, course: Course, name: str, options: dict[str, Any]) -> "Bundle":
        folders = {"hidden": course.hidden / name, "solutions": course.solutions / name}
        files = {
            f"{kind}/{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for kind, folder in folders.items()
            for path in map(folder.joinpath, keys.files(folder))
        }
        return cls(name, files | {"syllabus.toml": (course.root / "syllabus.toml").read_bytes()}, options)

    def __repr__(self) -> str:
        """Without the tests: Dask writes what it was given into logs and pages."""
        return f"Bundle({self.name!r})"

    @cached_property
    def key(self) -> str:
        return keys.digest(msgspec.to_builtins(self))


def connect(address: str, wait: float):
    """A client of the scheduler at `address`, once a worker is there."""
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("--cluster needs Dask: pip install 'mmcourse[cluster]'") from None
    try:
        client = Client(address, timeout=wait)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(f"no scheduler answers at {address} ({error}); start one with `dask scheduler`") from error
    try:
        client.wait_for_workers(1, timeout=wait)
    except TimeoutError:
        client.close()
        raise ClusterError(f"{address} has no workers; start some with `dask worker {address}`") from None
    return client


def code_of(course: Course, assignment: str) -> str:
    """A digest of the course's own code, as far as it judges: the grader and what was taught."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-code-") as folder:
        taught = keys.tree(Path(stage_taught(course, assignment, Path(folder))), "**/*.py")
    return keys.digest([keys.tree(Path(__file__).parent, "*.py"), taught])


def same(described: dict[str, dict[str, Any]], code: str) -> dict[str, Any]:
    """What all workers say of themselves, if it is the same, and `code` is theirs as well as ours."""
    if others := sorted(worker for worker, about in described.items() if about["code"] != code):
        raise ClusterError(
            f"another version of the course than here is installed at {', '.join(others)}: "
            "install the same there and start the workers again"
        )
    by_environment = collections.defaultdict(list)
    for worker, about in described.items():
        by_environment[about["environment"]].append(worker)
    if len(by_environment) > 1:
        groups = "; ".join(
            f"{', '.join(sorted(workers))}: {described[workers[0]]['in_words']}" for workers in by_environment.values()
        )
        raise ClusterError(f"the workers are not alike, so their results would not be either ({groups})")
    return next(iter(described.values()))


# On a worker


class Bench:
    """A worker's grader of one assignment, with a line for each of its threads.

    Its files lie in `folder`, the worker's own, which Dask clears away after a worker that was killed.
    """

    def __init__(self, bundle: Bundle, lines: int, folder: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="mmcourse-worker-", dir=folder)
        self.users = 0
        root = Path(self.folder.name)
        for name, content in bundle.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.grader = Grader(Course(root), bundle.name, jobs=lines, **bundle.options)
        self.free: queue.SimpleQueue = queue.SimpleQueue()
        for line in range(lines):
            self.free.put(line)

    def grade(self, task: Task, last: bool) -> Result:
        line = self.free.get()
        try:
            return self.grader.grade_on(line, task, last)
        finally:
            self.free.put(line)

    def close(self) -> None:
        self.grader.__exit__()
        self.folder.cleanup()


BENCHES: dict[str, Bench] = {}  # of this worker, by bundle, the latest used last
TURN = threading.Lock()


@contextmanager
def bench(bundle: Bundle) -> Iterator[Bench]:
    """This worker's bench for `bundle`. Other classes may be graded here, too: only what nobody uses makes room."""
    from distributed import get_worker

    with TURN:
        found = BENCHES.pop(bundle.key, None)
        if found is None:
            idle = [key for key, old in BENCHES.items() if not old.users]
            for key in idle[: max(0, len(BENCHES) + 1 - KEPT)]:
                BENCHES.pop(key).close()
            worker = get_worker()
            found = Bench(bundle, worker.state.nthreads, worker.local_directory)
        BENCHES[bundle.key] = found
        found.users += 1
    try:
        yield found
    finally:
        with TURN:
            found.users -= 1


def put_away(key: str) -> None:
    """The class is graded: the tests leave this worker's disk, unless somebody still grades by them."""
    with TURN:
        if key in BENCHES and not BENCHES[key].users:
            BENCHES.pop(key).close()


def describe(bundle: Bundle) -> dict[str, Any]:
    """What this worker's results depend on, besides the submission."""
    with bench(bundle) as found:
        about = {name: getattr(found.grader, name) for name in ("tier", "why", "environment", "in_words")}
        return about | {"code": code_of(found.grader.course, bundle.name)}


def as_it_is(bundle: Bundle) -> Bundle:
    return bundle


def grade_chunk(bundle: Bundle, tasks: list[Task], last: bool, environment: str) -> list[Result]:
    """Grade a few submissions, one after the other; refused where results would not be those of the other workers."""
    from distributed import get_worker

    with bench(bundle) as found:
        if found.grader.environment != environment:
            raise UnlikeWorker(
                f"a worker that came later, {get_worker().address}, is not like the others ({found.grader.in_words})",
                get_worker().address,
            )
        return [found.grade(task, last) for task in tasks]
