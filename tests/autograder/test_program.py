import warnings

import numpy as np
import pytest

from autograder.program import Program, copied

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
    one, other = copied([np.zeros(2)] * 2)
    one += 1
    assert other.tolist() == [0, 0]
    value = {"a": (1, None, [np.array(2.0)]), "b": {3}}
    assert repr(copied(value)) == repr(value)


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
