"""Hidden tests of a10.deep: the loss in numpy, its differences, and the table for the next path."""

import numpy as np

from autograder.testing import assert_close, grads, points, state, value


def draw_layers(rng, *sizes):
    pairs = list(zip(sizes, sizes[1:]))
    return [(rng.normal(size=(out, size)) / size**0.5, 0.5 * rng.normal(size=out)) for size, out in pairs]


def draw_path(rng, n, m):
    i = j = 0
    path = [(0, 0)]
    while (i, j) != (n - 1, m - 1):
        di, dj = [(1, 1), (1, 0), (0, 1)][rng.choice(3, p=[0.3, 0.5, 0.2] if i < n // 2 else [0.3, 0.2, 0.5])]
        i, j = min(i + di, n - 1), min(j + dj, m - 1)
        path += [(i, j)] if path[-1] != (i, j) else []
    return np.array(path).T


def draw(rng, same=False):
    """Two networks that differ in depth (or are of one shape), two recordings, a path, and a ridge."""
    D_x, D_y = (3, 3) if same else (4, 3)
    x_layers = draw_layers(rng, D_x, 5, 2) if same else draw_layers(rng, D_x, 2)
    y_layers = draw_layers(rng, D_y, 5, 2)
    n, m = 8 + int(rng.integers(3)), 10 + int(rng.integers(3))
    x, y = rng.normal(size=(n, D_x)), rng.normal(size=(m, D_y))
    y[:, 0] += 1.5 * np.interp(np.arange(m), np.linspace(0, m - 1, n), x[:, 0])
    return x_layers, y_layers, x, y, draw_path(rng, n, m), float(rng.uniform(0.01, 0.1))


def features(layers, x):
    for number, (weight, bias) in enumerate(layers, 1):
        x = x @ weight.T + bias
        x = np.tanh(x) if number < len(layers) else x
    return x


def roots(S):
    """The symmetric inverse root: another root than the text's, with the same singular values."""
    values, axes = np.linalg.eigh(S)
    return axes / np.sqrt(values) @ axes.T


def common(x_layers, y_layers, x, y, path, ridge, weights=None):
    """All frames in the common space, and the correlations along the path."""
    f, g = features(x_layers, x), features(y_layers, y)
    c = np.ones(path.shape[1]) if weights is None else weights
    c = (c / c.sum())[:, None]
    f, g = f - (c * f[path[0]]).sum(axis=0), g - (c * g[path[1]]).sum(axis=0)
    a, b = f[path[0]], g[path[1]]
    to_f, to_g = (roots(s.T @ (c * s) + ridge * np.eye(s.shape[1])) for s in (a, b))
    A, rho, Bt = np.linalg.svd(to_f @ (a.T @ (c * b)) @ to_g)
    return f @ to_f @ A, g @ to_g @ Bt.T, rho


def loss_of(*args, **options):
    return -common(*args, **options)[-1].sum()


@points(2)
def test_networks(student, rng):
    """There are two networks with the layers handed in, of their own depth, each with parameters of its own."""
    x_layers, y_layers, *_ = draw(rng)
    got = state(student.DeepWarp(x_layers, y_layers))
    expected = {}
    for name, layers in (("x_net", x_layers), ("y_net", y_layers)):
        for number, (weight, bias) in enumerate(layers):
            expected |= {f"{name}.{2 * number}.weight": weight, f"{name}.{2 * number}.bias": bias}
    assert_close(dict(got), expected, what="state_dict()")
    start = draw_layers(rng, 3, 4, 2)
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(11, 3))
    module, path = student.DeepWarp(start, start, ridge=0.05), draw_path(rng, 9, 11)
    module.loss(x, y, path).backward()
    slopes = grads(module)
    for key in expected:
        assert slopes.get(key) is not None, f"the gradient of {key}: expected an array, got None"
    same = np.allclose(np.asarray(slopes["x_net.0.weight"]), np.asarray(slopes["y_net.0.weight"]), rtol=1e-6)
    assert not same, "the gradients of x_net and y_net, which start equal: they are one network"


@points(3)
def test_loss(student, rng):
    """The loss is minus the sum of the canonical correlations of the features along the path."""
    for same in (False, True):
        x_layers, y_layers, x, y, path, ridge = draw(rng, same)
        module = student.DeepWarp(x_layers, y_layers, ridge=ridge)
        what = f"loss, {'two networks of one shape' if same else 'a matrix and a network'}"
        assert_close(module.loss(x, y, path), loss_of(x_layers, y_layers, x, y, path, ridge), what=what, rtol=1e-6)
    expected = loss_of(x_layers, y_layers, x, y, path, 1e-3)
    assert_close(
        student.DeepWarp(x_layers, y_layers).loss(x, y, path), expected, what="loss, ridge left out", rtol=1e-6
    )


@points(3)
def test_gradients(student, rng):
    """backward() gives the loss's derivative by every parameter of both networks."""
    x_layers, y_layers, x, y, path, ridge = draw(rng)
    module = student.DeepWarp(x_layers, y_layers, ridge=ridge)
    module.loss(x, y, path).backward()
    slopes = grads(module)
    for name, layers in (("x_net", x_layers), ("y_net", y_layers)):
        for number, kind in ((i, j) for i in range(len(layers)) for j in range(2)):
            key = f"{name}.{2 * number}.{('weight', 'bias')[kind]}"
            assert slopes.get(key) is not None, f"the gradient of {key}: expected an array, got None"
            direction, ends = rng.normal(size=layers[number][kind].shape), []
            for step in (1e-5, -1e-5):
                moved = [list(layer) for layer in layers]
                moved[number][kind] = moved[number][kind] + step * direction
                both = (moved, y_layers) if name == "x_net" else (x_layers, moved)
                ends.append(loss_of(*both, x, y, path, ridge))
            got, expected = np.sum(np.asarray(slopes[key]) * direction), (ends[0] - ends[1]) / 2e-5
            assert_close(got, expected, what=f"the gradient of {key} along a direction", rtol=1e-5, atol=1e-6)


@points(1)
def test_trust(student, rng):
    """A step of the path with weight 2 counts as two steps, one with weight 0 as none."""
    x_layers, y_layers, x, y, path, ridge = draw(rng)
    module = student.DeepWarp(x_layers, y_layers, ridge=ridge)
    times = np.append([2, 0, 1], rng.integers(0, 3, size=path.shape[1] - 3))
    repeated = np.repeat(path, times, axis=1)
    expected = loss_of(x_layers, y_layers, x, y, repeated, ridge)
    assert_close(module.loss(x, y, path, times.astype(float)), expected, what="loss, weights 0, 1, 2", rtol=1e-6)
    weights = rng.uniform(0.1, 3.0, size=path.shape[1])
    a, b, rho = common(x_layers, y_layers, x, y, path, ridge, weights)
    assert_close(module.loss(x, y, path, weights), -rho.sum(), what="loss, uneven weights", rtol=1e-6)
    expected = ((a[:, None] - b) ** 2).sum(axis=-1)
    got = module.distances(x, y, path, weights)
    assert_close(got, expected, what="distances, uneven weights", rtol=1e-5)


@points(2)
def test_distances(student, rng):
    """The table has all frames of both recordings, projected with what was found along the path."""
    for same in (False, True):
        x_layers, y_layers, x, y, path, ridge = draw(rng, same)
        a, b, _ = common(x_layers, y_layers, x, y, path, ridge)
        got = student.DeepWarp(x_layers, y_layers, ridge=ridge).distances(x, y, path)
        assert_close(got, ((a[:, None] - b) ** 2).sum(axis=-1), what="distances", rtol=1e-5)


@points(1)
def test_training(student, rng):
    """Small steps against the gradient lower the loss, and both networks learn."""
    x_layers, y_layers, x, y, path, ridge = draw(rng, same=True)
    module, layers = student.DeepWarp(x_layers, y_layers, ridge=ridge), {"x_net": x_layers, "y_net": y_layers}
    module.loss(x, y, path).backward()
    slopes, moved = grads(module), {}
    for name, pairs in layers.items():
        keys = [[f"{name}.{2 * i}.weight", f"{name}.{2 * i}.bias"] for i in range(len(pairs))]
        for key in sum(keys, []):
            assert slopes.get(key) is not None, f"the gradient of {key}: expected an array, got None"
        length = np.sqrt(sum((np.asarray(slopes[key]) ** 2).sum() for key in sum(keys, [])))
        assert length > 1e-6, f"the gradient of {name} is 0"
        rate = 1e-3 / length
        moved[name] = [
            tuple(array - rate * np.asarray(slopes[key]) for array, key in zip(pair, own))
            for pair, own in zip(pairs, keys)
        ]
    for name in layers:
        now = {**layers, name: moved[name]}
        before = loss_of(x_layers, y_layers, x, y, path, ridge)
        after = float(value(student.DeepWarp(now["x_net"], now["y_net"], ridge=ridge).loss(x, y, path)))
        assert after < before, f"after a step of {name}: the loss rises from {before:.6f} to {after:.6f}"
