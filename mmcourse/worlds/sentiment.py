"""Opinions told by three streams at once, with dials for how much each stream, pair and triple has to say.

Hidden behind each segment are signs, one for each group S of streams and each stream m in it. The opinion adds up what
the seven groups say, and a group says the *product* of its signs:

    score = Σ_S weight_S · Π_{m in S} sign_{S,m} + blur,     Σ_S weight_S² = 1.

A stream alone knows one factor of a product, and that says nothing: the shares of one, two and three are separate.

>>> world = sentiment(np.random.default_rng(0), uni=0.5, bi=0.3, tri=0.2)
>>> few = world.draw(np.random.default_rng(1), 4)
>>> few.language.shape, few.vision.shape, few.acoustic.shape, few.score.shape
((4, 8, 8), (4, 8, 6), (4, 8, 5), (4,))
>>> few.score.round(2), world.best_score(few).round(2)  # the second knows how the world works, and sees the streams
(array([-0.89,  0.39, -1.24,  0.75]), array([-0.46,  0.35, -1.1 ,  1.17]))
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

STREAMS = ("language", "vision", "acoustic")
SIZES = (8, 6, 5)  # features of a frame of each stream
GROUPS = tuple(group for size in (1, 2, 3) for group in combinations(range(3), size))  # (0,), (1,), ..., (0, 1, 2)


class Segments(NamedTuple):
    """What one gets to see of B segments, and the opinion in them."""

    language: np.ndarray  # (B, T, 8)
    vision: np.ndarray  # (B, T, 6)
    acoustic: np.ndarray  # (B, T, 5)
    present: np.ndarray  # (B, 3), False where a stream is missing: then it is all zeros
    score: np.ndarray  # (B,), of variance 1 + blur²; its sign is the class
    signs: np.ndarray  # (B, events, 7, 3): the truth, 1 where a stream is not in the group


class Truth(NamedTuple):
    """What generated a world."""

    weights: dict[tuple[str, ...], float]  # of each group of streams
    directions: tuple[np.ndarray, ...]  # for each stream (4, D): along which features its four signs are written
    noise: float
    lag: int
    missing: float
    events: int
    blur: float


class Sentiment(NamedTuple):
    """A world of opinions; `draw` segments from it, ask `truth` how it works."""

    weights: np.ndarray  # (7,), one for each of GROUPS
    directions: tuple[np.ndarray, ...]
    noise: float
    lag: int
    missing: float
    events: int
    frames: int
    blur: float

    def truth(self) -> Truth:
        """Return what generated the segments, by names."""
        named = {tuple(STREAMS[m] for m in group): float(w) for group, w in zip(GROUPS, self.weights)}
        return Truth(named, self.directions, self.noise, self.lag, self.missing, self.events, self.blur)

    def draw(self, rng: np.random.Generator, count: int) -> Segments:
        """Draw segments: signs, what they add up to, and the streams in which they are written.

        Parameters
        ----------
        rng : numpy.random.Generator
        count : int, >= 0
            How many.

        Returns
        -------
        Segments
            Each stream (B, T, D) with T = events · frames + 2 · lag; the signs of an event stand in `frames` frames,
            in the vision `lag` frames later than in the language, in the acoustic 2 · `lag`.
        """
        signs = rng.choice([-1.0, 1.0], size=(count, self.events, 7, 3))
        for number, group in enumerate(GROUPS):
            signs[..., number, [m for m in range(3) if m not in group]] = 1.0
        said = (signs.prod(axis=-1) @ self.weights).sum(axis=1) / np.sqrt(self.events)
        present = rng.random((count, 3)) >= self.missing
        streams = []
        for m, direction in enumerate(self.directions):
            written = signs[..., groups_of(m), m] @ direction  # (B, events, D)
            stream = np.pad(
                np.repeat(written, self.frames, axis=1), [(0, 0), (m * self.lag, (2 - m) * self.lag), (0, 0)]
            )
            stream += self.noise * rng.normal(size=stream.shape)
            streams.append(stream * present[:, m, None, None])
        return Segments(*streams, present, said + self.blur * rng.normal(size=count), signs)

    def beliefs(self, segments: Segments) -> np.ndarray:
        """Return what the streams tell about each sign: its mean given the stream, shape (B, events, 7, 3).

        Notes
        -----
        A sign s = ±1 is seen as the mean a of n frames, s plus noise of variance σ²/n. Bayes' rule with both signs
        equally likely gives E[s | a] = tanh(n a / σ²), and 0 where the stream is missing.
        """
        held = np.ones((len(segments.score), self.events, 7, 3))
        for m, (stream, direction) in enumerate(zip(segments[:3], self.directions)):
            part = stream[:, m * self.lag : m * self.lag + self.events * self.frames]
            seen = part.reshape(len(part), self.events, self.frames, -1).mean(axis=2) @ direction.T
            held[..., groups_of(m), m] = np.tanh(seen * self.frames / max(self.noise, 1e-6) ** 2)
        return held

    def best_score(self, segments: Segments, groups=range(7)) -> np.ndarray:
        """Return the mean of the score given the streams: no guess has a smaller mean squared error.

        Parameters
        ----------
        segments : Segments
            B of this world.
        groups : sequence of int
            Which of GROUPS to listen to; the others count as silent.

        Returns
        -------
        array, shape (B,)
            Σ_S weight_S Π_m E[sign | stream m]: the signs are independent, so the mean of a product is the product.
        """
        groups = list(groups)
        voices = self.beliefs(segments).prod(axis=-1)  # (B, events, 7)
        return (voices[..., groups] @ self.weights[groups]).sum(axis=1) / np.sqrt(self.events)

    def best_probability(self, segments: Segments) -> np.ndarray:
        """Return the probability that the score is above zero given the streams: no class is guessed better; (B,).

        Raises
        ------
        ValueError
            With more than two events: all 2^(7 · events) answers of the groups are added up.
        """
        from scipy.special import ndtr

        if self.events > 2:
            raise ValueError(f"all answers of the groups are added up, for 1 or 2 events, not {self.events}")
        voices = self.beliefs(segments).prod(axis=-1).reshape(-1, 7 * self.events)
        weights = np.tile(self.weights, self.events) / np.sqrt(self.events)
        total = np.zeros(len(voices))
        for answers in np.ndindex((2,) * len(weights)):
            answer = 2.0 * np.array(answers) - 1
            total += ((1 + answer * voices) / 2).prod(axis=-1) * ndtr(answer @ weights / max(self.blur, 1e-9))
        return total


def groups_of(stream: int) -> list[int]:
    """Return the numbers of the four groups that a stream is in: alone, in two pairs, in the triple."""
    return [number for number, group in enumerate(GROUPS) if stream in group]


def sentiment(
    rng: np.random.Generator,
    uni: float = 1 / 3,
    bi: float = 1 / 3,
    tri: float = 1 / 3,
    noise: float = 1.0,
    lag: int = 0,
    missing: float = 0.0,
    events: int = 1,
    frames: int = 8,
    blur: float = 0.2,
) -> Sentiment:
    """Build a world of opinions.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides along which features the signs are written.
    uni, bi, tri : float, >= 0
        How much single streams, pairs and the triple say, as shares of the variance: only their ratios count.
    noise : float, >= 0
        Standard deviation of the noise on each feature of each frame; a sign is ±1.
    lag : int, >= 0
        Frames by which the vision comes after the language, and the acoustic after the vision.
    missing : float, in [0, 1]
        How often a stream is missing, each on its own.
    events : int, >= 1
        How often something is said in a segment; each event has signs of its own, and its streams belong together.
    frames : int, >= 1
        Frames of an event.
    blur : float, >= 0
        Standard deviation of what the judges of the score add.

    Returns
    -------
    Sentiment

    Raises
    ------
    ValueError
        If a dial stands where it means nothing.
    """
    shares = np.array([uni, bi, tri], dtype=float)
    if (shares < 0).any() or shares.sum() <= 0:
        raise ValueError(f"`uni`, `bi`, `tri` are shares, 0 or more and not all 0, got {uni}, {bi}, {tri}")
    if not 0 <= missing <= 1:
        raise ValueError(f"`missing` is a probability, got {missing}")
    if min(noise, lag, blur) < 0 or min(events, frames) < 1:
        raise ValueError("`noise`, `lag`, `blur` must be 0 or more, `events` and `frames` 1 or more")
    shares /= shares.sum()
    weights = np.array([np.sqrt(shares[len(group) - 1] / (3, 3, 1)[len(group) - 1]) for group in GROUPS])
    directions = tuple(np.linalg.qr(rng.normal(size=(size, 4)))[0].T for size in SIZES)
    return Sentiment(weights, directions, noise, lag, missing, events, frames, blur)
