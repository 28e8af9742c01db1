"""The race: all optimizers against torch, best rates, equality with the browser, and the guard beside yours."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization import race
from mmcourse.optimization.surfaces import RAVINE

NAMES = {
    "descent": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "Adagrad": ("Adagrad", {}),
    "Adadelta": ("Adadelta", {}),
    "RMSprop": ("RMSprop", {"alpha": 0.9}),
    "Adam": ("Adam", {}),
    "AdamW": ("AdamW", {}),
}
every_optimizer = pytest.mark.parametrize("name", race.OPTIMIZERS)


@pytest.fixture(autouse=True)
def nothing_entered():
    race._entered.clear()
    yield
    race._entered.clear()


@every_optimizer
def test_the_path_equals_torch(name):
    theirs, options = NAMES[name]
    x = torch.tensor(RAVINE.start, dtype=torch.float64)
    optimizer, update = getattr(torch.optim, theirs)([x], lr=0.02, **options), race.update_of(name, 0.02)
    params, state = np.array(RAVINE.start), None
    for _ in range(200):
        x.grad = torch.from_numpy(RAVINE.grad(x.numpy()) + np.cos(x.numpy()))
        optimizer.step()
        params, state = update(params, RAVINE.grad(params) + np.cos(params), state)
        np.testing.assert_allclose(params, x.numpy(), rtol=0, atol=1e-6)


def test_a_walk_by_hand():
    path = race.walk(race.update_of("descent", 0.5), race.TRACKS["bowl"], np.array([4.0, -2.0]), steps=2)
    np.testing.assert_array_equal(path, [[4, -2], [2, -1], [1, -0.5]])


def test_a_walk_that_leaves_the_map_ends_there():
    path = race.walk(race.update_of("descent", 3.0), race.TRACKS["bowl"], np.array([1.0, 0.0]), steps=6)
    np.testing.assert_array_equal(path[:4, 0], [1, -2, 4, -8])
    assert np.isnan(path[4:]).all()


def test_an_array_of_rates_makes_the_walks_of_each_of_them():
    track, rates = race.TRACKS["ravine"], np.array([0.01, 0.05])
    both = race.walk(race.update_of("Adam", rates[:, None]), track, np.broadcast_to(track.start, (2, 2)))
    for place, lr in enumerate(rates):
        np.testing.assert_allclose(both[:, place], race.walk(race.update_of("Adam", lr), track), atol=1e-12)


@pytest.mark.parametrize("name", ["descent", "momentum", "Nesterov"])
@given(angle=st.floats(0, 2 * np.pi), lr=st.floats(1e-3, 0.03))
def test_without_division_a_turned_landscape_gives_the_turned_walk(name, angle, lr):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    curves, params = np.diag([1.0, 25.0]), np.array([-3.0, 1.0])
    turned, states, update = turn @ params, [None, None], race.update_of(name, lr)
    for _ in range(20):
        params, states[0] = update(params, curves @ params, states[0])
        turned, states[1] = update(turned, turn @ curves @ turn.T @ turned, states[1])
    np.testing.assert_allclose(turned, turn @ params, atol=1e-9)


def test_those_with_a_rate_for_every_weight_lose_when_the_ravine_is_turned():
    arrivals = []
    for place in ("ravine", "turned ravine"):
        ran = race.race(place, np.array(race.TRACKS[place].start), 1.0)
        arrivals.append({name: int(np.argmax(ran[f"{name} height"] < -3)) for name in race.FIELD})
    straight, turned = arrivals
    assert {name for name in race.FIELD if turned[name] > straight[name]} == {"Adagrad", "Adadelta", "RMSprop", "Adam"}
    assert all(turned[name] == straight[name] for name in ("descent", "momentum", "Nesterov"))


@pytest.mark.parametrize("track", race.TRACKS)
def test_the_surface_of_a_track_has_its_lowest_point_at_height_zero(track):
    place = race.TRACKS[track]
    assert place.height(np.array(place.surface.minimum)) == 0
    np.testing.assert_allclose(place.surface.grad(np.array(place.surface.minimum)), 0, atol=1e-9)
    x, y = (np.linspace(*ends, 101) for ends in race.WINDOW)
    assert place.height(np.stack(np.meshgrid(x, y), axis=-1)).min() >= 0


def test_the_best_rate_of_descent_on_a_bowl_is_almost_one():
    rate = race.best_rate("descent", race.TRACKS["bowl"])
    assert 0.6 < rate <= 1.0  # 1 lands in the minimum with one step, and the next larger one of 61 jumps over it


def test_noise_is_the_same_for_everybody_and_only_where_it_is_wanted():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(race.TRACKS["noisy"].slope(x, 3), RAVINE.grad(x) + 4.0 * race.NOISE[3])
    np.testing.assert_array_equal(race.TRACKS["ravine"].slope(x, 3), RAVINE.grad(x))


# Yours


def descent(params, grads, state):
    return params - 0.03 * grads, state


def test_what_was_entered_last_races():
    race.enter(lambda params, grads, state: (params, state))
    entry = race.enter(descent)
    assert "`descent` is in the race" in repr(entry) and "ravine" in repr(entry)
    ran = race.yours("ravine", np.array([-3.0, 1.2]))
    np.testing.assert_array_equal(ran["path"], race.walk(race.update_of("descent", 0.03), race.TRACKS["ravine"]))
    assert 10 ** ran["height"][-1] == pytest.approx(max(ran["end"], 1e-6))
    assert [*race.TRACKS][ran["where"]] == "ravine"


def test_who_arrives_and_when_is_told():
    ran = race.race("ravine", np.array(race.TRACKS["ravine"].start), 1.0)
    assert race.ARRIVALS[ran["descent arrival"]] == str(np.argmax(ran["descent height"] < -3))
    assert ran["descent rate"] == race.best_rates(race.TRACKS["ravine"])["descent"]
    fast = race.race("ravine", np.array(race.TRACKS["ravine"].start), 2.0)
    assert race.ARRIVALS[fast["descent arrival"]] == "off the map"  # its rate is above 2/25 now
    nowhere = race.race("Rosenbrock", np.array(race.TRACKS["Rosenbrock"].start), 1.0)
    assert {race.ARRIVALS[nowhere[f"{name} arrival"]] for name in race.FIELD} == {"never"}
    assert race.ARRIVALS[race.arrival(np.array([-4.0, 1.0]))] == "0"


def test_an_update_may_change_what_it_is_given():
    def greedy(params, grads, state):
        params -= 0.03 * grads
        grads *= 0
        return params, state

    race.enter(greedy)
    path = race.yours("ravine", np.array([-3.0, 1.2]))["path"]
    np.testing.assert_array_equal(path, race.walk(race.update_of("descent", 0.03), race.TRACKS["ravine"]))


def test_a_walk_of_yours_that_leaves_the_map_is_no_error():
    entry = race.enter(lambda params, grads, state: (params - 0.5 * grads, state))
    assert np.isnan(entry.heights["ravine"]) and "ravine left the map" in repr(entry)


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
        race.enter(update)
    with pytest.raises(ValueError, match=message if error is ValueError else "nothing is entered yet"):
        race.yours("bowl", np.ones(2))  # the explorer says the same, or knows nothing of what is no update


def test_an_error_of_yours_comes_with_its_step():
    def late(params, grads, state):
        state = (state or 0) + 1
        return params - grads / (5 - state), state

    with pytest.raises((ZeroDivisionError, RuntimeWarning)) as caught:
        race.enter(late)
    assert "raised by your `late` in step 5 on the bowl" in caught.value.__notes__[0]


def test_there_is_no_such_optimizer():
    with pytest.raises(ValueError, match="no optimizer 'adam': use one of descent, momentum"):
        race.update_of("adam", 0.1)
