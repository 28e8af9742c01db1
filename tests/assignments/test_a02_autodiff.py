"""a02_autodiff: the solution equals torch, what is no answer gets nothing, and the text's numbers are right."""

import numpy as np
import pytest
import torch

from tests.assignments.bench import bench

BENCH = bench("a02_autodiff")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference


def test_errata_of_the_decks_are_among_the_mistakes():
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E05", "E07"}


NOTHING = {
    "difference": "class CentralDifference:\n    def __init__(self, x, step=None):\n        self.points = x\n\n"
    "    def jacobian(self, values):\n        {}",
    "unbroadcast": "def unbroadcast(grad, shape, out_shape):\n    {}",
    "vjp": "def vjp(op, grad, inputs, output, **options):\n    {}",
    "backward": "def backward(graph, seeds, wanted):\n    {}",
    "number": "class Number:\n    def __init__(self, data, name=None):\n        self.data = data\n\n"
    "    def derivative(self, name):\n        {}",
    "mlp": "def mlp_gradients(layers, x, labels, **options):\n    {}",
}
NO_ANSWERS = {
    "unbroadcast": ["return grad", "return np.zeros(shape)"],
    "vjp": ["return inputs", "return tuple(np.zeros_like(x) for x in inputs)", "return (grad,)"],
    "backward": ["return seeds", "return {}", "return dict.fromkeys(wanted)"],
    "number": ["return self", "return Number(0.0)"],
    "mlp": ["return 0.0, layers", "return 0.0, []", "return layers"],
}


@pytest.mark.parametrize("question", MANIFEST.questions, ids=lambda question: question.id)
def test_answers_that_are_no_answers_get_nothing(question):
    for line in ["return None", "return 0.0", "raise NotImplementedError", *NO_ANSWERS.get(question.id, [])]:
        program = BENCH.program_with(question.id, NOTHING[question.id].replace("{}", line, 1))
        earned = [test.name for test in question.tests if BENCH.fraction(test, program, seed=0)[0] > 0]
        assert not earned, line


# The solutions against torch


def tensor(array):
    floats = np.asarray(array).dtype.kind == "f"
    return torch.tensor(np.asarray(array), requires_grad=floats)


def equal(got, expected, rtol=1e-9):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-10)


def test_central_difference_equals_torchs_jacobian():
    def f(x):
        return torch.stack([x.sin().sum(), (x[0] * x[1]).prod(), x.exp().mean()]).reshape(3, 1)

    x = np.random.default_rng(0).normal(size=(2, 3))
    probe = REFERENCE.CentralDifference(x)
    values = np.array([f(torch.tensor(point)).numpy() for point in probe.points])
    exact = torch.autograd.functional.jacobian(f, torch.tensor(x))
    np.testing.assert_allclose(probe.jacobian(values), exact.numpy(), atol=1e-9)


SHAPES = [((3,), ()), ((3, 1), (4,)), ((), (2, 3)), ((2, 1, 3), (2, 4, 1)), ((1,), (5,)), ((1, 4), (3, 1))]


@pytest.mark.parametrize(("shape", "grad_shape"), SHAPES)
def test_unbroadcast_equals_torchs_expand(shape, grad_shape):
    rng = np.random.default_rng(1)
    out_shape = np.broadcast_shapes(shape, grad_shape)
    operand, grad = tensor(rng.normal(size=shape)), rng.normal(size=grad_shape)
    operand.expand(out_shape).backward(torch.tensor(grad).expand(out_shape))
    equal(REFERENCE.unbroadcast(grad, shape, out_shape), operand.grad)


def draw(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape)


OPERATIONS = [
    ("matmul", torch.matmul, np.matmul, (draw(2, 1, 3, 4), draw(5, 4, 2)), {}),
    ("matmul", torch.matmul, np.matmul, (draw(4), draw(5, 4, 2)), {}),
    ("matmul", torch.matmul, np.matmul, (draw(2, 3, 4), draw(4)), {}),
    ("matmul", torch.matmul, np.matmul, (draw(4), draw(4)), {}),
    ("sum", torch.sum, np.sum, (draw(2, 3, 4),), {"axis": (0, -1)}),
    ("max", torch.amax, np.max, (np.round(draw(4, 5, 3)),), {"axis": (0, 1)}),
    ("max", torch.amax, np.max, (np.round(draw(4, 5)),), {"axis": 1, "keepdims": True}),
    ("logsumexp", torch.logsumexp, np.logaddexp.reduce, (1e3 * draw(3, 4),), {"axis": 1}),
    ("where", torch.where, np.where, (draw(3, 1) > 0, draw(4), draw(2, 3, 4)), {}),
    ("take", None, np.take, (draw(3, 4, 2), np.array([[0, 3, 3], [1, 3, 0]])), {"axis": 1}),
]


@pytest.mark.parametrize("case", OPERATIONS, ids=lambda case: f"{case[0]}{[x.shape for x in case[3]]}")
def test_operations_equal_torchs(case):
    op, theirs, ours, inputs, options = case
    output = np.asarray(ours(*inputs, **options))
    grad = np.random.default_rng(5).normal(size=output.shape)
    tensors = [tensor(x) for x in inputs]
    words = {"dim" if key == "axis" else "keepdim": value for key, value in options.items()}
    if op == "take":
        result = tensors[0][:, tensors[1]]
    else:
        result = theirs(*tensors, **words)
    equal(output, result)
    result.backward(torch.tensor(grad))
    for got, x in zip(REFERENCE.vjp(op, grad, inputs, output, **options), tensors, strict=True):
        if x.requires_grad:
            equal(got, x.grad)
        else:
            assert got is None


@pytest.mark.parametrize("seed", range(5))
def test_graphs_equal_torchs(seed):
    rng = np.random.default_rng(seed)
    graph, sizes = BENCH.modules["backward"].random_graph(rng, 15, uses=3)
    names, made = list(graph), {}
    for name in names:
        made[name] = torch.zeros(sizes[name], dtype=torch.float64, requires_grad=True)
        made[name] = made[name] * 1.0
        for source, jacobian in graph[name]:
            local = torch.tensor(jacobian)
            made[name] = made[name] + (local * made[source] if local.ndim == 1 else local @ made[source])
        made[name].retain_grad()
    seeds = {name: rng.normal(size=sizes[name]) for name in (names[-1], names[9])}
    sum((torch.tensor(seed) * made[name]).sum() for name, seed in seeds.items()).backward()
    for name, grad in REFERENCE.backward(graph, seeds, names).items():
        equal(grad, made[name].grad)


@pytest.mark.parametrize("seed", range(5))
def test_derivatives_of_derivatives_equal_torchs(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.5, 1.5, size=2).tolist()

    def formula(x, y):
        return (x * y).exp() / (1 + x**3) - (2 - y) ** -0.5 * (x / y).tanh() + (x + y).log()

    x, y = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (a, b))
    theirs = formula(x, y)
    ours = formula(REFERENCE.Number(a, "x"), REFERENCE.Number(b, "y"))
    assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
    for name, variable in (("x", x), ("y", y), ("x", x)):  # three times, each by the next name
        (theirs,) = torch.autograd.grad(theirs, variable, create_graph=True)
        ours = ours.derivative(name)
        assert ours.data == pytest.approx(theirs.item(), rel=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("residual", [False, True])
def test_network_equals_torchs(activation, residual):
    rng = np.random.default_rng(7)
    sizes = [(5, 3), (5, 5), (4, 5), (4, 4)]
    layers = [{"W": rng.normal(size=size), "b": rng.normal(size=size[0])} for size in sizes]
    x, labels, weights = rng.normal(size=(8, 3)), rng.integers(-1, 4, size=8), rng.uniform(0, 2, size=8)
    tensors = [{name: tensor(array) for name, array in layer.items()} for layer in layers]
    h = torch.tensor(x)
    for number, layer in enumerate(tensors, 1):
        z = torch.nn.functional.linear(h, layer["W"], layer["b"])
        if number < len(tensors):
            f = getattr(torch, activation)(z)
            z = f + h if residual and f.shape == h.shape else f
        h = z
    each = torch.nn.functional.cross_entropy(h, torch.tensor(labels), ignore_index=-1, reduction="none")
    counted = torch.tensor(weights * (labels >= 0))
    theirs = (each * counted).sum() / counted.sum() + 0.05 * sum((layer["W"] ** 2).sum() for layer in tensors)
    theirs.backward()
    loss, grads = REFERENCE.mlp_gradients(
        layers, x, labels, weights=weights, activation=activation, residual=residual, l2=0.1
    )
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    for got, layer in zip(grads, tensors, strict=True):
        for name in layer:
            equal(got[name], layer[name].grad)


def test_a_training_step_lowers_the_loss():
    rng = np.random.default_rng(3)
    layers = [{"W": rng.normal(size=size), "b": rng.normal(size=size[0])} for size in ((6, 2), (6, 6), (3, 6))]
    x, labels = rng.normal(size=(20, 2)), rng.integers(0, 3, size=20)
    losses = []
    for _ in range(30):
        loss, grads = REFERENCE.mlp_gradients(layers, x, labels, residual=True)
        losses.append(loss)
        layers = [{name: layer[name] - 0.05 * grad[name] for name in layer} for layer, grad in zip(layers, grads)]
    assert np.all(np.diff(losses) < 0)


# Numbers that the notebook's text prints


def test_numbers_of_the_example_with_two_derivatives():
    x = REFERENCE.Number(2.0, "x")
    slope = (x**3 * 5 - 1 / x).derivative("x")
    assert (slope.data, slope.derivative("x").data) == (60.25, 59.75)


def test_numbers_of_the_population():
    def slope(rate, generations):
        return abs(REFERENCE.population(REFERENCE.Number(0.3, "first"), rate, generations).derivative("first").data)

    assert slope(2.5, 40) / slope(2.5, 30) == pytest.approx(0.5**10, rel=0.01)
    assert 1e-13 < slope(2.5, 40) < 1e-11
    assert 1e11 < slope(4.0, 40) < 1e13


def test_digits_of_the_judge():
    truth = np.exp(1.0) * (np.sin(1.0) + np.cos(1.0))
    for dtype, digits in ((np.float64, 10), (np.float32, 4)):
        probe = REFERENCE.CentralDifference(np.array(1.0, dtype))
        slope = probe.jacobian(np.exp(probe.points) * np.sin(probe.points))
        assert abs(slope / truth - 1) < 10.0**-digits
