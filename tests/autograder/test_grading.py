"""The whole grading path on the toy course: what each kind of submission earns, and why."""

import pytest

from autograder.grading import Grader, Task, course_secret, each_once, submission_seed
from autograder.results import CellRun

IMPORTS = (1, "import numpy as np")
SCALE = (2, "def scale(x, factor):\n    return x * factor")
TOTAL = (4, "def total(x):\n    return x.sum()")


@pytest.fixture(scope="module")
def grader(tmp_path_factory):
    from tests.conftest import copy_toy_course

    course = copy_toy_course(tmp_path_factory.mktemp("grading") / "toy")
    with Grader(course, "a01_toy", jobs=2) as grader:
        yield grader


def verdicts(result):
    return {test.name: test.verdict for test in result.tests}


def test_right_answers_get_all_points(grader):
    result = grader.grade_one([IMPORTS, SCALE, TOTAL], "hopper")
    assert (result.student, result.score, result.max_score) == ("hopper", 6.0, 6.0)
    assert set(verdicts(result).values()) == {"pass"}
    assert [(run.index, run.status) for run in result.cells] == [(1, "ok"), (2, "ok"), (4, "ok")]
    assert result.sandbox == f"tier {grader.tier}"


def test_every_declared_test_is_reported_once_even_for_nothing(grader):
    result = grader.grade_one([], "blank")
    assert [test.name for test in result.tests] == [test.name for test in grader.manifest.tests]
    assert result.score == 0 and not result.needs_attention
    assert "defines no `scale`" in result.tests[0].message


def test_a_cell_that_ran_in_several_sandboxes_is_shown_once_and_where_it_worked():
    failed, fine, again = CellRun(1, "error"), CellRun(1, "ok", "first"), CellRun(1, "ok", "second")
    assert each_once([failed, CellRun(0, "ok"), fine, again]) == [CellRun(0, "ok"), fine]
    assert each_once([failed, CellRun(1, "error", "later")]) == [CellRun(1, "error", "later")]


def test_a_known_mistake_is_named(grader):
    result = grader.grade_one([IMPORTS, (2, "def scale(x, factor):\n    return x + factor"), TOTAL], "adder")
    failed = result.tests[0]
    assert failed.verdict == "fail" and failed.mistake.name == "adds"
    assert failed.message.startswith("result[0]: expected ")
    assert verdicts(result)["test_zero"] == "skipped"
    assert result.question_score("total") == 2.0


def test_an_unknown_mistake_is_not_given_a_name(grader):
    result = grader.grade_one([IMPORTS, (2, "def scale(x, factor):\n    return x * factor + 1e-3"), TOTAL], "novel")
    assert result.tests[0].verdict == "fail" and result.tests[0].mistake is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "verdict", "says"),
    [
        ("raise ValueError('oh')", "error", "ValueError: oh"),
        ("import os; os._exit(0)", "crash", "ended without an answer"),
        ("import sys; sys.exit(0)", "error", "SystemExit"),
        ("return bytearray(8 << 30)", "memory", "MemoryError"),
        ("import os; os.fork()", "forbidden", "Operation not permitted"),
        ("return object()", "fail", "object"),
        ("return None", "fail", "None"),
        ("import ctypes; ctypes.string_at(0)", "crash", "ended without an answer"),
    ],
)
def test_trouble_costs_the_question_and_nothing_else(grader, answer, verdict, says):
    result = grader.grade_one([IMPORTS, (2, f"def scale(x, factor):\n    {answer}"), TOTAL], "trouble")
    assert result.tests[0].verdict == verdict
    assert says in result.tests[0].message
    assert result.question_score("scale") == 0.0 and result.question_score("total") == 2.0


@pytest.mark.slow
def test_an_endless_loop_is_stopped_and_costs_only_its_question(grader):
    result = grader.grade_one([IMPORTS, (2, "def scale(x, factor):\n    while True:\n        pass"), TOTAL], "loop")
    assert result.tests[0].verdict == "timeout"
    assert result.question_score("total") == 2.0


@pytest.mark.slow
def test_a_cell_that_kills_its_process_is_left_out_and_the_rest_runs(grader):
    result = grader.grade_one([IMPORTS, SCALE, (3, "import os\nos._exit(1)"), TOTAL], "killer")
    assert result.score == 6.0
    assert {run.index: run.status for run in result.cells} == {1: "ok", 2: "ok", 3: "error", 4: "ok"}


def test_the_solution_cannot_be_read(grader):
    solution = grader.course.solutions / "a01_toy" / "a01_toy.ipynb"
    thief = (2, f"def scale(x, factor):\n    exec(open({str(solution)!r}).read())")
    result = grader.grade_one([IMPORTS, thief, TOTAL], "thief")
    assert result.tests[0].verdict in ("error", "forbidden")
    assert "No such file" in result.tests[0].message or "Permission" in result.tests[0].message


def test_a_lying_equality_earns_nothing(grader):
    liar = (
        "class Liar(float):\n    __eq__ = __le__ = lambda self, other: True\n"
        "    __sub__ = __rsub__ = lambda self, other: 0.0\n"
    )
    result = grader.grade_one([IMPORTS, (2, liar + "\ndef scale(x, factor):\n    return Liar()"), TOTAL], "liar")
    assert result.question_score("scale") == 0.0


def test_prints_and_warnings_cost_nothing(grader):
    chatty = (
        "def scale(x, factor):\n    import warnings\n    warnings.warn('careful')\n"
        "    print('x' * 100_000)\n    return x * factor"
    )
    result = grader.grade_one([IMPORTS, (2, chatty), TOTAL], "chatty")
    assert result.score == 6.0


def test_equal_code_gets_equal_seeds_and_other_code_another(toy):
    seed = submission_seed(toy, "a01_toy", [IMPORTS, SCALE])
    assert seed == submission_seed(toy, "a01_toy", [IMPORTS, (7, SCALE[1] + "   \n")])
    assert seed != submission_seed(toy, "a01_toy", [IMPORTS, TOTAL])
    assert seed != submission_seed(toy, "a02_other", [IMPORTS, SCALE])
    assert len(course_secret(toy)) == 64 and (toy.root / ".course_secret").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_many_submissions_all_come_back(grader):
    tasks = [Task(f"student{number}", [IMPORTS, SCALE, TOTAL]) for number in range(5)]
    results = {result.student: result.score for result in grader.grade(tasks)}
    assert results == {task.student: 6.0 for task in tasks}


def test_a_task_may_look_at_one_question_over_several_seeds(grader):
    wrong_at_times = (4, "def total(x):\n    return x.sum() if x[0, 0] < 1.5 else 0.0")
    tasks = [
        Task("many", [IMPORTS, wrong_at_times], ("total",), seeds=40),
        Task("few", [IMPORTS, TOTAL], ("total",), seeds=40),
    ]
    results = {result.student: result for result in grader.grade(tasks)}
    assert (results["many"].score, results["many"].max_score, results["few"].score) == (0.0, 2.0, 2.0)


def test_a_test_that_cannot_be_judged_is_flagged_and_never_a_zero_in_silence(toy):
    (toy.hidden / "a01_toy" / "test_total.py").write_text(
        "from autograder.testing import points\n\n@points(2)\ndef test_total(student, rng):\n"
        '    """All entries are added."""\n    raise OSError("the disk of the grader is full")\n'
    )
    with Grader(toy, "a01_toy", jobs=1) as grader:
        result = grader.grade_one([IMPORTS, SCALE, TOTAL], "victim")
    assert result.needs_attention and verdicts(result)["test_total"] == "infrastructure"
    assert result.question_score("scale") == 4.0


@pytest.mark.parametrize(
    "more, named",
    [
        ("def setup_function():\n    pass\n", "setup_function"),
        ("import pytest\n\n@pytest.fixture(autouse=True)\ndef quietly():\n    yield\n", "quietly"),
        ("import pytest\n\npytestmark = pytest.mark.skip\n", "skip"),
    ],
)
def test_what_pytest_would_do_around_a_hidden_test_is_refused(toy, more, named):
    path = toy.hidden / "a01_toy" / "test_total.py"
    path.write_text(f"{path.read_text()}\n\n{more}")
    with Grader(toy, "a01_toy", jobs=1) as grader:
        result = grader.grade_one([IMPORTS, SCALE, TOTAL], "victim")
    assert result.needs_attention and set(verdicts(result).values()) == {"infrastructure"}
    assert "a function and no more" in result.tests[0].message and named in result.tests[0].message
