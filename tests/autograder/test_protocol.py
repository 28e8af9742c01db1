"""Classes, modules and functions across the line: a test reads the same, and works the same, against our own program
and against a submission in its sandbox; and whatever a submission says instead, the judge goes on.
"""

import dataclasses
import functools
import gc
import socket
import types

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder import callbacks, exchange, objects, sandbox, wire
from autograder.audit import audit
from autograder.diagnosis import Recorder
from autograder.process import Clocks
from autograder.program import Program
from autograder.release import release
from autograder.student import Submission
from autograder.testing import (
    Handle,
    OpaqueValue,
    StudentError,
    assert_close,
    callback,
    describe,
    grads,
    keep,
    state,
    value,
)

CLOCKS = Clocks(cell=8.0, call=0.5, test=1.0, wall=20.0)
TORCH_CLOCKS = Clocks(cell=20.0, call=10.0, test=30.0, wall=60.0)  # the first optimizer of a process imports a lot

CELLS = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))
    __radd__, __rmul__ = __add__, __mul__
    def __sub__(self, other):
        return self + other * -1.0
    def __rsub__(self, other):
        return self * -1.0 + other
    def __truediv__(self, other):
        return Value(self.data / other)
    def __rtruediv__(self, other):
        return Value(other / self.data)
    def __matmul__(self, other):
        return Value(("matmul", self.data, getattr(other, "data", other)))
    def __rmatmul__(self, other):
        return Value(("rmatmul", self.data, other))
    def __pow__(self, n):
        return Value(self.data ** n)
    def __rpow__(self, base):
        return Value(base ** self.data)
    def __neg__(self):
        return self * -1.0
    def __getitem__(self, index):
        return Value(("item", repr(index)))
    def __call__(self, *args, **kwargs):
        return args, kwargs
    def backward(self, slope=1.0):
        self.grad += slope
        for parent, factor in self.parents:
            parent.backward(slope * factor)
    @classmethod
    def zero(cls):
        return cls(0.0)

LIMIT = 7
def grow(values):
    values.append(1)
    return values
def table():
    return {"one": Value(1.0), "more": [Value(2.0), (3, {4})]}
def minimize(f, x, steps=3):
    return [f(x + i) for i in range(steps)]
def swallow(f, *args, **kwargs):
    try:
        return ("gave", f(*args, **kwargs))
    except Exception as error:
        return (type(error).__name__, str(error))
def mutual(f, n):
    return f(n)
kept = []
def store(f):
    kept.append(f)
def late():
    return kept[-1](1)
def fail():
    raise ValueError("on purpose")
class Liar:
    __eq__ = __lt__ = __bool__ = lambda *args: True
    __hash__ = __len__ = __int__ = lambda self: 1
    __float__ = lambda self: 2.0
    __array__ = __array_ufunc__ = lambda *args, **kwargs: 1 / 0
"""

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
    def forward(self, x):
        return x @ self.weight + self.bias
def loss_of(loss, net, x):
    return loss(net(x))
"""


class Supervisor:
    """Does what a supervisor does for a judge, in this process, on one kind of sandbox."""

    def __init__(self, folder, packages):
        roots = sandbox.distribution_roots((*packages, "msgspec"))
        self.zygote, self.running, self.started = (
            sandbox.launch(sandbox.make_box(sandbox.probe()[0], folder, roots)),
            {},
            0,
        )

    def spawn(self, packages):
        child = self.zygote.fork()
        self.running[child.pid] = child
        self.started += 1
        return child.pid, child.channel

    def kill(self, pid):
        self.running.pop(pid).kill()

    def report(self, kind, record):
        assert (kind, record["status"]) == ("cell", "ok"), record


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory):
    """supervisor(packages) starts a zygote of this kind, once."""
    made = {}

    def start(*packages):
        if packages not in made:
            made[packages] = Supervisor(str(tmp_path_factory.mktemp("box")), packages)
        return made[packages]

    yield start
    for one in made.values():
        one.zygote.__exit__(None, None, None)
        assert one.running == {}


@pytest.fixture
def submit(supervisor):
    """submit(source, *packages) is a submission of one cell in its sandbox."""
    made = []

    def submit(source, *packages):
        packages = packages or ("numpy",)
        clocks = TORCH_CLOCKS if "torch" in packages else CLOCKS
        made.append(Submission(supervisor(*packages), [(0, source)], packages, clocks))
        return made[-1]

    yield submit
    for submission in made:
        submission.end()


@pytest.fixture(params=["program", "sandbox"])
def side(request, submit):
    """side(source, *packages) is what a test gets as `student`: a program of ours, or a submission."""

    def make(source, *packages):
        if request.param == "program":
            return Program([source])
        return Recorder(submit(source, *packages).remote_ask)

    return make


@pytest.fixture
def student(side):
    return side(CELLS)


def raised(function, *args):
    """The message of what a call of the student's code raised, on either side of the line."""
    with pytest.raises(Exception) as caught:
        function(*args)
    error = caught.value
    return error.type_name if isinstance(error, StudentError) else type(error).__name__, str(error)


# Objects


def test_an_object_is_used_as_in_a_notebook(student):
    v = student.Value(2.0)
    w = 2 * (v * v) + v * 3 + 1
    w.backward()
    assert (w.data, v.grad) == (15.0, 11.0)
    v.data = [5.0]
    assert v.data == [5.0]
    assert student.Value.zero().data == 0.0
    assert v(1, k=2) == ((1,), {"k": 2})


def test_all_operators_and_their_reflections_reach_the_object(student):
    v, w = student.Value(2.0), student.Value(4.0)
    assert [one.data for one in (v + 1, 1 + v, v - w, 1 - v, v / 2, 2 / v, v**3, 3**v, -v)] == [
        3.0, 3.0, -2.0, -1.0, 1.0, 1.0, 8.0, 9.0, -2.0,
    ]  # fmt: skip
    assert [(v @ w).data, ([1] @ v).data] == [("matmul", 2.0, 4.0), ("rmatmul", 2.0, [1])]
    assert [v[0].data, v["a", ...].data, v[1:, ::2].data] == [
        ("item", "0"),
        ("item", "('a', Ellipsis)"),
        ("item", "(slice(1, None, None), slice(None, None, 2))"),
    ]


def test_an_operator_gives_a_handle_even_of_a_plain_result(student):
    text = student.Value("ab").data + "c"
    assert text == "abc"
    difference = keep(student, 5.0) - 2
    assert type(difference) is Handle and value(difference) == 3.0


def test_an_array_on_the_left_asks_the_object_once(student):
    half = np.float64(3.0) - student.Value(2.0)
    assert type(half) is Handle and half.data == 1.0
    assert type(np.ones(2) * student.Value(2.0)) is Handle


def test_objects_come_back_inside_plain_data_and_go_in_again(student):
    found = student.table()
    one, (two, (three, odd)) = found["one"], found["more"]
    assert (one.data, two.data, three) == (1.0, 2.0, 3)
    assert describe(odd) == "an object of type 'set', where only plain data can be graded"
    total = student.Value(3.0, ((one, 2.0), (two, 1.0)))
    total.backward()
    assert (one.grad, two.grad) == (2.0, 1.0)
    assert student.swallow(student.Value, one)[1].data.data == 1.0  # a class of theirs, handed to a function of theirs


def test_plain_data_are_copied_both_ways_and_objects_are_not(student):
    items = [0]
    assert student.grow(items) == [0, 1] and items == [0]
    v = student.Value(items)
    first = v.data
    first.append(9)
    assert v.data == [0]
    assert student.grow(v.data) == [0, 1] and v.data == [0]


def test_a_name_is_a_value_when_it_is_asked_for(student):
    assert value(student.LIMIT) == 7
    assert value([student.LIMIT, {"a": (student.LIMIT, 1)}]) == [7, {"a": (7, 1)}]
    assert_close(student.LIMIT, 7)
    assert value(student.Value(1.0)) == OpaqueValue("Value")


def test_errors_are_those_of_the_student(student):
    v = student.Value(1.0)
    assert raised(lambda: v.missing) == raised(lambda: getattr(v, "missing"))  # noqa: B009
    assert raised(lambda: v.missing)[0] == "AttributeError"
    assert raised(student.fail)[0] == "ValueError"
    assert raised(lambda: v + object)[0] == "TypeError"  # nothing of ours but data and functions can be sent


@pytest.mark.parametrize(
    "question",
    [bool, len, iter, next, reversed, float, int, complex, list, range, sorted, abs, str.join,
     lambda h: h == 1, lambda h: 1 != h, lambda h: h < 1, lambda h: 1 in h, lambda h: [1, 2][h], lambda h: h == h,
     lambda h: h.__setitem__(0, 1), lambda h: math_floor(h), lambda h: np.float64(h), lambda h: round(h)],
)  # fmt: skip
@pytest.mark.parametrize("make", [lambda s: s.Liar(), lambda s: s.Liar], ids=["object", "name"])
def test_a_question_that_the_object_could_lie_about_is_never_asked(question, make):
    program = Program([CELLS])
    handle = make(program)
    asked = []
    program.__dict__["remote_ask"] = lambda *request, **link: asked.append(request)
    with pytest.raises((TypeError, AttributeError, ValueError)):
        question(handle)
    assert asked == []


def math_floor(handle):
    import math

    return math.floor(handle)


def test_what_prints_compares_and_copies_handles_learns_nothing_from_the_object(student):
    liar = student.Liar()
    assert repr(liar) == "<an object of the student's, type Liar>" and repr(student.Liar) == "<the student's Liar>"
    assert len({liar, student.Liar()}) == 2
    with pytest.raises(AttributeError):
        _ = liar.__array_interface__
    for expected in (1, 1.0, True, [1], {"a": 1}, "x", None, np.ones(2)):
        with pytest.raises(AssertionError, match="an object of type 'Liar'"):
            assert_close(liar, expected)
    with pytest.raises(AssertionError, match="expected a torch module, got the number 3"):
        grads(3)


# Functions of the tests


def test_a_function_may_be_called_back(student):
    assert student.minimize(lambda x: x * 2, 1.0) == [2.0, 4.0, 6.0]
    np.testing.assert_array_equal(student.minimize(np.sum, np.ones(2), steps=1), [2.0])
    assert student.swallow(lambda *args, **kwargs: (args, kwargs), 1, b=[2]) == ("gave", ((1,), {"b": [2]}))
    assert student.minimize(functools.partial(pow, 2), 1) == [2, 4, 8]


def test_a_function_may_call_the_student_and_pass_objects(student):
    found = student.minimize(lambda x: student.Value(x) * 2, 1.0, steps=2)
    assert [one.data for one in found] == [2.0, 4.0]
    assert student.swallow(lambda v: v.data + 1, student.Value(3.0)) == ("gave", 4.0)


def test_a_function_of_another_program_is_a_function_like_any_other(student):
    reference = Program(["def double(x):\n    return x * 2"])
    assert student.minimize(reference.double, 1) == [2, 4, 6]


def test_bounds_are_checked_before_the_function_sees_anything(student, monkeypatch):
    monkeypatch.setattr(callbacks, "MAX_SIZE", 1000)
    seen = []

    def told(*args, f=callback, **bounds):
        return student.swallow(f(seen.append, *bounds.pop("shapes"), **bounds), *args)

    assert told(np.ones(3), shapes=[(3,)])[0] == "gave"
    assert told([1.0, 2.0], shapes=[(None,)])[0] == "gave"
    assert told(1.5, shapes=[()])[0] == "gave"
    assert told({"w": np.ones(2)}, shapes=[...])[0] == "gave"
    assert len(seen) == 4 and type(seen[1]) is np.ndarray
    for args, word in [
        ((np.ones(2),), "another shape"),
        ((np.ones((3, 1)),), "another shape"),
        (([[1], [1, 2]],), "another shape"),
        ((1.0, 2.0), "other arguments"),
        ((), "other arguments"),
        (("abc",), "another type"),
        ((None,), "another type"),
        ((["abc"] * 3,), "another type"),
        ((student.Value(1.0),), "another type"),
        ((np.ones(1001),), "as large"),
    ]:
        refused, message = told(*args, shapes=[(3,)])
        assert refused == "Refused" and word in message
    for large in ([[0] * 501] * 2, {"a": "x" * 1000}, (np.ones((30, 30)), np.ones(101))):
        assert "as large" in student.swallow(seen.append, large)[1]
    assert len(seen) == 4


def test_a_function_answers_only_so_many_calls(student):
    bounded = callback(lambda x: x, calls=2)
    refused = raised(student.minimize, bounded, 1.0)
    assert refused[0] == "Refused" and "too many times" in refused[1]


def test_what_the_function_raises_is_the_outcome_and_its_text_stays_here(student):
    def check(x):
        raise AssertionError("the hidden input is 42")

    with pytest.raises(AssertionError, match="the hidden input is 42"):
        student.minimize(check, 1.0)


def test_arguments_that_a_function_does_not_take_are_refused(student):
    assert "other arguments" in student.swallow(lambda x: x, 1, 2)[1]
    assert "other arguments" in student.swallow(lambda x: x, 1, k=2)[1]
    assert "other arguments" in student.swallow(lambda x: x)[1]
    assert student.swallow(lambda x, *, k: x + k, 1, k=2) == ("gave", 3)
    assert student.swallow(max, 1, 2) == ("gave", 2)


@pytest.mark.hostile
def test_arguments_that_exhaust_a_function_of_ours_are_no_failure_of_ours(submit):
    def zeros(n):
        raise MemoryError

    with pytest.raises(StudentError, match="failed") as caught:
        Recorder(submit(CELLS).remote_ask).minimize(zeros, 1e15)
    assert caught.value.kind == "error"


@pytest.mark.parametrize("result", [object(), np.array([None]), {1}], ids=["object", "array", "set"])
def test_a_result_that_cannot_be_sent_is_an_error_of_the_test(student, result):
    with pytest.raises(TypeError, match="cannot be sent"):
        student.minimize(lambda x: result, 1.0)


def test_calls_inside_calls_end_at_some_depth(student):
    depth = []

    def down(n):
        depth.append(n)
        return student.mutual(down, n + 1)

    assert "too deep" in raised(student.mutual, down, 0)[1]
    assert len(depth) == objects.MAX_NESTING


def test_a_function_that_was_kept_cannot_be_called_later(student):
    student.store(lambda x: x)
    kind, message = raised(student.late)
    assert kind == "RuntimeError" and "until your own function returns" in message


@pytest.mark.parametrize("place", [lambda s: setattr(s.Value(1), "data", print), lambda s: s.Value(1) + print])
def test_a_function_is_handed_over_in_a_call_and_nowhere_else(student, place):
    with pytest.raises(TypeError, match="only be handed over in a call"):
        place(student)


# What cannot be sent


@pytest.mark.parametrize("thing", [{1}, object(), int, np.array(["a"]), np.random.default_rng(0), range(3)])
def test_what_the_other_side_could_not_use_is_refused_here(student, thing):
    with pytest.raises(TypeError, match="cannot be sent"):
        student.grow(thing)


def test_an_object_of_another_program_is_refused(student):
    stranger = Program([CELLS]).Value(1.0)
    with pytest.raises((StudentError, exchange.Gone), match="belongs to another program"):
        student.grow([stranger])


# Torch


@pytest.fixture
def net(side):
    return side(NET, "numpy", "torch")


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.normal(size=(5, 4))).float(), torch.from_numpy(rng.normal(size=(5, 3))).float()


def test_a_module_is_built_called_differentiated_and_trained(net, batch):
    x, y = batch
    model = net.Net(4, 3)
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    weight, bias = torch.ones(4, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    expected = ((x @ weight + bias - y) ** 2).mean()
    expected.backward()
    assert_close(loss, expected)
    assert_close(model.weight.grad, weight.grad)
    assert_close(grads(model), {"weight": weight.grad, "bias": bias.grad})
    net.torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert_close(state(model), {"weight": weight - 0.1 * weight.grad, "bias": -0.1 * bias.grad})
    model.bias.data = torch.ones(3)
    assert_close(model.bias, torch.ones(3))
    assert_close(list(model.state_dict()), ["weight", "bias"])


def test_weights_can_be_put_in_and_gradients_of_inputs_read(net):
    model = net.Net(2, 1)
    model.load_state_dict({"weight": torch.nn.Parameter(torch.tensor([[2.0], [3.0]])), "bias": torch.zeros(1)})
    x = keep(net, torch.ones(3, 2, requires_grad=True))
    model(x).sum().backward()
    assert_close(x.grad, [[2.0, 3.0]] * 3)
    assert_close(x[:, 1], np.ones(3))


def test_tensors_of_ours_on_either_side_of_an_operator(net, batch):
    x, y = batch
    out = net.Net(4, 3)(x)
    theirs = x @ torch.ones(4, 3)
    assert_close([y - out, out - y, y * out, y / out, y + out, y @ out[0]], [
        y - theirs, theirs - y, y * theirs, y / theirs, y + theirs, y @ theirs[0],
    ], rtol=1e-3)  # fmt: skip
    with pytest.raises(TypeError, match=r"value\(\.\.\.\)"):
        torch.exp(out)


def test_a_loss_of_ours_is_called_with_their_output(net, batch):
    x, _ = batch
    loss = net.loss_of(lambda out: (out * out).sum(), net.Net(4, 3), x)
    assert_close(loss, ((x @ torch.ones(4, 3)) ** 2).sum())


def test_a_tensor_without_a_gradient_is_plain(net):
    model = net.Net(4, 3)
    assert type(model.weight.data) is torch.Tensor and model.weight.grad is None
    assert type(model.weight) is Handle and value(model.weight).requires_grad is False


@pytest.mark.slow
def test_an_assignment_of_classes_and_modules_passes_the_gate(toy):
    """Solution, mistakes and variants in their sandboxes, each mistake named: classes are graded like functions."""
    release(toy, "a02_objects")
    report = audit(toy, "a02_objects", seeds=3)
    assert report.findings == []
    kinds = [attempt.kind for attempt in report.attempts]
    assert (kinds.count("mistake"), kinds.count("variant")) == (6, 2)


# The life of a handle


def test_what_no_test_holds_any_more_is_forgotten_on_the_other_side(submit):
    submission = submit(
        CELLS
        + "\nimport gc\ndef alive():\n    gc.collect()\n    return sum(type(o) is Value for o in gc.get_objects())"
    )
    student = Recorder(submission.remote_ask)
    held = student.Value(1.0)
    for _ in range(200):
        assert student.Value(2.0).data == 2.0
    gc.collect()
    assert value(student.alive()) < 50 and held.data == 1.0
    assert submission.process.exchange.handles < 100


def test_a_long_training_stays_within_bounds():
    program = Program([CELLS])
    total = program.Value(0.0)
    for _ in range(objects.MAX_HANDLES + 10):
        total = total + 1.0
    assert total.data == objects.MAX_HANDLES + 10


def test_a_handle_of_a_dead_process_is_a_crash_in_plain_words(submit):
    submission = submit(CELLS + "\nimport os\ndef die(): os._exit(1)")
    student = Recorder(submission.remote_ask)
    v = student.Value(1.0)
    uses = [lambda: v.data, lambda: v + 1, lambda: v.backward(), lambda: student.grow([v]), lambda: value(v)]
    with pytest.raises(StudentError):
        student.die()
    for use in (*uses, lambda: setattr(v, "data", 1)):
        with pytest.raises(StudentError, match="the process that this object lived in has ended") as caught:
            use()
        assert caught.value.kind == "crash"
    assert student.Value(2.0).data == 2.0
    for use in uses:  # also when there is a fresh process
        with pytest.raises(StudentError, match="lived in has ended"):
            use()


@pytest.mark.hostile
def test_a_death_inside_a_call_back_is_a_crash_of_the_whole(submit):
    submission = submit(CELLS + "\nimport os\ndef die(x=0): os._exit(1)")
    student = Recorder(submission.remote_ask)
    with pytest.raises(StudentError) as caught:
        student.minimize(student.die, 1.0)
    assert caught.value.kind == "crash"

    def stubborn(x):
        with pytest.raises(StudentError):
            Recorder(submission.remote_ask).die()
        return x

    with pytest.raises(StudentError, match="in a call inside this call"):
        student.minimize(stubborn, 1.0)
    assert student.grow([]) == [1]


@pytest.mark.hostile
def test_a_method_that_was_out_of_time_twice_is_not_called_again(submit):
    spinning = "class Value:\n    def backward(self):\n        while True: ...\n    def fine(self): return 1"
    submission = submit(spinning)
    student = Recorder(submission.remote_ask)
    for _ in range(2):
        submission.start_test()
        with pytest.raises(StudentError, match="stopped after"):
            student.Value().backward()
    v = student.Value()
    with pytest.raises(StudentError, match="`Value.backward` ran out of time in 2 tests"):
        v.backward()
    assert v.fine() == 1 and submission.started == 3


# Hostile processes

SPEAK = """
import os, socket
from autograder import wire
line = socket.socket(fileno=os.dup(3))
def say(*messages):
    for message in messages:
        wire.send(line, message)
def forever(message):
    while True:
        wire.send(line, message)
def again(f):
    while True:
        try:
            f(1.0)
        except BaseException:
            pass
def recurse(f):
    return f(1.0)
"""


def trouble(submission, name, *args):
    submission.start_test()
    with pytest.raises(StudentError) as caught:
        submission.call(name, args, {})
    return caught.value


@pytest.mark.hostile
def test_a_call_back_out_of_place_is_forbidden_and_the_next_process_is_fresh(submit):
    submission = submit(SPEAK)
    nobody = ["back", 1, wire.pack(()), wire.pack({})]
    assert trouble(submission, "say", nobody).kind == "forbidden"
    assert submission.call("say", (), {}) is None
    said = []
    for number in (0, -1, 2, 2**40):
        lie = ["back", number, wire.pack(()), wire.pack({})]
        with pytest.raises(StudentError) as caught:
            submission.call("say", (lie, said.append), {})
        assert caught.value.kind in ("forbidden", "error")
    assert said == []


@pytest.mark.hostile
def test_calling_back_for_ever_is_out_of_time(submit):
    submission = submit(SPEAK)
    counted = callback(lambda x: x, calls=50)
    with pytest.raises(StudentError) as caught:
        Recorder(submission.remote_ask).again(counted)
    assert caught.value.kind == "timeout" and counted.calls == 0


def test_an_error_in_a_function_called_in_a_call_back_reaches_the_test_through_both(submit):
    student = Recorder(submit(SPEAK).remote_ask)
    with pytest.raises(ZeroDivisionError):
        student.recurse(lambda x: student.recurse(lambda y: 1 / 0))
    assert student.recurse(lambda x: x) == 1.0


@pytest.mark.hostile
def test_a_process_that_asks_back_and_never_listens_is_ended(submit):
    submission = submit(SPEAK)
    submission.warm_up()
    submission.process.clocks = dataclasses.replace(CLOCKS, wall=0.7)
    with pytest.raises(StudentError) as caught:
        submission.call("forever", (["back", 1, wire.pack(()), wire.pack({})], lambda: None), {})
    assert caught.value.kind in ("timeout", "crash", "forbidden", "error")
    assert submission.call("say", (), {}) is None


class Liar:
    """A student's side whose first processes say what they are told to, and whose later ones are honest."""

    def __init__(self, *processes: list[bytes]) -> None:
        self.processes, self.lines = list(processes), {}

    def spawn(self, packages):
        ours, theirs = socket.socketpair()
        pid = 2**22 + 1 + len(self.lines)
        self.lines[pid] = theirs
        script = self.processes.pop(0) if self.processes else framed(["value", wire.pack(7)])
        theirs.sendall(framed(["ready"]) + script)
        theirs.shutdown(socket.SHUT_WR)
        return pid, ours

    def kill(self, pid):
        self.lines.pop(pid).close()

    def report(self, kind, record):
        raise AssertionError("there are no cells")


def framed(message) -> bytes:
    body = message if isinstance(message, bytes) else msgspec.msgpack.encode(message)
    return len(body).to_bytes(4, "big") + body


def play(*replies) -> object:
    """What `student.f(callback)` gives where the process says this; afterwards, the next process answers honestly."""
    submission = Submission(Liar(b"".join(map(framed, replies))), [], ("numpy",), Clocks(wall=20.0))
    student = Recorder(submission.remote_ask)
    try:
        result = student.f(lambda *args: args)
        if isinstance(result, Handle):
            use(result)
    except StudentError as error:
        result = error
    try:
        for _ in range(len(replies) + 2):
            try:
                if student.g() == 7:
                    return result
            except StudentError:
                pass
            except TypeError:  # the leftover of a lie was an object, and this test asked whether it is 7
                pass
        raise AssertionError("the judge did not get to an honest process")
    finally:
        submission.end()
        assert submission.control.lines == {}


def use(handle):
    value(handle)
    _ = handle.attribute
    _ = handle(1) + handle
    handle.attribute = 3


@pytest.mark.parametrize(
    "number", [0, -1, 2**53, 2**63, True, 1.0, "1", None, [1], b"1"], ids=lambda number: repr(number)[:10]
)
def test_a_handle_with_no_number_is_forbidden(number):
    assert play(["value", ["h", number, "Value"]]).kind == "forbidden"


@pytest.mark.parametrize("node", [["h"], ["h", 1], ["h", 1, 2], ["h", 1, "a", "b"], ["f", 1], ["n", "a"], ["slice"]])
def test_a_node_that_only_tests_send_is_forbidden(node):
    assert play(["value", node]).kind == "forbidden"


def test_very_many_handles_are_forbidden_and_few_are_not():
    many = [["h", n, "x"] for n in range(1, objects.MAX_HANDLES + 2)]
    assert play(["value", ["l", many]]).kind == "forbidden"
    assert len(play(["value", ["l", many[:100]]])) == 100
    assert len(play(["value", ["l", [["h", 1, "same"]] * 5]])) == 5


def test_an_operator_that_answers_plain_data_is_forbidden():
    submission = Submission(Liar(framed(["value", ["h", 1, "V"]]) + framed(["value", ["v", True]])), [], (), Clocks())
    student = Recorder(submission.remote_ask)
    handle = student.f()
    with pytest.raises(StudentError, match="an operator gave no object") as caught:
        handle + 1
    assert caught.value.kind == "forbidden"
    submission.end()


@pytest.mark.parametrize(
    "reply",
    [
        ["back"],
        ["back", 1],
        ["back", 1, 2, 3],
        ["back", "1", ["t", []], ["d", []]],
        ["back", 1, ["l", []], ["d", []]],
        ["back", 1, ["t", []], ["t", []]],
        ["back", 1, ["t", []], ["d", [[["v", 1], ["v", 1]]]]],
        ["back", 1, ["t", [["x"]]], ["d", []]],
        ["back", True, ["t", []], ["d", []]],
        ["back", 9, ["t", []], ["d", []]],
        ["gave", ["v", 1]],
        ["refused", "shape"],
        ["value"],
        ["ready"],
    ],
    ids=repr,
)
def test_a_reply_out_of_place_is_forbidden(reply):
    assert play(reply).kind == "forbidden"


BACK = ["back", 1, ["t", [["v", 2]]], ["d", []]]
HONEST = [
    ["value", ["h", 3, "Value"]],
    ["value", ["l", [["v", 1.5], ["t", [["a", "<f8", [2], bytes(16)], ["T", "<f4", [1], bytes(4), False]]]]]],
    ["value", ["d", [[["v", "w"], ["h", 1, "Net"]], [["v", "b"], ["i", "123"]]]]],
    ["error", "error", "ValueError", "no", "line 1"],
    BACK,
    ["back", 1, ["t", [["h", 4, "Value"], ["a", "<f8", [2], bytes(16)]]], ["d", [[["v", "k"], ["v", None]]]]],
    ["gave", ["v", 1]],
    ["ran", "ok", "", "", 0],
]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text(max_size=4), st.binary(max_size=9),
    st.sampled_from(["value", "error", "back", "h", "f", "n", "v", "l", "t", "d", "a", "T", "s", "?", "slice", "..."]),
)  # fmt: skip
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@st.composite
def mutated(draw):
    """An honest message in which one part is something else, is missing, or comes twice."""
    message = draw(st.sampled_from(HONEST))
    message = msgspec.msgpack.decode(msgspec.msgpack.encode(message))
    place = message
    while True:
        at = draw(st.integers(0, len(place) - 1))
        if type(place[at]) is list and place[at] and draw(st.booleans()):
            place = place[at]
        else:
            break
    match draw(st.sampled_from(["other", "gone", "twice", "deeper"])):
        case "other":
            place[at] = draw(TREES)
        case "gone":
            del place[at]
        case "twice":
            place.insert(at, place[at])
        case "deeper":
            place[at] = [place[at]]
    return message


@st.composite
def damaged(draw):
    """The bytes of an honest message with one of them changed, or cut short."""
    body = bytearray(msgspec.msgpack.encode(draw(st.sampled_from(HONEST))))
    body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body[: draw(st.integers(1, len(body)))])


REPLIES = st.one_of(st.sampled_from(HONEST), mutated(), damaged(), TREES, st.binary(max_size=30))


@settings(max_examples=300)
@given(st.lists(REPLIES, max_size=6))
@example([BACK] * 6)
@example([BACK, ["value", ["h", 1, "x"]], BACK])
@example([b"\xc9\xff\xff\xff\xff\x01"])
def test_whatever_is_said_the_judge_goes_on_with_an_honest_process(replies):
    play(*replies)


@settings(max_examples=100)
@given(st.binary(max_size=40))
def test_bytes_without_frames_do_no_harm_either(data):
    liar = Liar(data)
    submission = Submission(liar, [], ("numpy",), Clocks(wall=20.0))
    with pytest.raises(StudentError) as caught:
        submission.call("f", (), {})
    assert caught.value.kind in ("crash", "forbidden")
    assert submission.call("f", (), {}) == 7
    submission.end()


def test_the_types_that_tests_see_are_a_closed_list():
    """Nothing of a reply decides which class is built: these are all there are."""
    reply = ["l", [node for one in HONEST for node in one[1:] if type(node) is list]]
    kinds = set()

    def collect(thing):
        kinds.add(type(thing))
        if type(thing) in (list, tuple):
            any(collect(item) for item in thing)
        if type(thing) is dict:
            any(collect(item) for pair in thing.items() for item in pair)

    collect(play(["value", reply]))
    assert kinds <= {list, tuple, dict, str, int, float, type(None), np.ndarray, torch.Tensor, Handle}
    assert not any(isinstance(kind, types.ModuleType) for kind in kinds)
