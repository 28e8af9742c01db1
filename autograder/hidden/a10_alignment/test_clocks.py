"""Hidden tests of a10.clocks: closed forms, properties of any step, and the reference."""

import numpy as np

from autograder.testing import assert_close, points, unpack

CLOSE = {"rtol": 1e-3, "atol": 1e-4}


def draw_bases(rng, L, B):
    """Curves that rise from 0 to 1: a line, and others with random bends."""
    time = np.linspace(0, 1, L)
    powers = np.exp(rng.uniform(0.3, 1.2, size=B - 1) * np.where(np.arange(B - 1) % 2, 1, -1))
    return np.stack([time, *(time**power for power in powers)], axis=1)


def draw_weights(rng, B):
    return rng.dirichlet(np.full(B, 3.0))


def shown(view, Q, a):
    """The recording at its moments, by numpy's own interpolation."""
    frames = np.clip((view.shape[1] - 1) * (Q @ a), 0, view.shape[1] - 1)
    return np.stack([np.interp(frames, np.arange(view.shape[1]), row) for row in view])


def cost_of(views, bases, weights, moments=None):
    v = [shown(*each) for each in zip(views, bases, weights)]
    c = 1.0 if moments is None else moments
    return sum((c * (v[i] - v[j]) ** 2).sum() for i in range(len(v)) for j in range(i))


def ask(student, views, bases, weights, **options):
    """The new weights and their cost, after a look at what must hold for any step."""
    new, cost = unpack(student.clocks_step(views, bases, weights, **options), "weights", "cost")
    assert_close([np.zeros(np.shape(a)) for a in new], [np.zeros(len(a)) for a in weights], what="weights, set to zero")
    new = [np.asarray(a, dtype=float) for a in new]
    for i, a in enumerate(new):
        assert a.min() >= -1e-9, f"weights[{i}]: expected no negative one, got {a.min():.3g}: time runs backwards"
        assert_close(a.sum(), 1.0, what=f"the sum of weights[{i}]", rtol=1e-6)
    return new, cost


def draw_smooth(rng, lengths, bases, rows=2, shift=0.35):
    """One smooth movement, seen with clocks near the bases' line, and weights that are somewhat wrong."""
    speed, phase = rng.uniform(2, 4, size=(rows, 1)), rng.uniform(0, 2, size=(rows, 1))
    views = []
    for n, Q in zip(lengths, bases):
        when = np.interp(np.linspace(0, 1, n), Q @ draw_weights(rng, Q.shape[1]), np.linspace(0, 1, len(Q)))
        views.append(np.sin(speed * when + phase))
    return views, [draw_weights(rng, Q.shape[1]) for Q in bases]


def draw_cliff(rng):
    """A cliff, seen from its flat foot, and a flat line: a straight line from the foot leads far beyond the cliff."""
    time = np.array([0.0, 0.46, 0.48, 0.5, 0.52, 0.54, 1.0])
    Q = np.stack([time, time ** rng.uniform(0.3, 0.4), time ** rng.uniform(2.7, 3.3)], axis=1)
    cliff = np.arctan(20 * (np.linspace(0, 1, 41) - 0.5))[None]
    share = rng.uniform(0.3, 0.4)
    start = np.array([share, 0.15, 0.85 - share])
    return [cliff, np.zeros((1, 12))], [Q, Q], [start, draw_weights(rng, 3)]


@points(3)
def test_straight_lines(student, rng):
    """Where all recordings are straight lines the linearisation is exact: one step brings them together."""
    for m in (2, 3):
        Q = draw_bases(rng, 17, 3)
        lengths = rng.permutation([9, 12, 15])[:m]
        ends = rng.uniform(1, 3, size=(2, 1))
        views = [ends * np.linspace(0, 1, n) for n in lengths]
        weights = [draw_weights(rng, 3) for _ in lengths]
        before = cost_of(views, [Q] * m, weights)
        new, cost = ask(student, views, [Q] * m, weights, damping=1e-9)
        assert_close(cost, cost_of(views, [Q] * m, new), what=f"cost, {m} straight lines", rtol=1e-4, atol=1e-9)
        assert cost <= 1e-4 * before, f"cost, {m} straight lines: expected almost 0, got {cost:.3g} from {before:.3g}"
        apart = max(np.abs(a - b).max() for a in new for b in new)
        assert apart < 0.02, f"weights, {m} straight lines: all should show the same moments, and differ by {apart:.2g}"


@points(3)
def test_step(student, reference, rng):
    """The step is the feasible one that the text defines, for two and three recordings, each with its own curves."""
    for m in (2, 3):
        bases = [draw_bases(rng, 23, B) for B in (3, 4, 2)[:m]]
        views, weights = draw_smooth(rng, (9, 14, 17)[:m], bases)
        damping = float(rng.uniform(0.01, 0.1))
        new, cost = ask(student, views, bases, weights, damping=damping)
        expected, least = reference.clocks_step(views, bases, weights, damping=damping)
        assert_close(new, expected, what=f"weights, {m} recordings", **CLOSE)
        assert_close(cost, least, what=f"cost, {m} recordings", rtol=2e-3, atol=1e-3)


@points(2)
def test_edge_of_the_feasible(student, reference, rng):
    """Weights that would become negative stop at 0, and the others make the best of it."""
    Q = draw_bases(rng, 23, 4)
    for _ in range(200):
        views, _ = draw_smooth(rng, (9, 14, 17), [Q] * 3)
        weights = [np.eye(4)[i] for i in rng.permutation(4)[:3]]
        expected, least = reference.clocks_step(views, [Q] * 3, weights, damping=0.02)
        moved = max(np.abs(a - b).max() for a, b in zip(expected, weights))
        stopped = sum((a < 1e-9).sum() for a in expected)
        if moved > 0.1 and stopped >= 2:
            break
    new, cost = ask(student, views, [Q] * 3, weights, damping=0.02)
    assert_close(new, expected, what="weights, from the edge", **CLOSE)
    assert_close(cost, least, what="cost, from the edge", rtol=2e-3, atol=1e-3)


@points(2)
def test_never_uphill(student, reference, rng):
    """Rough recordings make bad models: the cost never rises, the step is halved, or nothing moves at all."""
    rough = [rng.normal(size=(1, n)) for n in (9, 14)], [draw_bases(rng, 23, 3)] * 2, rng.dirichlet([3, 3, 3], size=2)
    for views, bases, weights in (rough, draw_cliff(rng), draw_cliff(rng)):
        before, weights = cost_of(views, bases, weights), list(weights)
        new, cost = ask(student, views, bases, weights, damping=1e-4)
        assert cost <= before * (1 + 1e-9), f"cost, rough recordings: it rises from {before:.4g} to {cost:.4g}"
        assert_close(cost, cost_of(views, bases, new), what="cost of the returned weights", rtol=1e-6)
        least = reference.clocks_step(views, bases, weights, damping=1e-4)[1]
        assert_close(cost, least, what="cost, rough recordings", rtol=5e-3)
    Q = draw_bases(rng, 23, 3)
    same, a = rng.normal(size=(2, 9)), draw_weights(rng, 3)
    new, cost = ask(student, [same, same], [Q] * 2, [a, a])
    assert_close(new, [a, a], what="weights, where nothing can be gained", rtol=1e-6)
    assert_close(cost, 0.0, what="cost, where nothing can be gained", atol=1e-12)


@points(1)
def test_moments(student, rng):
    """A moment of importance 2 counts as two moments, one of importance 0 as none."""
    bases = [draw_bases(rng, 23, 3), draw_bases(rng, 23, 4)]
    views, weights = draw_smooth(rng, (9, 14), bases)
    c = np.array([1.0, 2.0, 0.0] * 8)[:23]
    rows = np.repeat(np.arange(23), c.astype(int))
    plain, least = ask(student, views, [Q[rows] for Q in bases], weights, damping=0.05)
    new, cost = ask(student, views, bases, weights, moments=c, damping=0.05)
    assert max(np.abs(a - b).max() for a, b in zip(plain, weights)) > 1e-3, "weights: expected a step, got none"
    assert_close(new, plain, what="weights, with moments", **CLOSE)
    assert_close(cost, least, what="cost, with moments", rtol=2e-3, atol=1e-3)
    assert_close(cost, cost_of(views, bases, new, c), what="cost of the returned weights, with moments", rtol=1e-6)


@points(1)
def test_damping(student, reference, rng):
    """Damping keeps the weights near where they were."""
    bases = [draw_bases(rng, 23, 3)] * 3
    views, weights = draw_smooth(rng, (9, 14, 17), bases)
    lengths = []
    for damping in (1.0, 100.0, 1e6):
        new, cost = ask(student, views, bases, weights, damping=damping)
        expected, _ = reference.clocks_step(views, bases, weights, damping=damping)
        assert_close(new, expected, what=f"weights, damping={damping:g}", **CLOSE)
        lengths.append(max(np.abs(a - b).max() for a, b in zip(new, weights)))
    assert lengths[0] > 1e-3, "weights, damping=1: expected a step, got none"
    assert lengths[2] < 1e-2, "weights, damping=1000000: expected almost no step"
