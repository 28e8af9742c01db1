"""Random parameters and gradients for the tests of this folder, and walking two optimizers side by side."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograder.testing import assert_close, partial, unpack

Arrays = dict[str, np.ndarray]


def draw_params(rng: np.random.Generator) -> Arrays:
    """A matrix, a vector, a 0-d array and an empty one, of random sizes."""
    rows, columns = (int(n) for n in rng.integers(2, 5, size=2))
    shapes = {"weight": (rows, columns), "bias": (columns,), "scale": (), "spare": (0, columns)}
    return {name: np.asarray(rng.normal(size=shape)) for name, shape in shapes.items()}


def draw_like(rng: np.random.Generator, params: Arrays) -> Arrays:
    """Gradients for `params`: between 0.1 and 2 in size, so that a division by their size is harmless."""
    return {
        name: np.asarray(rng.uniform(0.1, 2.0, size=array.shape) * rng.choice([-1.0, 1.0], size=array.shape))
        for name, array in params.items()
    }


def draw_masks(rng: np.random.Generator, params: Arrays) -> Arrays:
    """Masks for all but one name; the matrix and the vector have at least one frozen and one free entry."""
    masks = {name: np.asarray(rng.random(params[name].shape) < 0.5) for name in ("weight", "bias", "scale")}
    for name in ("weight", "bias"):
        masks[name].flat[:2] = rng.permutation([True, False])
    return masks


def follow(
    student: Callable, reference: Callable, params: Arrays, calls: Iterable[tuple[Arrays, dict[str, Any]]]
) -> tuple[Any, Any]:
    """Walk both functions through the same calls, each with its own state; the first step that differs fails the test.

    `calls` are pairs of gradients and options. Returns the student's last parameters and state.
    """
    ours = theirs = (params, None)
    for number, (grads, options) in enumerate(calls, 1):
        ours = unpack(student(ours[0], grads, ours[1], **options), "params", "state")
        theirs = reference(theirs[0], grads, theirs[1], **options)
        assert_close(ours[0], theirs[0], what=f"params after step {number}")
    return ours


def walk(
    student: Callable, params: Arrays, state: Any, calls: Iterable[tuple[Arrays, dict[str, Any]]]
) -> tuple[Any, Any]:
    """Take the steps and return the last parameters and state."""
    for grads, options in calls:
        params, state = unpack(student(params, grads, state, **options), "params", "state")
    return params, state


def resume_twice(student: Callable, reference: Callable, params: Arrays, calls: list) -> None:
    """Walk through all calls; then go back to a state saved half way, and walk the second half again."""
    half = len(calls) // 2
    saved = follow(student, reference, params, calls[:half])
    expected, _ = walk(reference, *walk(reference, params, None, calls[:half]), calls[half:])
    for name in ("the second half", "the second half, once more from the saved state"):
        assert_close(walk(student, *saved, calls[half:])[0], expected, what=f"params after {name}")


def check_sizes(
    student: Callable, reference: Callable, params: Arrays, grads: list, first: Arrays, options: dict[str, Any]
) -> None:
    """Walk with the gradients times 0.001 and times 1000: `first` after the first step, then the path of the plain ones."""
    expected, _ = walk(reference, params, None, [(grad, options) for grad in grads])
    for size in (1e-3, 1e3):
        calls = [({name: size * array for name, array in grad.items()}, options) for grad in grads]
        place, state = walk(student, params, None, calls[:1])
        assert_close(place, first, what=f"params after step 1, gradients times {size:g}")
        place, _ = walk(student, place, state, calls[1:])
        assert_close(place, expected, what=f"params after step {len(calls)}, gradients times {size:g}")


def check_frozen(student: Callable, reference: Callable, rng: np.random.Generator, options: dict[str, Any]) -> None:
    """One free step, then four with a mask and nan where it is True: the masked stay, the others do as if alone."""
    params = draw_params(rng)
    frozen, first = draw_masks(rng, params), draw_like(rng, params)
    ours, theirs = student(params, first, **options), reference(params, first, **options)
    start = theirs[0]
    for number in range(2, 6):
        grads = draw_like(rng, params)
        unseen = {name: np.where(frozen.get(name, False), np.nan, grad) for name, grad in grads.items()}
        ours = student(*next_step(ours, unseen), frozen=frozen, **options)
        theirs = reference(*next_step(theirs, grads), **options)
        expected = {name: np.where(frozen.get(name, False), start[name], array) for name, array in theirs[0].items()}
        assert_close(
            unpack(ours, "params", "state")[0], expected, what=f"params after step {number}, frozen since step 2"
        )


def next_step(result: Any, grads: Arrays) -> tuple[Any, Arrays, Any]:
    """The arguments of the next step: the parameters that came back, new gradients, the state that came back."""
    params, state = unpack(result, "params", "state")
    return params, grads, state


def check_missing(student: Callable, reference: Callable, rng: np.random.Generator, options: dict[str, Any]) -> None:
    """Six steps in which now one name, now another has no gradient."""
    params, calls = draw_params(rng), []
    for absent in ("scale", "weight", "weight", "bias", "scale", None):
        grads = draw_like(rng, params)
        grads.pop(absent, None)
        calls.append((grads, options))
    follow(student, reference, params, calls)


def check_single_precision(
    student: Callable, reference: Callable, rng: np.random.Generator, options: dict[str, Any]
) -> None:
    """float32 in, the right numbers out; half of the points where they come back as float64."""
    params = {name: array.astype(np.float32) for name, array in draw_params(rng).items()}
    grads = [{name: grad.astype(np.float32) for name, grad in draw_like(rng, params).items()} for _ in range(5)]
    calls = [(grad, options) for grad in grads]
    got, _ = walk(student, params, None, calls)
    assert_close(got, walk(reference, params, None, calls)[0], what="params after 5 steps", rtol=1e-4)
    for name in ("weight", "bias"):
        if np.asarray(got[name]).dtype == np.float64:
            partial(0.5, f"the numbers are right, but params[{name!r}] went in as float32 and came back as float64")
