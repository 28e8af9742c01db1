"""Hidden tests of a02.mlp: closed forms, differences of a loss that is computed here, and promises about rows."""

import numpy as np

from autograder.testing import assert_close, points, unpack


def draw_layers(rng, *sizes, scale=1.0):
    pairs = list(zip(sizes, sizes[1:]))
    return [{"W": scale * rng.normal(size=(n, m)) / m**0.5, "b": 0.3 * rng.normal(size=n)} for m, n in pairs]


def draw_batch(rng, rows, width, classes):
    return rng.normal(size=(rows, width)), rng.integers(0, classes, size=rows)


def loss_of(layers, x, labels, activation="tanh", residual=False):
    """The mean loss of whole rows, one at a time."""
    total = 0.0
    for row, label in zip(x, labels):
        h = row
        for number, layer in enumerate(layers, 1):
            z = layer["W"] @ h + layer["b"]
            f = z if number == len(layers) else np.tanh(z) if activation == "tanh" else z * (z > 0)
            h = f + h if residual and number < len(layers) and len(z) == len(h) else f
        total += np.logaddexp.reduce(h) - h[label]
    return total / len(x)


def answer(student, layers, x, labels, **options):
    """The student's loss and gradients, with the names and shapes of the layers."""
    loss, grads = unpack(student.mlp_gradients(layers, x, labels, **options), "loss", "grads")
    assert type(grads) in (list, tuple) and all(type(grad) is dict for grad in grads), "grads: expected a list of dicts"
    blank = [{name: np.zeros(array.shape) for name, array in layer.items()} for layer in layers]
    shapes = [{name: np.zeros(np.shape(array)) for name, array in grad.items()} for grad in grads]
    assert_close(shapes, blank, what="grads, all set to zero")
    return loss, [{name: np.asarray(array) for name, array in grad.items()} for grad in grads]


def check_slopes(student, rng, layers, x, labels, what, **options):
    """The loss, and the gradient of every array along a random direction, against differences of the loss."""
    loss, grads = answer(student, layers, x, labels, **options)
    assert_close(loss, loss_of(layers, x, labels, **options), what=f"{what}: loss")
    for place, layer in enumerate(layers):
        for name, array in layer.items():
            direction, ends = rng.normal(size=array.shape), []
            for step in (1e-4, -1e-4):
                moved = [dict(each) for each in layers]
                moved[place][name] = array + step * direction
                ends.append(loss_of(moved, x, labels, **options))
            expected = (ends[0] - ends[1]) / 2e-4
            got = np.sum(grads[place][name] * direction)
            assert_close(got, expected, what=f"{what}: grads[{place}][{name!r}] along a direction", rtol=1e-6)


@points(2)
def test_one_layer(student, rng):
    """One layer is softmax regression, whose loss and gradient have a closed form."""
    for width, classes in ((3, 4), (3, 3)):
        rows = int(rng.integers(4, 8))
        layers, (x, labels) = draw_layers(rng, width, classes), draw_batch(rng, rows, width, classes)
        loss, grads = answer(student, layers, x, labels, residual=True)
        scores = x @ layers[0]["W"].T + layers[0]["b"]
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        errors = (probs - np.eye(classes)[labels]) / rows
        assert_close(loss, -np.log(probs[np.arange(rows), labels]).mean(), what="loss")
        assert_close(grads, [{"W": errors.T @ x, "b": errors.sum(axis=0)}], what="grads")


@points(2)
def test_deep(student, rng):
    """Three layers with tanh, all of them square in one case: every gradient is the slope of the loss."""
    for sizes in ((3, 3, 3, 3), (2, 5, 4, 3)):
        batch = draw_batch(rng, int(rng.integers(3, 7)), sizes[0], 3)
        check_slopes(student, rng, draw_layers(rng, *sizes), *batch, f"sizes {sizes}")


@points(1)
def test_relu(student, reference, rng):
    """relu has slope 1 above zero and 0 elsewhere, at zero itself, too."""
    layers, (x, labels) = draw_layers(rng, 2, 4, 4, 3), draw_batch(rng, 6, 2, 3)
    layers[1]["W"][1], layers[1]["b"][1] = 0.0, 0.0  # this unit is exactly at zero, and the scores use it
    layers[0]["b"][2], x[0] = 0.0, 0.0
    got = answer(student, layers, x, labels, activation="relu")
    assert_close(got, reference.mlp_gradients(layers, x, labels, activation="relu"), what="(loss, grads)")


@points(2)
def test_residual(student, rng):
    """A residual path adds its input on the way up, and its gradient on the way down."""
    sizes = (2, 4, 4, 4, 4)
    layers, batch = draw_layers(rng, *sizes), draw_batch(rng, int(rng.integers(3, 7)), 2, 4)
    check_slopes(student, rng, layers, *batch, "residual", residual=True)
    check_slopes(student, rng, draw_layers(rng, 3, 3, 5, 5, 2), *draw_batch(rng, 4, 3, 2), "residual", residual=True)


@points(2)
def test_weights_and_padding(student, reference, rng):
    """Padding counts for nothing, whatever stands there, and an example of weight 2 counts like two examples."""
    layers, (x, labels) = draw_layers(rng, 3, 4, 3), draw_batch(rng, 6, 3, 3)
    often = rng.permutation([1, 2, 3, 1, 2, 0])
    repeated = np.repeat(np.arange(6), often)
    expected = reference.mlp_gradients(layers, x[repeated], labels[repeated])
    got = answer(student, layers, x, labels, weights=often.astype(float))
    assert_close(got, expected, what="weights: (loss, grads)")
    place, factor = int(rng.integers(1, 6)), float(rng.uniform(0.5, 3))
    padded = np.insert(x, [place, place, 6], rng.choice([np.nan, np.inf, 1e300], size=(3, 1)), axis=0)
    marks = np.insert(labels, [place, place, 6], -1)
    weights = np.insert(factor * often, [place, place, 6], [np.nan, 7.0, 1.0])
    got = answer(student, layers, padded, marks, weights=weights)
    assert_close(got, expected, what="weights and padding: (loss, grads)")
    expected = reference.mlp_gradients(layers, x, labels)
    got = answer(student, layers, padded, marks)
    assert_close(got, expected, what="padding: (loss, grads)")


@points(1)
def test_nothing_counts(student, rng):
    """If all is padding, or no example has any weight, only the penalty is left, and no nan."""
    layers, (x, labels) = draw_layers(rng, 3, 4, 3), draw_batch(rng, 4, 3, 3)
    l2 = float(rng.uniform(0.1, 1))
    penalty = l2 / 2 * sum(np.sum(layer["W"] ** 2) for layer in layers)
    expected = penalty, [{"W": l2 * layer["W"], "b": np.zeros(len(layer["b"]))} for layer in layers]
    assert_close(answer(student, layers, x, np.full(4, -1), l2=l2), expected, what="all padding: (loss, grads)")
    got = answer(student, layers, x, labels, weights=np.zeros(4), l2=l2)
    assert_close(got, expected, what="weights of 0: (loss, grads)")


@points(1)
def test_penalty(student, rng):
    """l2 adds half the squared size of every W to the loss, and l2 * W to its gradient; b knows nothing of it."""
    layers, batch = draw_layers(rng, 2, 4, 3), draw_batch(rng, 5, 2, 3)
    l2 = float(rng.uniform(0.1, 1))
    plain, grads = answer(student, layers, *batch)
    assert np.any(grads[0]["W"]), "grads[0]['W'] is zero"
    more, pulled = answer(student, layers, *batch, l2=l2)
    assert_close(
        more - plain, l2 / 2 * sum(np.sum(layer["W"] ** 2) for layer in layers), what="what l2 adds to the loss"
    )
    for place, layer in enumerate(layers):
        assert_close(
            pulled[place]["W"] - grads[place]["W"], l2 * layer["W"], what=f"what l2 adds to grads[{place}]['W']"
        )
        assert_close(pulled[place]["b"], grads[place]["b"], what=f"grads[{place}]['b'] with l2")


@points(1)
def test_large_scores(student, rng):
    """Scores of 1e4 give finite numbers: a loss as large as the margin, a gradient of one-hot vectors."""
    x, labels = np.eye(3), rng.permutation(3)
    scores = np.round(rng.normal(size=(3, 3)), 1)
    best = rng.permutation(3)
    scores[np.arange(3), best] += 1e4
    layers = [{"W": scores.T.copy(), "b": np.zeros(3)}]
    loss, grads = answer(student, layers, x, labels)
    margins = scores.max(axis=1) - scores[np.arange(3), labels]
    errors = (np.eye(3)[best] - np.eye(3)[labels]) / 3
    assert_close(loss, margins.mean(), what="loss")
    assert_close(grads, [{"W": errors.T @ x, "b": errors.sum(axis=0)}], what="grads")
