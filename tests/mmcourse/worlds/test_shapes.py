"""Coloured shapes: what a picture shows is what its truth, its caption and its answers say."""

import re

import numpy as np
import pytest

from mmcourse.worlds.shapes import (
    COLOURS,
    KINDS,
    PAINT,
    PLACES,
    RADIUS,
    SHAPES,
    SIZES,
    Thing,
    answer,
    ask,
    covers,
    describe,
    paint,
    shapes,
)


def test_pixels_captions_and_seed():
    one, same, other = (shapes(np.random.default_rng(seed), 20) for seed in (1, 1, 2))
    assert one.images.shape == (20, 32, 32, 3) and one.images.min() >= 0 and one.images.max() <= 1
    np.testing.assert_array_equal(one.images, same.images)
    assert one.captions == same.captions != other.captions


def test_the_truth_can_be_read_off_the_pixels():
    """Without noise: the brightest quarter is the place, its colour is the paint's, its area tells the size."""
    world = shapes(np.random.default_rng(3), 200, noise=0.0)
    truth = world.truth()
    for image, colour, shape, size, place in zip(world.images, *truth[:4]):
        lit = image.max(axis=-1) > 0.2
        assert lit[16 * (place // 2) :][:16, 16 * (place % 2) :][:, :16].sum() == lit.sum()
        seen = image[lit].mean(axis=0)
        cosines = PAINT @ seen / np.linalg.norm(PAINT, axis=1)
        assert cosines.argmax() == colour
        areas = [covers(SHAPES[shape], *np.meshgrid(*[np.arange(-8, 8)] * 2), radius).sum() for radius in RADIUS]
        assert np.abs(np.array(areas) - lit.sum()).argmin() == size


def test_captions_follow_the_grammar_and_can_be_read_back():
    world = shapes(np.random.default_rng(4), 100, things=4)
    for scene, caption in zip(world.scenes, world.captions):
        parts = re.findall(r"a (\w+) (\w+) (\w+) in the (\w+ \w+) corner", caption)
        read = [Thing(*(table.index(w) for table, w in zip((COLOURS, SHAPES, SIZES, PLACES), (c, s, z, p))))
                for z, c, s, p in parts]  # fmt: skip
        assert tuple(read) == scene and caption == describe(scene)


def test_all_counts_are_equally_frequent_and_places_and_kinds_differ():
    world = shapes(np.random.default_rng(5), 2000, things=4)
    counts = np.bincount(world.truth().count, minlength=5)[1:] / 2000
    np.testing.assert_allclose(counts, 0.25, atol=0.04)  # four standard deviations
    for scene in world.scenes:
        assert len({thing.place for thing in scene}) == len({thing.noun for thing in scene}) == len(scene)
        assert [thing.place for thing in scene] == sorted(thing.place for thing in scene)


def test_kinds_can_be_kept_for_the_test():
    without = [("red", "circle"), ("blue", "cross")]
    seen = shapes(np.random.default_rng(6), 400, things=2, without=without)
    nouns = {tuple(thing.noun.split()) for scene in seen.scenes for thing in scene}
    assert nouns == set(KINDS) - set(without)
    new = shapes(np.random.default_rng(6), 50, only=without)
    assert {tuple(scene[0].noun.split()) for scene in new.scenes} == set(without)


def test_answers_by_hand():
    scene = (Thing(2, 0, 1, 0), Thing(0, 1, 0, 3))  # a large blue circle top left, a small red square bottom right
    assert answer(scene, "how many things are there?") == "two"
    assert answer(scene, "what colour is the circle?") == "blue"
    assert answer(scene, "where is the square?") == "bottom right"
    assert answer(scene, "is there a red thing?") == "yes"
    assert answer(scene, "is there a white thing?") == "no"


def test_every_question_has_an_answer_of_the_right_kind():
    world = shapes(np.random.default_rng(7), 100, things=4)
    possible = {"how": {"one", "two", "three", "four"}, "what": set(COLOURS), "where": set(PLACES), "is": {"yes", "no"}}
    asked = [pair for index in range(100) for pair in world.questions(index)]
    assert all(said in possible[question.split()[0]] for question, said in asked)
    assert {question.split()[0] for question, _ in asked} == set(possible)


def test_a_shape_that_is_there_twice_cannot_be_asked_for():
    scene = (Thing(0, 1, 0, 0), Thing(2, 1, 0, 1))
    assert not any("the square" in question for question in ask(scene))
    for question in ("where is the square?", "where is the moon?", "why?", ""):
        with pytest.raises(ValueError, match="has no answer here: ask one of how many things"):
            answer(scene, question)


def test_an_empty_scene_is_paper_and_no_pictures_are_none():
    np.testing.assert_allclose(paint(np.random.default_rng(0), [], noise=0.0), 0.12, rtol=1e-12)
    assert shapes(np.random.default_rng(0), 0).images.shape == (0, 32, 32, 3)
    assert shapes(np.random.default_rng(0), 0).truth().colour.shape == (0,)


def test_impossible_scenes_are_refused():
    with pytest.raises(ValueError, match="`things` must be from 1 to 4"):
        shapes(np.random.default_rng(0), 1, things=5)
    with pytest.raises(ValueError, match="3 things need as many kinds .* leave 1"):
        shapes(np.random.default_rng(0), 1, things=3, only=[("red", "circle")])
