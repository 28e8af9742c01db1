"""Hidden tests of a03.newton."""

import numpy as np

from autograder.testing import assert_close, points, unpack

SHAPES = {"weight": (2, 2), "bias": (2,), "scale": ()}
SIZE = 7


def split(vector, shapes):
    """Cut a vector into arrays by name."""
    parts = np.split(vector, np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts)}


def blocks(matrix, shapes):
    """Cut a matrix into hessian[a][b]."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    rows = dict(zip(shapes, np.split(matrix, np.cumsum(sizes)[:-1])))
    return {
        a: {
            b: block.reshape(shapes[a] + shapes[b])
            for b, block in zip(shapes, np.split(rows[a], np.cumsum(sizes)[:-1], axis=1))
        }
        for a in shapes
    }


def draw(rng, lowest=1.0):
    """A place, a gradient, and a Hessian whose eigenvalues are `lowest` and others between 1 and 4."""
    values, H = np.append(lowest, rng.uniform(1.0, 4.0, size=SIZE - 1)), np.zeros((SIZE, SIZE))
    while np.diag(H).min() < 0.1:  # one cannot see on the diagonal that it is a saddle
        turn, _ = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))
        H = turn @ np.diag(values) @ turn.T
    shapes = {name: SHAPES[name] for name in rng.permutation(list(SHAPES)).tolist()}
    return rng.normal(size=SIZE), rng.normal(size=SIZE), H, shapes


def ask(student, shapes, place, g, H, **options):
    """The step as a vector, and the report, after a look at shapes and names."""
    result = student.newton_step(split(place, shapes), split(g, shapes), blocks(H, shapes), **options)
    moved, report = unpack(result, "params", "report")
    zeros = {name: np.zeros(shape) for name, shape in shapes.items()}
    named = {name: np.zeros(np.shape(array)) for name, array in moved.items()} if type(moved) is dict else moved
    assert_close(named, zeros, what="params, all set to zero")
    assert type(report) is dict and set(report) == {"damping", "predicted"}, (
        "expected the report to be a dictionary with the keys 'damping' and 'predicted'"
    )
    after = np.concatenate([np.ravel(moved[name]) for name in shapes]).astype(float)
    assert np.isfinite(after).all(), "params: expected finite numbers"
    return after - place, report


@points(2)
def test_bowl(student, rng):
    """In a bowl one step without brakes ends at the bottom, whatever the shapes, and with no damping to report."""
    bottom, _, H, shapes = draw(rng)
    place = bottom + rng.normal(size=SIZE)
    step, report = ask(student, shapes, place, H @ (place - bottom), H)
    assert_close(place + step, bottom, what="params, as one vector", rtol=1e-7)
    assert_close(report["damping"], 0.0, what="report['damping']")


@points(1)
def test_damping(student, rng):
    """Where the matrix is positive definite, the damping asked for is added to its diagonal and reported."""
    place, g, H, shapes = draw(rng)
    damping = rng.uniform(0.5, 2.0)
    step, report = ask(student, shapes, place, g, H, damping=damping)
    assert_close(step, np.linalg.lstsq(H + damping * np.eye(SIZE), -g)[0], what="the step, as one vector", rtol=1e-7)
    assert_close(report["damping"], damping, what="report['damping']")


@points(2)
def test_saddle(student, rng):
    """With a negative or zero eigenvalue damping is raised until the matrix is positive definite: downhill it goes."""
    for damping, lowest, used in (
        (0.0, -rng.uniform(2e-3, 8e-3), 1e-2),
        (0.0, -rng.uniform(0.2, 0.8), 1.0),
        (0.03, -rng.uniform(0.04, 0.25), 0.3),
        (0.0, 0.0, 1e-3),
    ):
        place, g, H, shapes = draw(rng, lowest)
        if lowest == 0.0:  # exactly: the loss has no curvature along one entry
            H = np.diag(rng.permutation(np.append(0.0, rng.uniform(1.0, 4.0, size=SIZE - 1))))
        step, report = ask(student, shapes, place, g, H, damping=damping)
        assert g @ step < 0, "the step goes uphill: grads and the step point the same way"
        assert_close(report["damping"], used, what=f"report['damping'], from damping={damping:g}")
        expected = np.linalg.lstsq(H + used * np.eye(SIZE), -g)[0]
        assert_close(step, expected, what="the step, as one vector", rtol=1e-6)


@points(2)
def test_radius(student, rng):
    """A step that is longer than the radius gets its length and keeps its direction; a shorter one stays."""
    place, g, H, shapes = draw(rng)
    free, _ = ask(student, shapes, place, g, H)
    length = np.linalg.norm(free)
    assert length > 1e-3, "without a radius: expected a step, got none"
    for share in (0.2, 0.7, 1.5):
        step, _ = ask(student, shapes, place, g, H, radius=share * length)
        what = f"the step as one vector, with a radius of {share} times its length"
        assert_close(step, min(share, 1.0) * free, what=what, rtol=1e-7)


@points(1)
def test_prediction(student, rng):
    """`predicted` is what the quadratic model, without damping, says about the step that was taken."""
    found = []
    for lowest, options in (
        (1.0, {}),
        (1.0, {"damping": rng.uniform(0.5, 2.0)}),
        (1.0, {"radius": 0.1}),
        (-0.5, {"radius": 0.1}),
    ):
        place, g, H, shapes = draw(rng, lowest)
        step, report = ask(student, shapes, place, g, H, **options)
        what = f"report['predicted'], with {', '.join(options) or 'no brakes'}{', at a saddle' if lowest < 0 else ''}"
        found.append((report["predicted"], g @ step + step @ H @ step / 2, what))
        assert np.linalg.norm(step) > 1e-3, "expected a step, got none"
    for got, expected, what in found:
        assert_close(got, expected, what=what, rtol=1e-6)


@points(1)
def test_measured_hessian(student, rng):
    """A Hessian that was measured is not quite symmetric: a matrix and its transpose give the same step."""
    place, g, H, shapes = draw(rng, 2.0)
    noise = 0.1 * rng.normal(size=(SIZE, SIZE))
    noise -= noise.T
    expected, _ = ask(student, shapes, place, g, H)
    for skew in (noise, -noise):
        step, _ = ask(student, shapes, place, g, H + skew)
        assert np.linalg.norm(step) > 1e-3, "expected a step, got none"
        assert_close(step, expected, what="the step for a Hessian with noise, as one vector", rtol=1e-7)


@points(1)
def test_names_in_any_order(student, rng):
    """Names go by name: the three dictionaries may list them in different orders."""
    place, g, H, shapes = draw(rng)
    expected, _ = ask(student, shapes, place, g, H)
    grads, hessian, names = split(g, shapes), blocks(H, shapes), list(shapes)
    grads = {name: grads[name] for name in names[::-1]}
    hessian = {a: {b: hessian[a][b] for b in rng.permutation(names).tolist()} for a in names[1:] + names[:1]}
    moved, _ = unpack(student.newton_step(split(place, shapes), grads, hessian), "params", "report")
    before = split(place, shapes)
    assert np.linalg.norm(expected) > 1e-3, "expected a step, got none"
    steps = {name: np.asarray(moved[name]) - before[name] for name in names}
    assert_close(steps, split(expected, shapes), what="the step, with names in other orders", rtol=1e-7)
