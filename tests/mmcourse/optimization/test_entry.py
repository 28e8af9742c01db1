"""Your own optimizer in the race: what was entered last runs, and what is wrong with it is told."""

import numpy as np
import pytest

from mmcourse.optimization import entry, race
from mmcourse.optimization.updates import update_of


@pytest.fixture(autouse=True)
def nothing_entered():
    entry._entered.clear()
    yield
    entry._entered.clear()


def descent(params, grads, state):
    return params - 0.03 * grads, state


def test_what_was_entered_last_races():
    entry.enter(lambda params, grads, state: (params, state))
    entered = entry.enter(descent)
    assert "`descent` is in the race" in repr(entered) and "ravine" in repr(entered)
    ran = entry.yours("ravine", np.array(race.START))
    np.testing.assert_array_equal(ran["path"], race.walk(update_of("descent", 0.03), race.TRACKS["ravine"]))
    assert 10 ** ran["height"][-1] == pytest.approx(max(ran["end"], 1e-6))
    assert [*race.TRACKS][ran["where"] - 1] == "ravine"


def test_an_update_may_change_what_it_is_given():
    def greedy(params, grads, state):
        params -= 0.03 * grads
        grads *= 0
        return params, state

    entry.enter(greedy)
    path = entry.yours("ravine", np.array(race.START))["path"]
    np.testing.assert_array_equal(path, race.walk(update_of("descent", 0.03), race.TRACKS["ravine"]))


def test_a_walk_of_yours_that_leaves_the_map_is_no_error():
    entered = entry.enter(lambda params, grads, state: (params - 0.5 * grads, state))
    assert np.isnan(entered.heights["ravine"]) and "ravine left the map" in repr(entered)


@pytest.mark.parametrize(
    ("update", "error", "message"),
    [
        (3, TypeError, "enter the function itself"),
        (lambda params, grads: params, TypeError, r"must take \(params, grads, state\), it takes 2"),
        (lambda params, grads, state: None, ValueError, r"got nothing: is there a `return`\?, in step 1 on the bowl"),
        (lambda params, grads, state: params, ValueError, r"must return a pair, \(params, state\), got a ndarray"),
        (
            lambda params, grads, state: (params[:1], 0),
            ValueError,
            r"shape \(2,\) of the old ones, got \(1,\) in step 1",
        ),
        (lambda params, grads, state: (params * np.nan, 0), ValueError, r"\[nan nan\] in step 1 on the bowl"),
        (lambda params, grads, state: ("far", 0), ValueError, r"must be numbers, got 'far' in step 1"),
    ],
)
def test_what_is_wrong_is_told(update, error, message):
    with pytest.raises(error, match=message):
        entry.enter(update)
    with pytest.raises(ValueError, match=message if error is ValueError else "nothing is entered yet"):
        entry.yours("bowl", np.ones(2))  # the explorer says the same, or knows nothing of what is no update


def test_an_error_of_yours_comes_with_its_step():
    def late(params, grads, state):
        state = (state or 0) + 1
        return params - grads / (5 - state), state

    with pytest.raises((ZeroDivisionError, RuntimeWarning)) as caught:
        entry.enter(late)
    assert "raised by your `late` in step 5 on the bowl" in caught.value.__notes__[0]


def test_the_first_answer_of_an_explorer_is_no_walk_and_the_next_one_is():
    entry.enter(descent)
    ask = entry.in_a_kernel()
    first, second = ask("bowl", np.ones(2)), ask("bowl", np.ones(2))
    assert all(np.isnan(first[key]).all() for key in ("path", "height", "end")) and first["where"] == 0
    assert {key: np.shape(value) for key, value in first.items()} == {key: np.shape(second[key]) for key in second}
    for key, value in entry.yours("bowl", np.ones(2)).items():
        np.testing.assert_array_equal(second[key], value)
