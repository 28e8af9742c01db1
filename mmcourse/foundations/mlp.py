"""A multilayer perceptron that learns, made of nothing but matrix products, a kink, and `backward`.

>>> rng = np.random.default_rng(0)
>>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
>>> labels = np.array([0, 1, 1, 0])  # exclusive or: no straight line separates them
>>> net = MLP((2, 8, 2), rng)
>>> losses = fit(net, corners, labels, rng, lr=0.5, epochs=200, batch=4)
>>> classify(net, corners)
array([0, 1, 1, 0])
"""

from collections.abc import Callable, Sequence

import numpy as np

from mmcourse.foundations import losses
from mmcourse.foundations.autodiff import Tensor


def relu(x: Tensor) -> Tensor:
    """Return max(x, 0); its derivative is 1 where x is above zero and 0 elsewhere, at the kink too."""
    on = x.value > 0
    return Tensor(x.value * on, [(x, lambda g: g * on)], "relu({})")


def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent; its derivative is 1 − tanh²."""
    y = np.tanh(x.value)
    return Tensor(y, [(x, lambda g: g * (1 - y**2))], "tanh({})")


def cross_entropy(logits: Tensor, labels: np.ndarray) -> Tensor:
    """Return the mean cross-entropy of a batch, as one unit with one local gradient.

        L = mean of −log softmax(logits)[label],    ∂L/∂logits = (softmax(logits) − one-hot(labels)) / B

    Parameters
    ----------
    logits : Tensor, shape (B, C)
        Scores, a row for each example.
    labels : array of int, shape (B,)
        The right class of each.

    Returns
    -------
    Tensor, shape ()

    Notes
    -----
    Composed of exp, sum and log it would be the same function, and overflow at a score of 710.
    """
    B, a = len(logits.value), logits.value

    def pull(g):
        return g * losses.cross_entropy_grad(a, labels) / B

    return Tensor(losses.cross_entropy(a, labels).mean(), [(logits, pull)], "cross_entropy({})")


def scaled_init(fan_in: int, fan_out: int, rng: np.random.Generator, gain: float = 2**0.5) -> np.ndarray:
    """Draw weights of a size at which a layer keeps the size of its input.

        W ~ N(0, gain² / fan_in)

    Parameters
    ----------
    fan_in, fan_out : int
        Numbers that go into the layer, and units that it has.
    rng : numpy.random.Generator
        Draws the weights.
    gain : float
        √2 makes up for the half that relu sets to zero. Lecture 09 says why, and what else there is.

    Returns
    -------
    array, shape (fan_in, fan_out)

    References
    ----------
    He, Zhang, Ren & Sun (2015), Delving deep into rectifiers.
    """
    return rng.normal(size=(fan_in, fan_out)) * gain / np.sqrt(fan_in)


class Dense:
    """A fully connected layer, f(x @ W + b): each unit sees every number that comes in.

    Parameters
    ----------
    fan_in, fan_out : int
        Numbers that go in, and units.
    rng : numpy.random.Generator
        Draws the weights; biases start at zero.
    activation : function of a Tensor, or None
        f; None leaves the weighted sum as it is.
    gain : float
        As for `scaled_init`.
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        rng: np.random.Generator,
        activation: Callable[[Tensor], Tensor] | None = relu,
        gain: float = 2**0.5,
    ):
        self.W = Tensor(scaled_init(fan_in, fan_out, rng, gain), name="W")
        self.b = Tensor(np.zeros(fan_out), name="b")
        self.activation = activation

    def __call__(self, x):
        h = x @ self.W + self.b  # (B, fan_in) to (B, fan_out)
        return self.activation(h) if self.activation else h


class MLP:
    """Dense layers, one after the other; the last one has no activation, its numbers are scores.

    Parameters
    ----------
    sizes : sequence of int, 2 at least
        Numbers in, units of each hidden layer, scores out: (64, 32, 10).
    rng : numpy.random.Generator
        Draws the weights.
    activation : function of a Tensor
        Of the hidden layers.

    Raises
    ------
    ValueError
        If there are fewer than two sizes.
    """

    def __init__(self, sizes: Sequence[int], rng: np.random.Generator, activation: Callable[[Tensor], Tensor] = relu):
        if len(sizes) < 2:
            raise ValueError(f"`sizes` must say at least what goes in and what comes out, got {tuple(sizes)}")
        activations = [activation] * (len(sizes) - 2) + [None]
        self.layers = [Dense(m, n, rng, f) for m, n, f in zip(sizes, sizes[1:], activations)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def parameters(self) -> list[Tensor]:
        """All weights and biases, layer by layer."""
        return [parameter for layer in self.layers for parameter in (layer.W, layer.b)]


def sgd_step(parameters: Sequence[Tensor], lr: float) -> None:
    """Move every parameter a little against its gradient: w ← w − lr ∂L/∂w."""
    for parameter in parameters:
        parameter.value = parameter.value - lr * parameter.grad


def fit(
    net: MLP,
    inputs: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    lr: float = 0.1,
    epochs: int = 30,
    batch: int = 50,
) -> np.ndarray:
    """Train a network on mini-batches: forward, loss, backward, step.

    Parameters
    ----------
    net : MLP, or any function of an array with `parameters`
        Its parameters are changed in place.
    inputs : array, shape (N, D)
        Examples.
    labels : array of int, shape (N,)
        Their classes.
    rng : numpy.random.Generator
        Shuffles the examples at the start of each epoch.
    lr : float, > 0
        Learning rate.
    epochs : int
        How often every example is seen.
    batch : int
        Examples per step; those that are left over at the end of an epoch wait for the next shuffle.

    Returns
    -------
    array, shape (epochs × N // batch,)
        The loss before each step.

    Raises
    ------
    ValueError
        If there are not as many labels as examples, or fewer examples than a batch.
    """
    require_examples(inputs, labels, batch)
    history = []
    for _ in range(epochs):
        order = rng.permutation(len(inputs))
        for i in range(0, len(order) - batch + 1, batch):
            chosen = order[i : i + batch]
            loss = cross_entropy(net(inputs[chosen]), labels[chosen])
            loss.backward()
            sgd_step(net.parameters, lr)
            history.append(loss.value)
    return np.array(history)


def require_examples(inputs: np.ndarray, labels: np.ndarray, batch: int) -> None:
    """Raise a ValueError unless there is one label for each example, and at least one batch."""
    if len(inputs) != len(labels) or not 0 < batch <= len(inputs):
        raise ValueError(
            f"got {len(inputs)} examples, {len(labels)} labels and batches of {batch}: one label for each example, "
            "and at least one batch"
        )


def classify(net: Callable, inputs: np.ndarray) -> np.ndarray:
    """Return the class with the highest score for each example: inference, nothing is learned."""
    return net(inputs).value.argmax(axis=-1)
