"""Deep canonical time warping: a network for each view learns the common space, and DTW aligns what they make of it.

>>> from mmcourse.multimodal.warping_matrices import uniform_path
>>> from mmcourse.worlds.warped_views import warped_views
>>> rng = np.random.default_rng(0)
>>> world = warped_views(rng, kind="swirled", frames=(40, 50))
>>> found = deep_ctw(*world.views, components=2, start=uniform_path(40, 50), rng=rng, steps=5)
>>> found.x.shape, found.path[:, -1], len(found.correlations)
((2, 40), array([39, 49]), 5)

Shapes: x (D_x, n), y (D_y, m), features (k, n) and (k, m), frames as columns; torch's layers want frames as rows.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from mmcourse.multimodal.cca import fit_cca
from mmcourse.multimodal.deep_cca import total_correlation
from mmcourse.multimodal.dtw import dtw, squared_distances


class DeepCTW(NamedTuple):
    """The alignment after the last step, and the way there."""

    path: np.ndarray  # (2, l)
    x: np.ndarray  # (k, n), what the first network makes of x, projected by CCA
    y: np.ndarray  # (k, m)
    correlations: np.ndarray  # (steps,), the sum of the k correlations along the path of that step
    paths: tuple[np.ndarray, ...]  # the path of each step, the start first


def network(inputs: int, hidden: int, outputs: int, rng: np.random.Generator) -> nn.Sequential:
    """Return a small network with one hidden layer of tanh, or a linear one if `hidden` is 0.

    Parameters
    ----------
    inputs, outputs : int
        Dimensions of a frame, and of the common space.
    hidden : int, >= 0
    rng : numpy.random.Generator
        Draws weights of variance 1 / inputs, and biases.
    """
    sizes = [inputs, hidden, outputs] if hidden else [inputs, outputs]
    layers: list[nn.Module] = []
    for into, out in zip(sizes, sizes[1:]):
        layer = nn.Linear(into, out, dtype=torch.float64)
        layer.weight.data = torch.from_numpy(rng.normal(size=(out, into)) / np.sqrt(into))
        layer.bias.data = torch.from_numpy(0.5 * rng.normal(size=out))
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def deep_ctw(
    x: np.ndarray,
    y: np.ndarray,
    components: int,
    start: np.ndarray,
    rng: np.random.Generator,
    hidden: tuple[int, int] = (0, 32),
    steps: int = 200,
    lr: float = 0.02,
    ridge: float = 1e-2,
    every: int = 1,
    shared: bool = False,
) -> DeepCTW:
    """Align two views by turns: a gradient step for the networks, then a new path by DTW.

    Parameters
    ----------
    x, y : arrays (D_x, n) and (D_y, m)
    components : int
        Outputs of each network, k.
    start : array of whole numbers (2, l)
        The first path. It matters: the networks learn whatever alignment they are given.
    rng : numpy.random.Generator
        Draws the networks.
    hidden : two ints
        Hidden units of the networks for x and for y; 0 is a linear one.
    steps : int, >= 1
        Gradient steps (Adam).
    lr : float
    ridge : float, > 0
    every : int, >= 1
        Gradient steps between two DTW steps.
    shared : bool
        Use the network of y for both views, as some print it; they must have the same dimensions.

    Returns
    -------
    DeepCTW

    Raises
    ------
    ValueError
        If one network is to see frames of two sizes.

    References
    ----------
    Trigeorgis, Nicolaou, Zafeiriou & Schuller (2016), Deep canonical time warping.
    """
    if shared and len(x) != len(y):
        raise ValueError(f"one network cannot take frames of {len(x)} and of {len(y)} numbers: give each view its own")
    X, Y = (torch.from_numpy(standardized(view).T.copy()) for view in (x, y))  # (n, D_x), (m, D_y)
    second = network(len(y), hidden[1], components, rng)
    first = second if shared else network(len(x), hidden[0], components, rng)
    optimizer = torch.optim.Adam(list(dict.fromkeys([*first.parameters(), *second.parameters()])), lr=lr)
    path, correlations, paths = np.asarray(start), [], [np.asarray(start)]
    for step in range(1, steps + 1):
        f, g = first(X).T, second(Y).T  # (k, n), (k, m)
        total = total_correlation(f[:, path[0]], g[:, path[1]], ridge)  # of the *aligned* frames
        optimizer.zero_grad()
        (-total).backward()
        optimizer.step()
        correlations.append(total.item())
        if step % every == 0:
            path = dtw(squared_distances(*common_space(first(X).T, second(Y).T, path, ridge))).path
        paths.append(path)
    a, b = common_space(first(X).T, second(Y).T, path, ridge)
    return DeepCTW(path, a, b, np.array(correlations), tuple(paths))


def common_space(f: torch.Tensor, g: torch.Tensor, path: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Project *all* frames' features, (k, n) and (k, m), with the CCA of the aligned ones."""
    f, g = f.detach().numpy(), g.detach().numpy()
    return fit_cca(f[:, path[0]], g[:, path[1]], len(f), ridge).project(f, g)


def standardized(view: np.ndarray) -> np.ndarray:
    """Shift and scale each row of a view to mean 0 and variance 1."""
    return (view - view.mean(axis=1, keepdims=True)) / view.std(axis=1, keepdims=True)
