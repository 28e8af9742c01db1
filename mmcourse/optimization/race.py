"""The race: every optimizer on the same track, from the same start, each with the rate that suits it best there.

>>> track = TRACKS["ravine"]
>>> rates = best_rates(track)
>>> for name in ("descent", "Nesterov"):
...     heights = track.height(walk(update_of(name, rates[name]), track))
...     print(f"{name} with rate {rates[name]}: below 0.001 after {ARRIVALS[arrival(logarithm(heights))]} steps")
descent with rate 0.0501: below 0.001 after 82 steps
Nesterov with rate 0.0398: below 0.001 after 25 steps

The same walks are run by the reader's browser, with `javascript`. `mmcourse.optimization.entry` lets in your own.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from mmcourse.optimization import surfaces
from mmcourse.optimization.surfaces import Surface
from mmcourse.optimization.updates import FIELD, Update, update_of

STEPS = 200
START = (-2.9, -1.2)  # of all tracks; 22.5° off the ravine's axis, so that turned by 45° it lies like its mirror image
WINDOW = ((-3.4, 3.4), (-3.2, 3.2))  # of all tracks, so that one picture fits them all
BOUND = 8.0  # a walk that gets farther than this in any coordinate has left
NOISE = np.random.default_rng(7).normal(size=(STEPS, 2)).round(2)  # the same draws for everybody

ARRIVALS = ("never", *map(str, range(STEPS + 1)), "off the map")  # the words for when a walk arrives


@dataclass(frozen=True)
class Track:
    """A surface, pushed so that its own start comes to lie at START, and the standard deviation of noise in its slopes.

    Parameters
    ----------
    surface : Surface
    at : pair of float
        The start, in the coordinates of the surface.
    noise : float
    """

    surface: Surface
    at: tuple[float, float] = START
    noise: float = 0.0

    @property
    def push(self) -> np.ndarray:
        """What is added to a point of the surface to get the point of the map, shape (2,)."""
        return np.subtract(START, self.at)

    def slope(self, x: np.ndarray, step: int) -> np.ndarray:
        """The gradient that a walk sees at x in this step, shape (..., 2)."""
        return self.surface.grad(x - self.push) + self.noise * NOISE[step]

    def height(self, x: np.ndarray) -> np.ndarray:
        """Height above the lowest point of the surface, (..., 2) to (...); nan where a walk has left."""
        return self.surface.value(x - self.push) - self.surface.value(np.array(self.surface.minimum))


TRACKS = {
    "bowl": Track(surfaces.BOWL),
    "ravine": Track(surfaces.RAVINE),
    "turned ravine": Track(surfaces.TURNED),
    "saddle": Track(surfaces.SADDLE, (-2.9, 0.02)),
    "Rosenbrock": Track(surfaces.ROSENBROCK, (-1.5, 0.5)),
    "plateau": Track(surfaces.SHELF, (-3.2, -1.2)),
    "noisy": Track(surfaces.RAVINE, noise=4.0),
}
SHOWN = {"all": FIELD, "one rate for all weights": FIELD[:3], "a rate for every weight": FIELD[3:]}


def walk(update: Update, track: Track, start: np.ndarray | None = None, steps: int = STEPS) -> np.ndarray:
    """Walk over a track with an optimizer.

    Parameters
    ----------
    update : function (params, grads, state) to (params, state)
        It is given copies, so it may change them.
    track : Track
    start : array, shape (..., 2), or None
        None is START.
    steps : int, at most STEPS

    Returns
    -------
    array, shape (steps + 1, ..., 2)
        The points, the start first; nan from where the walk has left the map.
    """
    x, state = np.asarray(START if start is None else start, dtype=float), None
    path = [x]
    for step in range(steps):
        x, state = update(x.copy(), track.slope(x, step), state)
        x = np.where((np.abs(x) <= BOUND).all(axis=-1, keepdims=True), x, np.nan)
        path.append(x)
    return np.stack(path)


@cache
def best_rate(name: str, track: Track) -> float:
    """Return the rate with which an optimizer does best on a track, of 61 rates from 1e-4 to 100.

    The measure is the mean of log₁₀(height + 1e-6) over all steps, so who arrives early wins; a step outside the window
    costs as much as a height of 1e9. It is the worse one of a rate and the next larger one that counts: nobody is to
    win at the edge where it flies apart.
    """
    rates = np.logspace(-4, 2, 61)
    start = np.broadcast_to(START, (len(rates), 2))
    with np.errstate(all="ignore"):  # the largest of them do fly apart
        path = walk(update_of(name, rates[:, None]), track, start)
        heights = np.where(np.isfinite(track.height(path)) & in_window(path), track.height(path), np.nan)
    measure = np.nan_to_num(np.log10(np.maximum(heights, 0) + 1e-6), nan=9.0).mean(axis=0)
    return float(f"{rates[np.argmin(np.maximum(measure[:-1], measure[1:]))]:.3g}")


def in_window(path: np.ndarray) -> np.ndarray:
    """Return where points, shape (..., 2), lie within the picture, shape (...)."""
    low, high = np.transpose(WINDOW)
    return ((path >= low) & (path <= high)).all(axis=-1)


def best_rates(track: Track) -> dict[str, float]:
    """Return the best rate of everybody in the field on a track."""
    return {name: best_rate(name, track) for name in FIELD}


# The same in the reader's browser


def race(track: str, start: np.ndarray = START, scale: float = 1.0, who: str = "all") -> dict[str, np.ndarray]:
    """Run the whole field: every path (STEPS + 1, 2), its height as log₁₀, its two arrivals and its rate, by name.

    Parameters
    ----------
    track : str
        A key of TRACKS.
    start : array, shape (2,)
    scale : float, > 0
        Everybody's rate is this times its best one.
    who : str
        A key of SHOWN: the paths and heights of all others are nan.
    """
    found, start = {}, np.reshape(start, (1, 2))  # numpy squares arrays exactly as a browser does, single numbers not
    with np.errstate(all="ignore"):
        for name, lr in best_rates(TRACKS[track]).items():
            path = walk(update_of(name, scale * lr), TRACKS[track], start)[:, 0]
            height = logarithm(TRACKS[track].height(path))
            unseen = 0.0 if name in SHOWN[who] else np.nan
            found |= {
                name: path + unseen,
                f"{name} height": height + unseen,
                f"{name} arrival": arrival(height),
                f"{name} stays": arrival(height, for_good=True),
                f"{name} rate": scale * lr,
            }
    return found


def logarithm(heights: np.ndarray) -> np.ndarray:
    """Return log₁₀ of heights for drawing: everything from 1e-6 downwards is −6."""
    return np.log10(np.maximum(heights, 1e-6))


def arrival(height: np.ndarray, for_good: bool = False) -> int:
    """Return which of ARRIVALS tells when a walk, given by log₁₀ of its heights (T,), is below 0.001.

    For the first time, or `for_good`: from when on it stays there.

    >>> height = np.array([1.0, -3.5, -2.0, -3.5])
    >>> ARRIVALS[arrival(height)], ARRIVALS[arrival(height, for_good=True)], ARRIVALS[arrival(height * np.nan)]
    ('1', '3', 'off the map')
    """
    below = height < -3
    if np.isnan(height[-1]) and (for_good or not below.any()):
        return len(ARRIVALS) - 1
    if for_good:
        return 0 if not below[-1] else len(below) - int(np.argmin(np.append(below[::-1], False))) + 1
    return int(np.argmax(below)) + 1 if below.any() else 0


def javascript() -> str:
    """Return `race` as the formula that a browser evaluates, with the rates and the noise put in."""
    text = files("mmcourse.optimization").joinpath("race.js").read_text(encoding="utf-8")
    rates = {name: best_rates(track) for name, track in TRACKS.items()}
    floors = {name: float(track.surface.value(np.array(track.surface.minimum))) for name, track in TRACKS.items()}
    pushes = {name: track.push.tolist() for name, track in TRACKS.items()}
    for key, value in {"RATES": rates, "NOISE": NOISE.tolist(), "FLOORS": floors, "PUSHES": pushes}.items():
        text = text.replace(f"/*{key}*/", json.dumps(value))
    return text
