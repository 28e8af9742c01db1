"""A network as one point: all its weights in one vector, and the loss as a landscape above them.

>>> rng = np.random.default_rng(0)
>>> space = WeightSpace((64, 8, 10))
>>> theta = space.draw(rng)
>>> theta.shape, [part.shape for part in space.split(theta)]
((610,), [(64, 8), (8,), (8, 10), (10,)])
>>> images, labels = rng.random((20, 64)), rng.integers(10, size=20)
>>> loss = network_loss(space, images, labels)
>>> loss.value(theta).shape, loss.grad(theta).shape
((), (610,))
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mmcourse.foundations.autodiff import Tensor
from mmcourse.foundations.mlp import cross_entropy, scaled_init, tanh


class WeightSpace(NamedTuple):
    """The space of all networks with the same layers: a network is a point θ in it, shape (D,).

    θ holds the first layer's weights row by row, its biases, then those of the next layer, and so on.
    """

    sizes: tuple[int, ...]  # numbers in, units of each hidden layer, scores out
    activation: Callable[[Tensor], Tensor] = tanh

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of W and b of each layer, in the order in which they stand in θ."""
        return [shape for m, n in zip(self.sizes, self.sizes[1:]) for shape in ((m, n), (n,))]

    @property
    def dimension(self) -> int:
        """D, how many weights there are."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def split(self, theta: np.ndarray) -> list[np.ndarray]:
        """Cut θ into W₁, b₁, W₂, b₂, ..., as views: what is written into them stands in θ."""
        if theta.shape != (self.dimension,):
            raise ValueError(
                f"a network with layers {self.sizes} is a point of shape ({self.dimension},), got {theta.shape}: "
                "`join` makes one of its arrays"
            )
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(theta, ends[:-1]), self.shapes)]

    def draw(self, rng: np.random.Generator, gain: float = 1.0) -> np.ndarray:
        """Draw a network to start from: weights N(0, gain² / fan-in), no biases."""
        layers = zip(self.sizes, self.sizes[1:])
        return join([part for m, n in layers for part in (scaled_init(m, n, rng, gain), np.zeros(n))])

    def scores(self, theta: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Return what the network says, shape (B, C)."""
        return self.forward([Tensor(part) for part in self.split(theta)], inputs).value

    def forward(self, parts: list[Tensor], inputs: np.ndarray) -> Tensor:
        """Run the layers, keeping the graph for the way back."""
        h = inputs
        for W, b in zip(parts[:-2:2], parts[1:-2:2]):
            h = self.activation(h @ W + b)  # (B, units)
        return h @ parts[-2] + parts[-1]


def join(parts: list[np.ndarray]) -> np.ndarray:
    """Lay arrays one behind the other in one vector: the way back from `WeightSpace.split`."""
    return np.concatenate([np.ravel(part) for part in parts])


class Loss(NamedTuple):
    """A loss over weight space: its value () and gradient (D,) at a point θ (D,)."""

    value: Callable[[np.ndarray], np.ndarray]
    grad: Callable[[np.ndarray], np.ndarray]


def network_loss(space: WeightSpace, inputs: np.ndarray, labels: np.ndarray, decay: float = 0.0) -> Loss:
    """Build the landscape over which a network is trained.

        L(θ) = mean cross-entropy of the network θ on the examples + ½ · decay · ‖θ‖²

    Parameters
    ----------
    space : WeightSpace
        Which networks.
    inputs : array, shape (B, sizes[0])
        Examples.
    labels : array of int, shape (B,)
        Their classes.
    decay : float, >= 0
        Without it a network that is right everywhere has no minimum: with larger weights it is even surer.

    Returns
    -------
    Loss
        Its gradient costs one forward and one backward pass.

    Raises
    ------
    ValueError
        If there are not as many labels as examples.
    """
    if len(inputs) != len(labels):
        raise ValueError(f"got {len(inputs)} examples and {len(labels)} labels: one label for each example")

    def run(theta):
        parts = [Tensor(part) for part in space.split(theta)]
        return parts, cross_entropy(space.forward(parts, inputs), labels)

    def grad(theta):
        parts, loss = run(theta)
        loss.backward()
        return join([part.grad for part in parts]) + decay * theta

    return Loss(lambda theta: run(theta)[1].value + decay * theta @ theta / 2, grad)
