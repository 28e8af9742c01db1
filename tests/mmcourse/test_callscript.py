"""Scripts are run as they read, whatever the answer does with what it is given."""

import numpy as np
import pytest

from mmcourse.callscript import CallError, observe, spell
from mmcourse.plaindata import Opaque, encode


def step(name, *args, **kwargs):
    return {"call": name, "args": list(args), "kwargs": kwargs}


def ref(*path):
    return {"ref": list(path)}


def test_a_script_by_hand():
    script = [step("first", 1.0, by=2.0), step("second", ref("first", 1), by=3.0)]
    got = observe(script, [["first"], ["second", 0], ["second"]], lambda x, by: (x, x + by))
    assert got == [(1.0, 3.0), 3.0, (3.0, 6.0)]


def test_results_are_noted_before_a_later_call_changes_them():
    kept = np.zeros(2)

    def answer(amount):
        kept[:] += amount
        return kept

    first, second = observe([step("first", 1.0), step("second", 1.0)], [["first"], ["second"]], answer)
    np.testing.assert_array_equal([first, second], [[1.0, 1.0], [2.0, 2.0]])


def test_arguments_are_fresh_in_each_call():
    def in_place(x):
        x += 1
        return x

    one = encode(np.zeros(2))
    script = [step("first", one), step("second", one), step("third", ref("first")), step("fourth", ref("first"))]
    results = observe(script, [[name] for name in ("first", "second", "third", "fourth")], in_place)
    np.testing.assert_array_equal(results, [[1, 1], [1, 1], [2, 2], [2, 2]])


def test_objects_keep_their_state_between_calls():
    class Counter:
        total = 0

        def add(self, amount):
            self.total += amount
            return self.total

    add = {**step("sum", 2), "on": ref("counter"), "method": "add"}
    script = [step("counter"), {"repeat": "sums", "times": 3, "steps": [add], "collect": ref("sum")}]
    script.append({"get": "total", "on": ref("counter"), "attribute": "total"})
    assert observe(script, [["sums"], ["sums", 1], ["total"]], Counter) == [[2, 4, 6], 4, 6]


def test_an_answer_may_be_a_plain_value():
    assert observe([], [["answer"]], 0.08) == [0.08]


def test_what_cannot_be_copied_is_passed_as_it_is():
    script = [step("first", None), step("second", ref("first"))]
    assert observe(script, [["second"]], lambda x: iter([5]) if x is None else next(x)) == [5]


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("no message")


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ValueError("lr must be positive"), "ValueError", "lr must be positive"),
        (SystemExit(0), "SystemExit", "0"),
        (GeneratorExit(), "GeneratorExit", ""),
        (StopIteration(3), "StopIteration", "3"),
        (Silent(), "Silent", "(its message cannot be shown)"),
        (ValueError("x" * 10**6), "ValueError", "x" * 397 + "..."),
        (type("E" * 1000, (Exception,), {})("long"), "E" * 57 + "...", "long"),
    ],
)
def test_whatever_is_raised_is_told(error, kind, text):
    def answer():
        raise error  # here

    with pytest.raises(CallError) as told:
        observe([step("first")], [["first"]], answer)
    assert (told.value.step, told.value.kind, told.value.text) == ("first", kind, text)
    assert told.value.place.endswith(": raise error  # here")


def test_the_interrupt_button_works():
    def answer():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe([step("first")], [["first"]], answer)


def test_endless_recursion_ends():
    def answer():
        return answer()

    with pytest.raises(CallError) as told:
        observe([step("first")], [["first"]], answer)
    assert told.value.kind == "RecursionError"


def test_the_place_is_in_the_answer_not_in_a_library():
    def answer():
        return np.linalg.inv(np.zeros((2, 2)))

    with pytest.raises(CallError) as told:
        observe([step("first")], [["first"]], answer)
    assert told.value.place.endswith("return np.linalg.inv(np.zeros((2, 2)))")


def test_a_missing_part_is_told_where_it_is_missing():
    with pytest.raises(CallError) as told:
        observe([step("first"), step("second", ref("first", 1))], [["second"]], lambda *x: (1.0,))
    assert (told.value.step, told.value.text) == ("first", "nothing at [1] of a tuple of 1")
    assert observe([step("first")], [["first", 1]], lambda: (1.0,)) == [Opaque("nothing at [1] of a tuple of 1")]


def test_a_script_can_be_pasted():
    data = [
        step("model", encode({"w": np.array([[1.0, np.nan]], dtype="float32")}), {"rng": 3}, scale=encode((1,))),
        {
            "repeat": "path",
            "times": 2,
            "steps": [{**step("y", 2), "on": ref("model"), "method": "f"}],
            "collect": ref("y", 0),
        },
        {"get": "w", "on": ref("model"), "attribute": "w"},
        step("last", encode(np.zeros((0, 2))), encode(-np.inf), encode("it's"), encode([True, None])),
    ]
    assert spell(data, "Net").splitlines() == [
        "model = Net({'w': np.array([[1.0, np.nan]], dtype=np.float32)}, np.random.default_rng(3), scale=(1,))",
        "path = []",
        "for _ in range(2):",
        "    y = model.f(2)",
        "    path.append(y[0])",
        "w = model.w",
        """last = Net(np.zeros((0, 2)), -np.inf, "it's", [True, None])""",
    ]


def test_pasting_a_script_gives_the_same_results():
    script = [step("first", encode(np.array([1.0, 2.0])), by=0.5), step("second", ref("first"), by=2.0)]

    def answer(x, by):
        return x * by

    scope = {"np": np, "answer": answer}
    exec(spell(script, "answer"), scope)
    np.testing.assert_array_equal(scope["second"], observe(script, [["second"]], answer)[0])
