"""Hidden tests of a09.dcca."""

import numpy as np
import torch

from autograder.testing import assert_close, keep, needs, points, value


def loss_of(x, y, weights=None, ridge=1e-3, components=None):
    """The loss in numpy, by symmetric roots."""
    weights = np.ones(len(x)) if weights is None else weights
    shares = (weights / weights.sum())[:, None]
    x, y = x - (shares * x).sum(axis=0), y - (shares * y).sum(axis=0)
    roots = []
    for view in (x, y):
        variances, axes = np.linalg.eigh((shares * view).T @ view)
        roots.append(axes / np.sqrt(variances + ridge * variances.mean()) @ axes.T)
    return -np.linalg.svd(roots[0] @ (shares * x).T @ y @ roots[1])[1][:components].sum()


def gradients(student, x, y, weights=None, **options):
    """The gradients with respect to both views by the student's loss and `backward()`."""
    views = [keep(student, torch.tensor(view, requires_grad=True)) for view in (x, y)]
    weights = None if weights is None else torch.tensor(weights)
    student.dcca_loss(*views, weights, **options).backward()
    found = [value(view.grad) for view in views]
    assert all(isinstance(grad, torch.Tensor) for grad in found), "backward() has brought no gradient to the views"
    return [np.asarray(grad) for grad in found]


def check_slopes(found, rng, x, y, weights=None, **options):
    """Compare gradients with central differences of the loss, along three random directions of each view."""
    for name, grad in zip("xy", found):
        views = {"x": x, "y": y}
        assert_close(list(grad.shape), list(views[name].shape), what=f"shape of the gradient of {name}")
        assert np.isfinite(grad).all(), f"gradient of {name}: expected finite numbers, got nan or infinity"
        for _ in range(3):
            along = rng.normal(size=grad.shape)
            around = [{**views, name: views[name] + step * along} for step in (1e-5, -1e-5)]
            losses = [loss_of(**moved, weights=weights, **options) for moved in around]
            slope = (losses[0] - losses[1]) / 2e-5
            what = f"slope of the loss in a random direction of {name}, by backward()"
            assert_close((grad * along).sum(), slope, what=what, rtol=1e-5, atol=1e-6)


def draw(rng, count=12, x_size=3, y_size=2):
    """Two views that share something, not centred, with variances of very different sizes."""
    shared = rng.normal(size=(count, 2))
    x = np.hstack([shared, rng.normal(size=(count, 1))])[:, :x_size] + 0.5 * rng.normal(size=(count, x_size))
    y = shared[:, :y_size] + 0.5 * rng.normal(size=(count, y_size))
    return (x @ rng.normal(size=(x_size, x_size)) + 2.0), 3.0 * y @ rng.normal(size=(y_size, y_size)) - 1.0


@points(2)
def test_value(student, rng):
    """The loss is minus the sum of all canonical correlations, with more columns on either side."""
    for ridge in (1e-3, rng.uniform(0.1, 1.0)):
        x, y = draw(rng)
        for views in ((x, y), (y, x)):
            got = student.dcca_loss(*map(torch.tensor, views), ridge=ridge)
            assert_close(got, loss_of(*views, ridge=ridge), what=f"loss with ridge={ridge:.3g}", rtol=1e-7)


@points(1)
def test_components(student, rng):
    """With `components` only the largest correlations are added up."""
    x, y = draw(rng)
    for components in (1, 2):
        got = student.dcca_loss(torch.tensor(x), torch.tensor(y), components=components)
        expected = loss_of(x, y, components=components)
        assert_close(got, expected, what=f"loss with components={components}", rtol=1e-7)


@points(2)
def test_weights(student, rng):
    """Weights count by their ratios; a sample of weight 0, with nan, changes neither loss nor gradients and gets 0."""
    x, y = draw(rng)
    weights = rng.uniform(0.3, 3.0, size=12)
    for factor in (1.0, 50.0):
        got = student.dcca_loss(torch.tensor(x), torch.tensor(y), torch.tensor(factor * weights))
        assert_close(got, loss_of(x, y, weights), what=f"loss, weights times {factor:g}", rtol=1e-7)
    gone = rng.permutation(12)[:3]
    weights[gone], x[gone], y[gone[:1]] = 0.0, np.nan, np.nan
    there = weights > 0
    got = student.dcca_loss(torch.tensor(x), torch.tensor(y), torch.tensor(weights))
    assert_close(got, loss_of(x[there], y[there], weights[there]), what="loss with weights of 0", rtol=1e-7)
    found = gradients(student, x, y, weights)
    for name, grad in zip("xy", found):
        assert_close(grad[gone], np.zeros((3, grad.shape[-1])), what=f"gradient of {name} where the weight is 0")
    check_slopes([grad[there] for grad in found], rng, x[there], y[there], weights[there])


@points(1)
def test_scale(student, rng):
    """A view that is a thousand times larger or smaller has the same loss: the ridge is a share of its variance."""
    x, y = draw(rng)
    for x_scale, y_scale in ((1e3, 1.0), (1.0, 1e-3), (1e-3, 1e3)):
        got = student.dcca_loss(torch.tensor(x_scale * x), torch.tensor(y_scale * y), ridge=0.3)
        expected = loss_of(x, y, ridge=0.3)
        assert_close(got, expected, what=f"loss, x times {x_scale:g}, y times {y_scale:g}", rtol=1e-6)


@points(2)
@needs("test_value")
def test_gradient(student, rng):
    """The gradient equals finite differences, with weights and without, for all components and for the first."""
    x, y = draw(rng)
    weights = rng.uniform(0.3, 3.0, size=12)
    for options in ({"ridge": 0.1}, {"ridge": 0.1, "components": 1}):
        for given in (None, weights):
            check_slopes(gradients(student, x, y, given, **options), rng, x, y, given, **options)


@points(2)
@needs("test_value")
def test_equal_singular_values(student, rng):
    """Where variances and correlations are all equal the gradient is finite, and that of finite differences."""
    noise = rng.normal(size=(16, 6))
    white, _ = np.linalg.qr(noise - noise.mean(axis=0))
    x = 4 * white[:, :3]
    y = 4 * (0.8 * white[:, :3] + 0.6 * white[:, 3:]) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for views in ((x, y), (np.sign(x[:, :1]), x)):
        check_slopes(gradients(student, *views, ridge=0.1), rng, *views, ridge=0.1)
    grid = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])  # exactly white, to the last digit
    for grad in gradients(student, grid, grid[:, ::-1].copy(), ridge=rng.uniform(0.1, 1.0)):
        assert np.isfinite(grad).all(), f"two equal white views: expected finite gradients, got {grad.flat[0]}"
