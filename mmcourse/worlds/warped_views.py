"""One movement seen by two or three observers, each with a clock and a camera of its own, and the true alignment known.

>>> world = warped_views(np.random.default_rng(0), kind="rotated", frames=(60, 70))
>>> world.views[0].shape, world.views[1].shape  # frames are columns
((2, 60), (2, 70))
>>> uniform = np.stack([np.linspace(0, 59, 70), np.arange(70)])  # pretends that both clocks run evenly
>>> round(world.index_error(uniform), 2), round(world.index_error(world.truth()), 9)  # in frames
(8.49, 0.0)
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

KINDS = ("same", "rotated", "linear", "swirled")
FINE = 400  # points of the curve that is seen, and of a clock


class WarpedViews(NamedTuple):
    """What each observer saw, when it was, and what there was to see."""

    views: tuple[np.ndarray, ...]  # (D, T) each, frames as columns
    times: tuple[np.ndarray, ...]  # (T,) each, rising from 0 to 1: where on the movement each frame was taken
    movement: np.ndarray  # (2, 400), at even times from 0 to 1

    def truth(self, first: int = 0, second: int = 1) -> np.ndarray:
        """Return the true path: each frame of `first`, and the place between frames of `second` of the same moment.

        Returns
        -------
        array (2, T)
        """
        frames = np.arange(len(self.times[first]))
        return np.stack([frames, self.partner(frames, first, second)])

    def partner(self, frames: np.ndarray, first: int = 0, second: int = 1) -> np.ndarray:
        """Return where in `second` the moment of each of these frames of `first` is; both may lie between frames."""
        moments = np.interp(frames, np.arange(len(self.times[first])), self.times[first])
        return np.interp(moments, self.times[second], np.arange(len(self.times[second])))

    def index_error(self, path: np.ndarray, first: int = 0, second: int = 1) -> float:
        """Return how many frames a path is off, on average over its steps and over both directions.

            mean over t of ½ |j_t − j*(i_t)| + ½ |i_t − i*(j_t)|

        Parameters
        ----------
        path : array (2, l)
            Frames i of `first` and j of `second` that are said to show the same moment; they may lie between frames.
        first, second : int
            Which views it aligns.

        Returns
        -------
        float
            0 for the truth. A path of whole frames can hardly be below 0.25.

        Raises
        ------
        ValueError
            If the path does not have two rows, or leaves a view.
        """
        path = np.asarray(path, dtype=float)
        last = [len(self.times[view]) - 1 for view in (first, second)]
        if path.ndim != 2 or len(path) != 2:
            hint = ": transposed?" if path.ndim == 2 and path.shape[1] == 2 else ""
            raise ValueError(f"`path` must have shape (2, l), one row of frames for each view, got {path.shape}{hint}")
        if path.min() < 0 or (path.max(axis=1) > last).any():
            raise ValueError(
                f"`path` must stay in frames 0 to {last[0]} and 0 to {last[1]}, got up to {path.max(axis=1)}"
            )
        there = np.abs(path[1] - self.partner(path[0], first, second))
        back = np.abs(path[0] - self.partner(path[1], second, first))
        return float((there + back).mean() / 2)


def warped_views(
    rng: np.random.Generator,
    kind: str = "linear",
    frames: Sequence[int] = (60, 70),
    bend: float = 0.7,
    noise: float = 0.05,
    waves: int = 3,
    swirl: float = 1.0,
) -> WarpedViews:
    """Draw a movement in the plane, a clock and a camera for each view.

    Parameters
    ----------
    rng : numpy.random.Generator
    kind : str
        How later views see the movement z. "same": as the first does, z. "rotated": turned, and perhaps mirrored.
        "linear": through a matrix into 4 dimensions; then the first has 3. "swirled": turned by `swirl` radians for
        each unit of distance from the middle, which no matrix undoes.
    frames : two or more ints, >= 2
        How many each view has.
    bend : float, >= 0
        How unevenly the clocks run; with 0 all views are uniformly sampled.
    noise : float, >= 0
        Standard deviation of what is added to each number; the movement itself has 1 in each direction.
    waves : int, >= 1
        Of the movement in each direction.
    swirl : float
        Radians per unit of distance, for "swirled".

    Returns
    -------
    WarpedViews

    Raises
    ------
    ValueError
        If the kind is unknown or there are fewer than two views.
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}")
    if len(frames) < 2 or min(frames) < 2:
        raise ValueError(f"`frames` must name two views or more, of 2 frames or more each, got {tuple(frames)}")
    movement = smooth_curve(rng, waves)
    times = tuple(clock(rng, count, bend) for count in frames)
    views = []
    for place, time in enumerate(times):
        moments = np.linspace(0, 1, FINE)
        seen = np.stack([np.interp(time, moments, row) for row in movement])  # (2, T)
        view = camera(rng, seen, kind, first=place == 0, swirl=swirl)
        views.append(view + noise * rng.normal(size=view.shape))
    return WarpedViews(tuple(views), times, movement)


def smooth_curve(rng: np.random.Generator, waves: int = 3) -> np.ndarray:
    """Draw a closed curve in the plane, (2, 400), walked at even speed, uncorrelated and of variance 1 in x and y."""
    phase = 2 * np.pi * np.arange(1, waves + 1)[:, None] * np.linspace(0, 1, 4 * FINE)  # (waves, fine)
    sizes = rng.normal(size=(2, 2, waves)) / np.arange(1, waves + 1)
    curve = sizes[0] @ np.sin(phase) + sizes[1] @ np.cos(phase)
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(curve), axis=0))]
    even = np.linspace(0, length[-1], FINE)
    curve = np.stack([np.interp(even, length, row) for row in curve])
    curve -= curve.mean(axis=1, keepdims=True)
    return np.linalg.solve(np.linalg.cholesky(curve @ curve.T / FINE), curve)


def clock(rng: np.random.Generator, count: int, bend: float) -> np.ndarray:
    """Draw a clock: `count` times from 0 to 1, rising, quick in some places and slow in others."""
    waves, fine = np.arange(1, 4), np.linspace(0, 1, FINE)
    wobble = (rng.normal(size=3) / waves) @ np.sin(
        2 * np.pi * waves[:, None] * fine + rng.uniform(0, 2 * np.pi, (3, 1))
    )
    speed = np.exp(bend * wobble)
    passed = np.r_[0, np.cumsum((speed[1:] + speed[:-1]) / 2)]
    return np.interp(np.linspace(0, 1, count), fine, passed / passed[-1])


def camera(rng: np.random.Generator, seen: np.ndarray, kind: str, first: bool, swirl: float) -> np.ndarray:
    """Return the movement (2, T) as a camera of this kind shows it, (D, T)."""
    if kind == "linear":
        return rng.normal(size=(3 if first else 4, 2)) @ seen
    if first or kind == "same":
        return seen
    if kind == "rotated":
        return np.linalg.qr(rng.normal(size=(2, 2)))[0] @ seen
    angle = swirl * np.linalg.norm(seen, axis=0)
    return np.stack(
        [np.cos(angle) * seen[0] - np.sin(angle) * seen[1], np.sin(angle) * seen[0] + np.cos(angle) * seen[1]]
    )
