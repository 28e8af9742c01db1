"""The race: walks, tracks that all start in one place, best rates, and when a walk arrives."""

import numpy as np
import pytest

from mmcourse.optimization import race
from mmcourse.optimization.surfaces import RAVINE
from mmcourse.optimization.updates import FIELD, update_of


def test_a_walk_by_hand():
    path = race.walk(update_of("descent", 0.5), race.TRACKS["bowl"], np.array([4.0, -2.0]), steps=2)
    np.testing.assert_array_equal(path, [[4, -2], [2, -1], [1, -0.5]])


def test_a_walk_that_leaves_the_map_ends_there():
    path = race.walk(update_of("descent", 3.0), race.TRACKS["bowl"], np.array([1.0, 0.0]), steps=6)
    np.testing.assert_array_equal(path[:4, 0], [1, -2, 4, -8])
    assert np.isnan(path[4:]).all()


def test_an_array_of_rates_makes_the_walks_of_each_of_them():
    track, rates = race.TRACKS["ravine"], np.array([0.01, 0.05])
    both = race.walk(update_of("Adam", rates[:, None]), track, np.broadcast_to(race.START, (2, 2)))
    for place, lr in enumerate(rates):
        np.testing.assert_allclose(both[:, place], race.walk(update_of("Adam", lr), track), atol=1e-12)


def test_most_of_those_with_a_rate_for_every_weight_lose_when_the_ravine_is_turned():
    straight, turned = (
        {name: race.race(place)[f"{name} arrival"] - 1 for name in FIELD} for place in ("ravine", "turned ravine")
    )
    assert {name for name in FIELD if turned[name] >= 1.25 * straight[name]} == {"Adagrad", "RMSprop"}
    assert all(turned[name] == straight[name] for name in ("descent", "momentum", "Nesterov"))


@pytest.mark.parametrize("track", race.TRACKS)
def test_the_surface_of_a_track_has_its_lowest_point_at_height_zero(track):
    place = race.TRACKS[track]
    lowest = place.surface.minimum + place.push
    np.testing.assert_allclose(place.height(lowest), 0, atol=1e-12)
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


@pytest.mark.parametrize("track", race.TRACKS)
def test_every_track_starts_at_the_same_place_of_the_map_and_at_its_own_of_the_surface(track):
    place = race.TRACKS[track]
    lowest = place.surface.value(np.array(place.surface.minimum))
    np.testing.assert_allclose(place.height(np.array(race.START)), place.surface.value(np.array(place.at)) - lowest)
    for name in FIELD:
        np.testing.assert_array_equal(race.race(track)[name][0], race.START)


def test_the_turned_ravine_is_as_high_at_the_start_as_the_ravine():
    straight, turned = (race.TRACKS[name].height(np.array(race.START)) for name in ("ravine", "turned ravine"))
    assert turned == pytest.approx(straight, rel=3e-3)


def test_those_who_are_not_shown_have_no_path_and_still_arrive():
    everybody, few = race.race("ravine"), race.race("ravine", who="a rate for every weight")
    assert np.isnan(few["descent"]).all() and np.isnan(few["descent height"]).all()
    assert few["descent arrival"] == everybody["descent arrival"]
    np.testing.assert_array_equal(few["Adam"], everybody["Adam"])


def test_who_arrives_and_when_is_told():
    ran = race.race("ravine")
    assert race.ARRIVALS[ran["descent arrival"]] == str(np.argmax(ran["descent height"] < -3))
    assert ran["descent rate"] == race.best_rates(race.TRACKS["ravine"])["descent"]
    fast = race.race("ravine", scale=2.0)
    assert race.ARRIVALS[fast["descent arrival"]] == "off the map"  # its rate is above 2/25 now
    nowhere = race.race("Rosenbrock")
    assert {race.ARRIVALS[nowhere[f"{name} arrival"]] for name in FIELD} == {"never"}
    assert race.ARRIVALS[race.arrival(np.array([-4.0, 1.0]))] == "0"


@pytest.mark.parametrize(
    ("height", "first", "good"),
    [
        ([1.0, -4.0, -4.0], "1", "1"),
        ([-4.0, -4.0, -4.0], "0", "0"),
        ([1.0, -4.0, 1.0, -4.0], "1", "3"),
        ([1.0, -4.0, 1.0], "1", "never"),
        ([1.0, 1.0], "never", "never"),
        ([1.0, -4.0, np.nan], "1", "off the map"),
        ([1.0, np.nan], "off the map", "off the map"),
    ],
)
def test_the_first_arrival_and_the_one_for_good(height, first, good):
    assert race.ARRIVALS[race.arrival(np.array(height))] == first
    assert race.ARRIVALS[race.arrival(np.array(height), for_good=True)] == good
