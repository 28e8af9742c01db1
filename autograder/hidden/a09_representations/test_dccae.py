"""Hidden tests of a09.dccae. The networks are functions of ours that the student's program calls."""

import math

import numpy as np
import torch

from autograder.testing import assert_close, callback, points, unpack


class Network:
    """x -> tanh(x A + b) C, with all weights in one vector; counts what it is asked."""

    def __init__(self, rng, inputs, outputs, hidden=3):
        self.shapes = [(inputs, hidden), (hidden,), (hidden, outputs)]
        self.inputs, self.outputs = inputs, outputs
        self.weights = rng.normal(size=sum(math.prod(shape) for shape in self.shapes))
        self.asked = {"forward": [], "pull": []}

    def split(self, weights):
        """A, b and C."""
        ends = np.cumsum([0, *[math.prod(shape) for shape in self.shapes]])
        return [weights[a:b].reshape(shape) for a, b, shape in zip(ends, ends[1:], self.shapes)]

    def forward(self, rows):
        self.asked["forward"].append(rows)
        A, b, C = self.split(self.weights)
        return np.tanh(rows @ A + b) @ C

    def pull(self, rows, grad):
        self.asked["pull"].append(rows)
        A, b, C = self.split(self.weights)
        h = np.tanh(rows @ A + b)
        pulled = (grad @ C.T) * (1 - h**2)
        return pulled @ A.T, np.concatenate([(rows.T @ pulled).ravel(), pulled.sum(axis=0), (h.T @ grad).ravel()])

    def run(self, rows, weights):
        """The same in torch, to be differentiated by torch."""
        A, b, C = self.split(weights)
        return torch.tanh(rows @ A + b) @ C

    def functions(self, calls=200):
        return (
            callback(self.forward, (None, self.inputs), calls=calls),
            callback(self.pull, (None, self.inputs), (None, self.outputs), calls=calls),
        )


def draw(rng, count):
    """Two views that share something, and four networks: codes have two numbers."""
    shared = rng.normal(size=(count, 2))
    x = np.hstack([shared, rng.normal(size=(count, 1))]) @ rng.normal(size=(3, 3))
    y = shared @ rng.normal(size=(2, 2)) + 0.5 * rng.normal(size=(count, 2))
    sizes = {"f": (3, 2), "g": (2, 2), "p": (2, 3), "q": (2, 2)}
    return x, y, {name: Network(rng, *size) for name, size in sizes.items()}


def expected_of(x, y, networks, weight, ridge):
    """The loss and all gradients by autograd on the whole batch."""
    weights = {name: torch.tensor(network.weights, requires_grad=True) for name, network in networks.items()}
    codes, errors, factors = [], 0.0, []
    for view, encoder, decoder in ((torch.tensor(x), "f", "p"), (torch.tensor(y), "g", "q")):
        code = networks[encoder].run(view, weights[encoder])
        errors = errors + ((networks[decoder].run(code, weights[decoder]) - view) ** 2).sum() / len(view)
        codes.append(code - code.mean(dim=0))
    for code in codes:
        covariance = code.T @ code / (len(code) - 1) + ridge * torch.eye(code.shape[1], dtype=torch.float64)
        factors.append(torch.linalg.inv(torch.linalg.cholesky(covariance)))
    whitened = factors[0] @ (codes[0].T @ codes[1] / (len(x) - 1)) @ factors[1].T
    loss = weight * errors - torch.linalg.svdvals(whitened).sum()
    loss.backward()
    return loss.item(), {name: leaf.grad.numpy() for name, leaf in weights.items()}


def ask(student, x, y, networks, **options):
    """The student's loss and gradients."""
    given = {name: network.functions() for name, network in networks.items()}
    return unpack(student.dccae_gradients(x, y, given, **options), "loss", "grads")


def compare(student, x, y, networks, names, **options):
    """Compare the gradients of some networks."""
    _, got = ask(student, x, y, networks, **options)
    assert type(got) is dict and set(got) == set("fgpq"), "expected gradients in a dictionary with the keys f, g, p, q"
    _, expected = expected_of(x, y, networks, options["weight"], options["ridge"])
    for name in names:
        what = f"grads[{name!r}], {len(x)} samples in chunks of {options['chunk']}"
        assert_close(got[name], expected[name], what=what, rtol=1e-5, atol=1e-7)


@points(3)
def test_loss(student, rng):
    """The loss is that of all samples together, however they are cut into chunks."""
    x, y, networks = draw(rng, 11)
    weight, ridge = rng.uniform(0.5, 2.0), rng.uniform(0.01, 0.1)
    expected, _ = expected_of(x, y, networks, weight, ridge)
    for chunk in (4, 20):
        got, _ = ask(student, x, y, networks, chunk=chunk, weight=weight, ridge=ridge)
        assert_close(got, expected, what=f"loss of 11 samples in chunks of {chunk}", rtol=1e-6)


@points(2)
def test_decoders(student, rng):
    """Gradients of the decoders are those of the whole batch, in one chunk and in several."""
    x, y, networks = draw(rng, 10)
    options = {"weight": rng.uniform(0.5, 2.0), "ridge": rng.uniform(0.01, 0.1)}
    for chunk in (12, 4):
        compare(student, x, y, networks, "pq", chunk=chunk, **options)


@points(3)
def test_encoders(student, rng):
    """Gradients of the encoders carry both the correlation and the reconstruction, in one chunk and in several."""
    x, y, networks = draw(rng, 10)
    options = {"weight": rng.uniform(0.5, 2.0), "ridge": rng.uniform(0.01, 0.1)}
    for chunk in (12, 4):
        compare(student, x, y, networks, "fg", chunk=chunk, **options)


@points(2)
def test_correlation_alone(student, rng):
    """With weight 0 the encoders' gradients are those of the correlation, and the decoders' are 0."""
    x, y, networks = draw(rng, 9)
    compare(student, x, y, networks, "fgpq", chunk=4, weight=0.0, ridge=rng.uniform(0.01, 0.1))


@points(1)
def test_chunks(student, rng):
    """No function gets more than `chunk` rows at a time, and none gets no rows, whether `chunk` divides them or not."""
    for count, chunk in ((10, 4), (8, 4)):
        x, y, networks = draw(rng, count)
        ask(student, x, y, networks, chunk=chunk, weight=1.0, ridge=0.05)
        for name, network in networks.items():
            for kind, asked in network.asked.items():
                what = f"{kind} of {name}, {count} samples in chunks of {chunk}"
                lengths = [len(part) for part in asked]
                assert lengths, f"{what}: was never called"
                assert max(lengths) <= chunk, f"{what}: got {max(lengths)} rows at once"
                assert min(lengths) > 0, f"{what}: was called with no rows"


@points(1)
def test_every_sample_once(student, rng):
    """Each function gets every sample, and none twice."""
    for count, chunk in ((10, 4), (8, 4)):
        x, y, networks = draw(rng, count)
        ask(student, x, y, networks, chunk=chunk, weight=1.0, ridge=0.05)
        asked_for = {name: {kind: list(parts) for kind, parts in one.asked.items()} for name, one in networks.items()}
        inputs = {"f": x, "g": y, "p": networks["f"].forward(x), "q": networks["g"].forward(y)}
        for name, rows in inputs.items():
            for kind, asked in asked_for[name].items():
                what = f"{kind} of {name}, {count} samples in chunks of {chunk}"
                got = np.concatenate([np.empty((0, rows.shape[1])), *asked])
                assert len(got) == count, f"{what}: got {len(got)} rows in all"
                order, wanted = np.argsort(got[:, 0]), np.argsort(rows[:, 0])
                assert_close(got[order], rows[wanted], what=f"{what}, rows, sorted", rtol=1e-7)
