"""Two networks that make two views agree, and, on request, must still be able to paint what they saw.

`train_views` with weight 0 is deep CCA; with a larger weight it is the DCCAE, whose decoders have to bring each view
back from its code; with a very large one it is two autoencoders side by side.

>>> from mmcourse.worlds.views import discs
>>> pair = discs(np.random.default_rng(0), 200)
>>> nets = ViewNetworks(np.random.default_rng(1), (2, 16, 1), (2, 16, 1))
>>> _ = train_views(nets, np.random.default_rng(2), pair.x, pair.y, steps=150)
>>> bool(held_out_correlation(nets, pair, discs(np.random.default_rng(3), 200))[0] > 0.8)  # linear CCA finds nothing
True
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmcourse.multimodal.cca import correlation, fit_cca
from mmcourse.multimodal.deep_cca import total_correlation


class ViewNetworks(nn.Module):
    """An encoder for each view, f and g, and a decoder for each, p and q, of tanh layers.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the first weights.
    x_sizes, y_sizes : sequences of int
        Numbers of units from the view to its code; a decoder goes the same way back.
    """

    def __init__(self, rng: np.random.Generator, x_sizes: Sequence[int], y_sizes: Sequence[int]):
        super().__init__()
        self.encoders = nn.ModuleList([tanh_layers(rng, sizes) for sizes in (x_sizes, y_sizes)])
        self.decoders = nn.ModuleList([tanh_layers(rng, sizes[::-1]) for sizes in (x_sizes, y_sizes)])

    def codes(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode both views, (D, N) each, without a gradient: codes (k, N)."""
        with torch.no_grad():
            x, y = (net(columns(view)).T.numpy().astype(float) for net, view in zip(self.encoders, (x, y)))
        return x, y


def tanh_layers(rng: np.random.Generator, sizes: Sequence[int]) -> nn.Sequential:
    """Build linear layers with tanh between them; biases are drawn too, so that units bend at different places."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        linear = nn.Linear(before, after)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(rng.normal(size=(after, before)) * 1.5 / before**0.5))
            linear.bias.copy_(torch.from_numpy(rng.normal(size=after) * 0.5))
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def columns(view: np.ndarray) -> Tensor:
    """Turn samples in columns (D, N) into the rows (N, D) that torch's layers take."""
    return torch.from_numpy(np.ascontiguousarray(view.T, dtype=np.float32))


def dccae_loss(nets: ViewNetworks, x: Tensor, y: Tensor, weight: float, ridge: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the loss of a batch, and its two parts.

        L = −corr(f(X), g(Y)) + (λ / N) Σ_i (‖x_i − p(f(x_i))‖² + ‖y_i − q(g(y_i))‖²)

    Parameters
    ----------
    nets : ViewNetworks
    x, y : tensors (N, D)
        The views, samples as rows.
    weight : float, >= 0
        λ; 0 is deep CCA.
    ridge : float, > 0
        Of the correlation.

    Returns
    -------
    loss, correlation, reconstruction error : three tensors without axes

    References
    ----------
    Wang, Arora, Livescu & Bilmes (2015), On deep multi-view representation learning.
    """
    codes = [encode(view) for encode, view in zip(nets.encoders, (x, y))]
    total = total_correlation(codes[0].T, codes[1].T, ridge)
    errors = [((decode(h) - view) ** 2).sum(dim=1).mean() for decode, h, view in zip(nets.decoders, codes, (x, y))]
    return -total + weight * sum(errors), total, sum(errors)


def train_views(
    nets: ViewNetworks,
    rng: np.random.Generator,
    x: np.ndarray,
    y: np.ndarray,
    weight: float = 0.0,
    steps: int = 300,
    batch: int | None = None,
    lr: float = 0.01,
    ridge: float = 1e-3,
    watch: Callable[[int], None] | None = None,
) -> list[float]:
    """Train the networks with Adam; return the correlation of each step's batch.

    Parameters
    ----------
    nets : ViewNetworks
        Changed in place.
    rng : numpy.random.Generator
        Draws the batches.
    x, y : arrays (D_x, N) and (D_y, N)
        Samples are columns.
    weight : float, >= 0
        Of the reconstruction, λ.
    steps : int
    batch : int or None
        Samples of a step; None is all. The correlation of a small batch is not that of the whole (it is too large).
    lr, ridge : float
    watch : function of a step's number, or None
        Called after every step.
    """
    if batch is not None and batch < 2:
        raise ValueError(f"a batch needs at least two samples to have a correlation, got {batch}")
    views, seen = (columns(x), columns(y)), []
    optimizer: Any = torch.optim.Adam(nets.parameters(), lr=lr)
    for step in range(steps):
        part = slice(None) if batch is None else rng.permutation(len(views[0]))[:batch]
        loss, total, _ = dccae_loss(nets, views[0][part], views[1][part], weight, ridge)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(total.item())
        if watch is not None:
            watch(step)
    return seen


def held_out_correlation(nets: ViewNetworks, train: Any, test: Any, components: int | None = None) -> np.ndarray:
    """Return the canonical correlations on new samples, of directions that were fitted to the codes of old ones.

    Parameters
    ----------
    nets : ViewNetworks
    train, test : objects with `x` and `y`, arrays (D, N)
    components : int or None
        None is as many as a code has dimensions.

    Returns
    -------
    array (k,)
    """
    codes = nets.codes(train.x, train.y)
    fit = fit_cca(*codes, components or min(len(h) for h in codes), ridge=0.0)
    return correlation(*fit.project(*nets.codes(test.x, test.y)))


def reconstruction_error(nets: ViewNetworks, x: np.ndarray, y: np.ndarray) -> float:
    """Return what is lost of both views on the way through the codes, as a share of their variance."""
    with torch.no_grad():
        back = [p(f(columns(view))).T.numpy() for f, p, view in zip(nets.encoders, nets.decoders, (x, y))]
    lost = sum(((view - again) ** 2).sum() for view, again in zip((x, y), back))
    return float(lost / sum(view.var(axis=1).sum() * view.shape[1] for view in (x, y)))
