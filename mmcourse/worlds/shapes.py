"""Pictures of coloured shapes with captions, questions and answers: vision and language with a known truth.

A picture has four places and 32 x 32 pixels; on some of the places lies a thing of some colour, shape and size. A
grammar says what one sees.

>>> world = shapes(np.random.default_rng(0), count=3)
>>> world.images.shape, world.captions[2]
((3, 32, 32, 3), 'a large green triangle in the bottom right corner')
>>> world.truth().colour[2].item(), COLOURS[world.truth().colour[2]]
(1, 'green')
>>> world.questions(2)[1]
('what colour is the triangle?', 'green')
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

COLOURS = ("red", "green", "blue", "yellow", "purple", "white")
SHAPES = ("circle", "square", "triangle", "cross")
SIZES = ("small", "large")
PLACES = ("top left", "top right", "bottom left", "bottom right")
KINDS = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)
SIDE = 32  # pixels of a picture, 16 of a place

PAINT = np.array([[0.9, 0.2, 0.2], [0.2, 0.75, 0.3], [0.25, 0.4, 0.95], [0.9, 0.85, 0.2], [0.65, 0.3, 0.8], [1, 1, 1]])
RADIUS = (4.0, 6.5)  # pixels, of a small thing and of a large one
NUMBERS = ("no", "one", "two", "three", "four")


class Thing(NamedTuple):
    """What lies on a place: numbers in COLOURS, SHAPES, SIZES and PLACES."""

    colour: int
    shape: int
    size: int
    place: int

    @property
    def noun(self) -> str:
        """The thing in two words, such as "blue circle"."""
        return f"{COLOURS[self.colour]} {SHAPES[self.shape]}"


class Truth(NamedTuple):
    """The first thing of every picture, as four columns of numbers, and how many things there are."""

    colour: np.ndarray  # (B,), numbers in COLOURS
    shape: np.ndarray  # (B,), in SHAPES
    size: np.ndarray  # (B,), in SIZES
    place: np.ndarray  # (B,), in PLACES
    count: np.ndarray  # (B,), from 1 to 4


class Shapes(NamedTuple):
    """Pictures, what lies in them, and what a person would say."""

    images: np.ndarray  # (B, 32, 32, 3), from 0 to 1
    scenes: tuple[tuple[Thing, ...], ...]  # B scenes, their things in the order of PLACES
    captions: tuple[str, ...]  # B

    def truth(self) -> Truth:
        """Return what the pictures show, as arrays (B,)."""
        first = np.array([scene[0] for scene in self.scenes]).reshape(-1, 4)
        return Truth(*first.T, np.array([len(scene) for scene in self.scenes], dtype=int))

    def questions(self, index: int) -> list[tuple[str, str]]:
        """Return every question that the grammar can ask about a picture, with its answer."""
        return [(question, answer(self.scenes[index], question)) for question in ask(self.scenes[index])]


def shapes(
    rng: np.random.Generator,
    count: int,
    things: int = 1,
    without: Sequence[tuple[str, str]] = (),
    only: Sequence[tuple[str, str]] = (),
    noise: float = 0.05,
) -> Shapes:
    """Draw scenes, paint them and say what one sees.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int, >= 0
        How many pictures.
    things : int, from 1 to 4
        A picture holds from one to this many, all numbers equally often; no two of them agree in colour and shape.
    without : pairs (colour, shape)
        Never drawn: what a zero-shot experiment keeps for its test.
    only : pairs (colour, shape)
        If there are any, nothing else is drawn.
    noise : float, >= 0
        Standard deviation of what is added to each pixel.

    Returns
    -------
    Shapes

    Raises
    ------
    ValueError
        If `things` is not from 1 to 4, or fewer kinds than that are left to draw.

    Examples
    --------
    >>> world = shapes(np.random.default_rng(1), count=1, things=4, only=[("red", "circle"), ("blue", "cross")] * 2)
    Traceback (most recent call last):
    ...
    ValueError: 4 things need as many kinds (colour, shape), and `without` and `only` leave 2
    """
    if things not in (1, 2, 3, 4):
        raise ValueError(f"`things` must be from 1 to 4, one for each place, got {things}")
    wanted = {tuple(pair) for pair in only or KINDS} - {tuple(pair) for pair in without}
    kinds = [divmod(number, len(SHAPES)) for number, pair in enumerate(KINDS) if pair in wanted]
    if len(kinds) < things:
        raise ValueError(
            f"{things} things need as many kinds (colour, shape), and `without` and `only` leave {len(kinds)}"
        )
    scenes = tuple(_scene(rng, rng.integers(1, things + 1), kinds) for _ in range(count))
    images = np.array([paint(rng, scene, noise) for scene in scenes]).reshape(-1, SIDE, SIDE, 3)
    return Shapes(images, scenes, tuple(describe(scene) for scene in scenes))


def _scene(rng: np.random.Generator, count: int, kinds: list[tuple[int, int]]) -> tuple[Thing, ...]:
    places = sorted(rng.permutation(len(PLACES))[:count])
    drawn = rng.permutation(len(kinds))[:count]
    return tuple(Thing(*kinds[k], int(rng.integers(len(SIZES))), int(place)) for k, place in zip(drawn, places))


def paint(rng: np.random.Generator, scene: Sequence[Thing], noise: float = 0.05) -> np.ndarray:
    """Paint a scene on dark ground: a picture (32, 32, 3); each thing lies up to a pixel beside its place's middle."""
    picture = np.full((SIDE, SIDE, 3), 0.12)
    row, column = np.mgrid[:SIDE, :SIDE]
    for thing in scene:
        down, right = divmod(thing.place, 2)
        y, x = row - (7.5 + 16 * down + rng.uniform(-1, 1)), column - (7.5 + 16 * right + rng.uniform(-1, 1))
        picture[covers(SHAPES[thing.shape], x, y, RADIUS[thing.size])] = PAINT[thing.colour] * rng.uniform(0.85, 1)
    return np.clip(picture + noise * rng.normal(size=picture.shape), 0, 1)


def covers(shape: str, x: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    """Say which pixels a shape covers, `x` to the right and `y` down from its middle."""
    if shape == "circle":
        return x**2 + y**2 <= radius**2
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) <= 0.85 * radius
    if shape == "triangle":
        return (y <= 0.8 * radius) & (np.abs(x) <= 0.55 * (y + radius))
    return (np.minimum(np.abs(x), np.abs(y)) <= 0.3 * radius) & (np.maximum(np.abs(x), np.abs(y)) <= radius)


def describe(scene: Sequence[Thing]) -> str:
    """Say what a scene holds, in the order of its things."""
    parts = [f"a {SIZES[thing.size]} {thing.noun} in the {PLACES[thing.place]} corner" for thing in scene]
    return " and ".join(parts)


def ask(scene: Sequence[Thing]) -> list[str]:
    """List the questions that make sense about a scene: a colour or place only of a shape that is there once."""
    shown = [thing.shape for thing in scene]
    once = [SHAPES[shape] for shape in shown if shown.count(shape) == 1]
    return [
        "how many things are there?",
        *(f"what colour is the {shape}?" for shape in once),
        *(f"where is the {shape}?" for shape in once),
        *(f"is there a {colour} thing?" for colour in COLOURS),
    ]


def answer(scene: Sequence[Thing], question: str) -> str:
    """Answer a question from the truth.

    Raises
    ------
    ValueError
        If the grammar has no such question, or the scene no single thing of that shape.

    Examples
    --------
    >>> scene = [Thing(colour=0, shape=1, size=0, place=3)]
    >>> answer(scene, "where is the square?"), answer(scene, "is there a blue thing?")
    ('bottom right', 'no')
    """
    words = question.rstrip("?").split()
    if question == "how many things are there?":
        return NUMBERS[len(scene)]
    if words[:3] == ["is", "there", "a"] and words[4:] == ["thing"] and words[3] in COLOURS:
        return "yes" if any(COLOURS[thing.colour] == words[3] for thing in scene) else "no"
    meant = [thing for thing in scene if [SHAPES[thing.shape]] == words[-1:]]
    if len(meant) == 1 and words[:-1] == ["what", "colour", "is", "the"]:
        return COLOURS[meant[0].colour]
    if len(meant) == 1 and words[:-1] == ["where", "is", "the"]:
        return PLACES[meant[0].place]
    raise ValueError(f"{question!r} has no answer here: ask one of {', '.join(ask(scene))}")
