"""Hidden tests of a03.adamw."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points

common = load_module(Path(__file__).with_name("common.py"))


def norm_of(grads):
    return float(np.sqrt(sum((grad.astype(float) ** 2).sum() for grad in grads.values())))


@points(2)
def test_long_run(student, reference, rng):
    """A run of 16 to 32 steps with decay goes where it should, and goes there again from a state saved half way."""
    params, betas = common.draw_params(rng), (rng.uniform(0.7, 0.95), rng.uniform(0.9, 0.999))
    options = {"betas": betas, "eps": rng.uniform(0.05, 0.3), "weight_decay": rng.uniform(0.05, 0.3)}
    rates = rng.uniform(0.01, 0.1, size=rng.integers(16, 33))
    calls = [(common.draw_like(rng, params), {"lr": lr, **options}) for lr in rates]
    common.check_trajectory(student.adamw_step, reference.adamw_step, params, calls)


@points(2)
def test_names_without_decay(student, rng):
    """Decay takes lr * weight_decay * param away, beside the step; what is in no_decay walks as without decay."""
    params, decay, lr = common.draw_params(rng), rng.uniform(0.2, 1.0), rng.uniform(0.05, 0.2)
    spared = [str(name) for name in rng.choice(["weight", "bias", "scale"], size=rng.integers(1, 3), replace=False)]
    place, state = params, None
    for number in range(1, 5):
        grads, what = common.draw_like(rng, params), f"after step {number} with no_decay={spared}, params"
        plain, _ = common.take(student.adamw_step, place, grads, state, what, lr=lr, weight_decay=0.0)
        shares = {name: 0.0 if name in spared else lr * decay for name in params}
        expected = {name: array - shares[name] * place[name] for name, array in plain.items()}
        options = {"lr": lr, "weight_decay": decay, "no_decay": spared}
        place, state = common.take(student.adamw_step, place, grads, state, what, **options)
        assert_close(place, expected, what=what)


@points(2)
def test_clipping(student, rng):
    """All gradients are one vector: if it is too long, all are shortened by one factor; if not, nothing changes."""
    params, options = common.draw_params(rng), {"lr": 0.1, "eps": rng.uniform(0.2, 0.5)}
    clipped, plain, clipped_state, plain_state = params, params, None, None
    clip = rng.uniform(1.0, 2.0)
    for number, size in enumerate((0.5, 3.0, 1.5, 0.9), start=1):
        grads = common.draw_like(rng, params)
        grads = {name: np.asarray(grad * size * clip / norm_of(grads)) for name, grad in grads.items()}
        shorter = {name: np.asarray(grad * min(1.0, 1 / size)) for name, grad in grads.items()}
        before, what = plain, f"after step {number}, with gradients of norm {size:g} times clip, params"
        plain, plain_state = common.take(student.adamw_step, plain, shorter, plain_state, what, **options)
        clipped, clipped_state = common.take(
            student.adamw_step, clipped, grads, clipped_state, what, clip=clip, **options
        )
        assert_close(clipped, plain, what=what)
        still = [name for name in params if (plain[name] == before[name]).any()]
        assert not still, f"after step {number}, params: some entries of {still} have not moved"


@points(2)
def test_bad_batch(student, rng):
    """A gradient that is not finite puts the whole step off, for all names: the run goes on as if it had not been."""
    params, options = common.draw_params(rng), {"lr": 0.1, "weight_decay": 0.1, "clip": 5.0}
    steps = [common.draw_like(rng, params) for _ in range(4)]
    path = common.path_of(student.adamw_step, params, steps, **options)
    common.check_memory(student.adamw_step, rng, options)
    for first, worst in zip((0, 2), rng.permutation([np.nan, rng.choice([np.inf, -np.inf])])):
        place, state = params, None
        for number, grads in enumerate(steps):
            if number == first:
                bad = {name: grad.copy() for name, grad in common.draw_like(rng, params).items()}
                bad[str(rng.choice(["weight", "bias", "scale"]))].flat[-1] = worst
                what = f"after {number} steps and a bad batch, params"
                place, state = common.take(student.adamw_step, place, bad, state, what, **options)
                assert_close(place, path[number], what=what)
            what = f"after {number + 1} steps, a bad batch {'before them' if first == 0 else 'among them'}, params"
            place, state = common.take(student.adamw_step, place, grads, state, what, **options)
            if number >= first:
                assert_close(place, path[number + 1], what=what)


@points(1)
def test_loud_float32(student, rng):
    """Gradients of 1e25 in float32 are clipped like any others: their norm is finite, and so is the step."""
    params = {name: array.astype(np.float32) for name, array in common.draw_params(rng).items()}
    loud = {name: np.asarray(1e25 * grad, np.float32) for name, grad in common.draw_like(rng, params).items()}
    quiet = {name: np.asarray(grad / norm_of(loud), np.float32) for name, grad in loud.items()}
    clear = {name: 3 * grad for name, grad in quiet.items()}
    options = {"lr": 0.1, "eps": 0.5}
    expected, _ = common.take(student.adamw_step, params, quiet, None, **options)
    three, _ = common.take(student.adamw_step, params, clear, None, clip=1.0, **options)
    got, _ = common.take(student.adamw_step, params, loud, None, clip=1.0, **options)
    moved = any(np.abs(expected[name] - params[name]).max() > 1e-3 for name in ("weight", "bias", "scale"))
    assert moved, "after step 1, params: nothing has moved"
    assert_close(three, expected, what="after step 1 with gradients of norm 3 and clip=1, params", rtol=1e-4)
    assert_close(got, expected, what="after step 1 with gradients of 1e25 and clip=1, params", rtol=1e-4)


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: array, averages and count stay, it does not decay, and the others go on."""
    common.check_missing(student.adamw_step, rng, {"lr": 0.02, "eps": common.SHORT, "weight_decay": 0.1})
