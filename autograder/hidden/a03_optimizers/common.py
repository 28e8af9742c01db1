"""What the three questions' tests share: random inputs, walks, and the promises that hold for any optimizer.

Promises about masks, missing gradients, decay and precision are checked by comparing the student's function with
itself (a frozen entry must do what it does in a run that lacks those steps): a wrong update rule costs its own points.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograder.testing import assert_close, describe, partial, unpack

Arrays = dict[str, np.ndarray]
SHORT = 1e-12  # an eps that is no part of what a test looks at


def draw_params(rng: np.random.Generator) -> Arrays:
    """A matrix, a vector, a 0-d array and an empty one, of random sizes."""
    rows, columns = (int(n) for n in rng.integers(2, 5, size=2))
    shapes = {"weight": (rows, columns), "bias": (columns,), "scale": (), "spare": (0, columns)}
    return {name: np.asarray(rng.normal(size=shape)) for name, shape in shapes.items()}


def draw_like(rng: np.random.Generator, params: Arrays) -> Arrays:
    """Gradients for `params`, between 0.1 and 2 in size, so that a division by their size is harmless."""
    sizes = {name: rng.uniform(0.1, 2.0, size=array.shape) for name, array in params.items()}
    return {name: np.asarray(size * rng.choice([-1.0, 1.0], size=size.shape)) for name, size in sizes.items()}


def draw_masks(rng: np.random.Generator, params: Arrays) -> Arrays:
    """Masks for all but one name; the matrix and the vector have at least one frozen and one free entry."""
    masks = {name: np.asarray(rng.random(params[name].shape) < 0.5) for name in ("weight", "bias", "scale")}
    for name in ("weight", "bias"):
        masks[name].flat[:2] = rng.permutation([True, False])
    return masks


def take(
    student: Callable, params: Arrays, grads: Arrays, state: Any, what: str = "params", **options: Any
) -> tuple[Arrays, Any]:
    """Take one step, and make sure that arrays with the names and shapes of `params` and finite numbers come back."""
    got, state = unpack(student(params, grads, state, **options), "params", "state")
    shapes = {name: np.zeros(array.shape) for name, array in params.items()}
    assert_close({n: np.zeros(np.shape(a)) for n, a in got.items()} if type(got) is dict else got, shapes, what=what)
    arrays = {name: np.asarray(array) for name, array in got.items()}
    for name, array in arrays.items():
        assert array.dtype.kind in "fiu", f"{what}[{name!r}]: expected an array of numbers, got {describe(got[name])}"
        assert np.isfinite(array).all(), (
            f"{what}[{name!r}]: expected finite numbers, got {array.flat[_first_bad(array)]}"
        )
    return arrays, state


def path_of(student: Callable, params: Arrays, steps: Iterable[Arrays], **options: Any) -> list[Arrays]:
    """The parameters before the first step and after each one, for gradients `steps`; every entry must have moved."""
    path, state = [params], None
    for number, grads in enumerate(steps, 1):
        params, state = take(student, params, grads, state, f"after step {number}, params", **options)
        path.append(params)
    for name, array in params.items():
        still = np.asarray(array == path[0][name])
        assert len(path) == 1 or not still.any(), f"params[{name!r}]: some entries have not moved in {number} steps"
    return path


def follow(student: Callable, reference: Callable, params: Arrays, calls: Sequence[tuple[Arrays, dict]]) -> tuple:
    """Walk both functions through the same calls, each with its own state; the first step that differs fails the test.

    `calls` are pairs of gradients and options. Returns the student's last parameters and state.
    """
    ours = theirs = (params, None)
    for number, (grads, options) in enumerate(calls, 1):
        ours = unpack(student(ours[0], grads, ours[1], **options), "params", "state")
        theirs = reference(theirs[0], grads, theirs[1], **options)
        assert_close(ours[0], theirs[0], what=f"after step {number}, params")
    return ours


def walk(student: Callable, params: Arrays, state: Any, calls: Iterable[tuple[Arrays, dict]]) -> tuple:
    """Take the steps and return the last parameters and state."""
    for grads, options in calls:
        params, state = unpack(student(params, grads, state, **options), "params", "state")
    return params, state


def check_trajectory(student: Callable, reference: Callable, params: Arrays, calls: list) -> None:
    """Walk through all calls; then go back to a state saved half way, and walk the second half again."""
    half = len(calls) // 2
    saved = follow(student, reference, params, calls[:half])
    expected, _ = walk(reference, *walk(reference, params, None, calls[:half]), calls[half:])
    for times in ("", ", taken once more from the state saved half way"):
        got, _ = walk(student, *saved, calls[half:])
        assert_close(got, expected, what=f"after step {len(calls)}{times}, params")


def check_sizes(
    student: Callable, reference: Callable, params: Arrays, grads: list[Arrays], first: Arrays, options: dict
) -> None:
    """Gradients times 0.001 and times 1000: `first` after the first step, then the path of the plain ones."""
    expected, _ = walk(reference, params, None, [(grad, options) for grad in grads])
    for size in (1e-3, 1e3):
        calls = [({name: size * array for name, array in grad.items()}, options) for grad in grads]
        place, state = walk(student, params, None, calls[:1])
        assert_close(place, first, what=f"after step 1, gradients times {size:g}, params")
        place, _ = walk(student, place, state, calls[1:])
        assert_close(place, expected, what=f"after step {len(calls)}, gradients times {size:g}, params")


def check_memory(student: Callable, rng: np.random.Generator, options: dict) -> None:
    """A second step must depend on the state: without memory there is nothing that a pause could spoil."""
    params = draw_params(rng)
    first, second = draw_like(rng, params), draw_like(rng, params)
    once, state = take(student, params, first, None, "after step 1, params", **options)
    with_memory, _ = take(student, once, second, state, "after step 2, params", **options)
    without, _ = take(student, once, second, None, "after step 2, params", **options)
    same = all(np.allclose(with_memory[name], without[name], rtol=1e-6) for name in params)
    assert not same, "after step 2, params: the same with the returned state and with None, so nothing is remembered"


def check_frozen(
    student: Callable, rng: np.random.Generator, options: dict, *, before: int, during: int, after: int
) -> None:
    """Freeze some entries for a while, with nan in their gradients: they walk as in a run without those steps."""
    check_memory(student, rng, options)
    params = draw_params(rng)
    frozen, number = draw_masks(rng, params), before + during + after
    steps = [draw_like(rng, params) for _ in range(number)]
    free_path = path_of(student, params, steps, **options)
    frozen_path = path_of(student, params, steps[:before] + steps[before + during :], **options)
    place, state = params, None
    for i, grads in enumerate(steps):
        masked, own_steps = before <= i < before + during, i + 1 if i < before else max(before, i + 1 - during)
        if masked:
            grads = {name: np.where(frozen.get(name, False), np.nan, grad) for name, grad in grads.items()}
        what = f"after step {i + 1}, some frozen in steps {before + 1}-{before + during}, params"
        place, state = take(student, place, grads, state, what, **options, **({"frozen": frozen} if masked else {}))
        pairs = {name: (frozen_path[own_steps][name], free_path[i + 1][name]) for name in params}
        assert_close(place, {name: np.where(frozen.get(name, False), *pair) for name, pair in pairs.items()}, what=what)


def check_missing(student: Callable, rng: np.random.Generator, options: dict) -> None:
    """Now one name has no gradient, now another, once none has one: each walks as it does alone, without the pauses."""
    check_memory(student, rng, options)
    params = draw_params(rng)
    absent = [["scale"], ["weight"], ["weight", "spare"], [], ["bias"], list(params), []]
    steps = [{n: grad for n, grad in draw_like(rng, params).items() if n not in names} for names in absent]
    alone = {}
    for name, array in params.items():
        path = path_of(student, {name: array}, [{name: grads[name]} for grads in steps if name in grads], **options)
        alone[name] = [place[name] for place in path]
    place, state, taken = params, None, dict.fromkeys(params, 0)
    for number, grads in enumerate(steps, 1):
        what = f"after step {number}, with gradients for {', '.join(grads) or 'nothing'}, params"
        place, state = take(student, place, grads, state, what, **options)
        taken = {name: count + (name in grads) for name, count in taken.items()}
        assert_close(place, {name: alone[name][count] for name, count in taken.items()}, what=what)


def check_coupled_decay(student: Callable, rng: np.random.Generator, options: dict, decay: float) -> None:
    """A decay that is part of the gradient is a run whose gradients have it added already."""
    params = draw_params(rng)
    place, decayed, state, decayed_state = params, params, None, None
    for number in range(1, 9):
        grads = {n: np.abs(g) * np.copysign(1.0, params[n]) for n, g in draw_like(rng, params).items()}  # no cancelling
        added = {name: grad + decay * place[name] for name, grad in grads.items()}
        before = place
        place, state = take(student, place, added, state, f"after step {number}, params", **options)
        what = f"after step {number} with weight_decay={decay:.3g}, params"
        decayed, decayed_state = take(student, decayed, grads, decayed_state, what, weight_decay=decay, **options)
        assert_close(decayed, place, what=what)
        still = [name for name in params if (place[name] == before[name]).any()]
        assert not still, f"after step {number}, params: some entries of {still} have not moved"


def check_single_precision(student: Callable, rng: np.random.Generator, options: dict) -> None:
    """A float32 run is the float64 run within rounding; half of the points where float64 comes back."""
    params = {name: array.astype(np.float32) for name, array in draw_params(rng).items()}
    steps = [{name: grad.astype(np.float32) for name, grad in draw_like(rng, params).items()} for _ in range(5)]
    wide = [{name: array.astype(np.float64) for name, array in arrays.items()} for arrays in (params, *steps)]
    expected, got = path_of(student, wide[0], wide[1:], **options)[-1], path_of(student, params, steps, **options)[-1]
    assert_close(got, expected, what="after 5 steps in float32, params", rtol=1e-4)
    for name in ("weight", "bias"):
        if got[name].dtype == np.float64:
            partial(0.5, f"the numbers are right, but params[{name!r}] went in as float32 and came back as float64")


def _first_bad(array: np.ndarray) -> int:
    return int(np.argmin(np.isfinite(array)))
