import warnings

import numpy as np
import pytest

from autograder.program import Program
from autograder.testing import describe

IN_PLACE = """
import numpy as np

kept = []

def add_one(x):
    kept.append(x)
    x += 1
    return x

def seen():
    return kept
"""


def test_functions_see_what_earlier_cells_define():
    program = Program(["import numpy as np\nbase = 2", "def power(x):\n    return np.power(base, x)"])
    assert program.power(3) == 8
    assert program.base == 2
    assert repr(program) == "Program defining np, base, power"


def test_nothing_is_shared_with_the_caller():
    program, x = Program([IN_PLACE]), np.zeros(2)
    first = program.add_one(x)
    assert x.tolist() == [0, 0]
    first[:] = 7
    assert program.seen()[0].tolist() == [1, 1]
    program.seen().clear()
    assert len(program.seen()) == 1
    program.kept.clear()
    assert len(program.kept) == 1


def test_an_array_that_appears_twice_comes_out_as_two():
    program = Program(["def twice(x):\n    x[0] += 1\n    return x, [x]"])
    array = np.zeros(2)
    one, (other,) = program.twice(array)
    one += 1
    assert other.tolist() == [1, 0] and array.tolist() == [0, 0]


def test_callable_instances_and_keywords():
    program = Program(["class Scale:\n    def __call__(self, x, *, by=2):\n        return by * x\n\nscale = Scale()"])
    assert program.scale(3) == 6
    assert program.scale(3, by=5) == 15


def test_the_visible_check_is_silent_there():
    program = Program(
        ["from mmcourse.check import check, hint\nimport mmcourse.check", "check('a03.momentum', None)\nhint()\nx = 1"]
    )
    assert program.x == 1
    assert program.check("a", 1) is None


def test_exceptions_pass_through_and_name_their_cell():
    program = Program(["y = 1", "def fail():\n    raise KeyError('w')"])
    with pytest.raises(KeyError, match="w") as caught:
        program.fail()
    assert str(caught.traceback[-1].path) == "<cell 2>"


def test_warnings_are_no_errors_inside():
    program = Program(["import numpy as np, warnings\nwarnings.warn('loud')\ndef root(x):\n    return np.sqrt(x)"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(program.root(np.array(-1.0)))


def test_unknown_names_and_changes_from_outside():
    program = Program(["x = 1"])
    with pytest.raises(AttributeError, match="defines no name 'momentum_step'"):
        program.momentum_step()
    with pytest.raises(AttributeError, match="cannot be changed from outside"):
        program.x = 2


@pytest.mark.parametrize(
    "value",
    [1, 2.5, "x", None, [1, (2, {"a": 3})], {"w": np.ones((2, 3)).T}, np.float32(2), np.zeros(0), [np.arange(3)[::-1]]],
)
def test_the_short_way_of_plain_data_gives_what_the_long_way_gives(value):
    program = Program(["def same(x, more=None):\n    return x"])
    short, long = program.same(value), program.same(value, more=print)
    assert repr(short) == repr(long) == repr(value) and type(short) is type(long)
    if isinstance(short, np.ndarray):
        assert short.flags.writeable and long.flags.writeable


def test_a_plain_call_may_give_an_object_and_an_error_is_its_own():
    program = Program(["def make(x):\n    return [{x}, x]", "def fail(x):\n    raise LookupError(x)"])
    made, x = program.make(1)
    assert describe(made) == "an object of type 'set', where only plain data can be graded" and x == 1
    with pytest.raises(LookupError, match="7"):
        program.fail(7)
