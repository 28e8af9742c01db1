"""What a test did with the student's code is remembered, so that the mistake which does the same is found."""

import numpy as np
import pytest

from autograder.diagnosis import Different, Follower, Recorder, same_call
from autograder.program import Program
from autograder.testing import StudentError, value

COUNTER = """
class Counter:
    def __init__(self, start):
        self.count = start
    def add(self, n=1):
        self.count += n
        return self
    def __add__(self, other):
        return Counter(self.count + other)
    def fail(self):
        raise ValueError("count is %d" % self.count)
"""


def recorded(source: str, test) -> list:
    recorder = Recorder(Program([source]).remote_ask)
    test(recorder)
    return recorder.remote_log


def follow(source: str, test, log: list) -> int | None:
    """How many requests a program answered as the log has them; None when it departs from it."""
    follower = Follower(Program([source]).remote_ask, log, None)
    try:
        test(follower)
    except Different:
        return None
    return len(follower.remote_log)


def use(student) -> None:
    counter = student.Counter(2)
    counter.add(3)
    counter.count = value(counter + 10) and counter.count * 2
    with pytest.raises(Exception, match="count is"):
        counter.fail()


def test_all_that_handles_do_is_remembered_and_no_handle_is_kept():
    log = recorded(COUNTER, use)
    assert [what for what, _ in log] == [
        "call Counter", "get add", "call add", "op add", "value value", "get count", "set count", "get fail",
        "call fail",
    ]  # fmt: skip
    assert log[0][1] == log[1][1] == log[2][1] == log[3][1] == "an object"
    assert log[5][1] == 5 and log[-1][1] == "ValueError: count is 10"


def test_the_same_program_is_followed_to_the_end_and_another_is_not():
    log = recorded(COUNTER, use)
    assert follow(COUNTER, use, log) == len(log)
    renamed = COUNTER.replace("self.count + other", "other + self.count")
    assert follow(renamed, use, log) == len(log)
    for old, new in (("+= n", "= n"), ("count is", "it is"), ("ValueError", "KeyError"), ("return self", "return 0")):
        assert follow(COUNTER.replace(old, new), use, log) is None


def test_objects_inside_plain_data_are_compared_as_objects():
    table = COUNTER + "def table(n): return {'a': [Counter(1), (n, 2.5)]}"
    log = recorded(table, lambda student: student.table(1))
    assert log == [("call table", {"a": ["an object", (1, 2.5)]})]
    assert follow(table, lambda student: student.table(1), log) == 1
    assert follow(table.replace("2.5", "3.5"), lambda student: student.table(1), log) is None


def test_calls_of_the_student_inside_a_call_back_are_remembered_too():
    source = COUNTER + "def apply(f, x): return f(x)"
    log = recorded(source, lambda student: student.apply(lambda x: student.Counter(x).count + 1, 4))
    assert [what for what, _ in log] == ["call Counter", "get count", "call apply"] and log[-1][1] == 5
    wrong = source.replace("self.count = start", "self.count = -start")
    assert follow(wrong, lambda student: student.apply(lambda x: student.Counter(x).count + 1, 4), log) is None


def test_an_error_of_the_submission_equals_the_same_error_of_a_mistake():
    def refuse(verb, *parts, link):
        raise StudentError("error", "ValueError", "count is 4", "line 3")

    recorder = Recorder(refuse)
    with pytest.raises(StudentError):
        recorder.fail()
    program = "def fail(): raise ValueError('count is %d' % 4)"
    with pytest.raises(ValueError, match="4"):
        Follower(Program([program]).remote_ask, recorder.remote_log, None).fail()
    with pytest.raises(Different):
        Follower(Program([program.replace("% 4", "% 5")]).remote_ask, recorder.remote_log, None).fail()


def test_more_requests_than_were_recorded_are_different():
    follower = Follower(Program([COUNTER]).remote_ask, [], None)
    with pytest.raises(Different):
        follower.Counter(1)


@pytest.mark.parametrize(
    ("ours", "theirs", "part", "same"),
    [
        (1.0, 1.0 + 1e-9, None, True),
        (1.0, 1.1, None, False),
        ((1.0, "state"), (1.0, [3]), 0, True),
        ((1.0, 0), (2.0, 0), 0, False),
        ("ValueError: a", "ValueError: a", 0, True),
        ((1.0,), (), 0, False),
        ((1.0,), None, 0, False),
        (np.ones(2), [1.0, 1.0], None, True),
    ],
)
def test_two_results_agree_within_rounding_or_in_the_graded_part(ours, theirs, part, same):
    assert same_call(("call f", ours), ("call f", theirs), part) is same
    assert not same_call(("call f", ours), ("call g", theirs), part)


def test_the_names_of_a_student_are_not_ours():
    student = Recorder(Program(["def log(x): return x\ndef ask(x): return x\ndef value(x): return x"]).remote_ask)
    assert [student.log(1), student.ask(2), student.value(3)] == [1, 2, 3]
    with pytest.raises(AttributeError):
        _ = student._private
