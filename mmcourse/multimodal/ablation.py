"""Train small networks that differ in how they join three streams, many worlds at once, and see what each can say.

    z_m = tanh(x_m W_m + b_m),    h = join(z_language, z_vision, z_acoustic),    score = h · w + c

>>> rng = np.random.default_rng(0)
>>> streams = [rng.choice([-1.0, 1.0], size=(1, 400, 3)) for _ in range(3)]  # one world, 400 segments, 3 features
>>> score = streams[0][..., 0] * streams[1][..., 0]  # a product of two streams
>>> nets = {how: fit(rng, streams, score, how, steps=200) for how in ("concatenation", "full")}
>>> [round(float(explained(net.scores(streams), score)[0]), 1) for net in nets.values()]
[0.0, 1.0]
"""

from collections.abc import Sequence

import numpy as np
import torch

from mmcourse.multimodal.tensor_fusion import block_mask

PAIRS = ((0, 1), (0, 2), (1, 2))
SINGLES = ((0,), (1,), (2,))
TRIPLE = ((0, 1, 2),)
ROWS = {  # blocks of the tensor that each row of the ablation table keeps
    "language": SINGLES[:1],
    "visual": SINGLES[1:2],
    "acoustic": SINGLES[2:],
    "bimodal": PAIRS,
    "trimodal": TRIPLE,
    "notrimodal": SINGLES + PAIRS,
    "full": SINGLES + PAIRS + TRIPLE,
}
JOINS = ("sum", "concatenation", "product", "early", *ROWS)  # "early" is an MLP on the concatenation


class Net(torch.nn.Module):
    """R networks of one kind side by side, one for each world.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the weights.
    sizes : three ints
        Features D_m of the streams.
    worlds : int
        R.
    how : str, one of JOINS
    units : int
        K, units of each z_m.
    bias : bool
        Whether the z_m have a bias b_m. With one, a unit can become a constant.
    hidden : int
        Units of the layer of "early".
    """

    def __init__(self, rng, sizes, worlds, how, units=5, bias=True, hidden=32):
        super().__init__()
        if how not in JOINS:
            raise ValueError(f"`how` must be one of {', '.join(JOINS)}, got {how!r}")

        def weights(*shape):
            drawn = rng.normal(size=(worlds, *shape)) / np.sqrt(shape[0])
            return torch.nn.Parameter(torch.tensor(drawn, dtype=torch.float32))

        def zeros(*shape):
            return torch.nn.Parameter(torch.zeros(worlds, *shape))

        self.how = how
        self.encode = torch.nn.ParameterList([weights(D, units) for D in sizes])
        self.bias = torch.nn.ParameterList([zeros(1, units) for _ in sizes] if bias else [])
        self.layer = torch.nn.ParameterList([weights(3 * units, hidden), zeros(1, hidden)] if how == "early" else [])
        mask = block_mask([units] * 3, ROWS.get(how, ()))
        self.register_buffer("mask", torch.tensor(mask.ravel(), dtype=torch.float32))
        length = {"concatenation": 3 * units, "early": hidden}.get(how, mask.size if how in ROWS else units)
        self.head, self.constant = weights(length, 1), zeros(1, 1)

    def represent(self, streams: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return z_m of each stream, (R, B, K)."""
        sums = [x @ W for x, W in zip(streams, self.encode)]
        return [torch.tanh(s + b) for s, b in zip(sums, self.bias)] if len(self.bias) else [torch.tanh(s) for s in sums]

    def join(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return h, (R, B, J)."""
        if self.how == "sum":
            return parts[0] + parts[1] + parts[2]
        if self.how == "product":
            return parts[0] * parts[1] * parts[2]
        if self.how == "concatenation":
            return torch.cat(list(parts), dim=-1)
        if self.how == "early":
            return torch.relu(torch.cat(list(parts), dim=-1) @ self.layer[0] + self.layer[1])
        language, vision, acoustic = (with_one(part) for part in parts)  # (R, B, K + 1)
        pair = (language[..., :, None] * vision[..., None, :]).flatten(-2)
        return (pair[..., :, None] * acoustic[..., None, :]).flatten(-2) * self.mask

    def forward(self, streams: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return scores, (R, B)."""
        parts = self.represent(streams)
        said = self.contract(parts) if self.how in ROWS else self.join(parts) @ self.head
        return (said + self.constant)[..., 0]

    def contract(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return join(parts) @ head of a tensor without forming it: one modality after the other, (R, B, 1)."""
        language, vision, acoustic = (with_one(part) for part in parts)  # (R, B, K + 1)
        side = language.shape[-1]
        weights = (self.head[..., 0] * self.mask).reshape(-1, side, side * side)
        said = (language @ weights).unflatten(-1, (side, side))  # (R, B, K + 1, K + 1)
        said = (vision[..., None, :] @ said)[..., 0, :]
        return (said * acoustic).sum(dim=-1, keepdim=True)

    @torch.no_grad()
    def scores(self, streams: Sequence[np.ndarray]) -> np.ndarray:
        """Return scores of arrays (R, B, D_m) as an array (R, B)."""
        return self.forward([torch.as_tensor(x, dtype=torch.float32) for x in streams]).numpy()


def with_one(part: torch.Tensor) -> torch.Tensor:
    """Append a constant 1: (R, B, K) to (R, B, K + 1)."""
    return torch.cat([part, torch.ones_like(part[..., :1])], dim=-1)


def fit(
    rng: np.random.Generator,
    streams: Sequence[np.ndarray],
    score: np.ndarray,
    how: str,
    steps: int = 300,
    batch: int = 100,
    lr: float = 0.02,
    **options,
) -> Net:
    """Train networks to guess scores, by Adam on the mean squared error, with a fifth of the rate at the end.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws weights and mini-batches.
    streams : three arrays, shapes (R, N, D_m)
        R worlds, each with N segments of its own.
    score : array, shape (R, N)
    how : str, one of JOINS
    steps, batch : int
    lr : float
    **options
        As for `Net`.

    Returns
    -------
    Net
        Its `scores` takes streams of the same worlds.

    Raises
    ------
    ValueError
        If scores and streams do not belong together, or there is no such way to join.
    """
    if any(x.ndim != 3 or x.shape[:2] != score.shape for x in streams):
        shapes = ", ".join(str(x.shape) for x in streams)
        raise ValueError(f"streams must have shape (R, N, D) with (R, N) = {score.shape} of the scores, got {shapes}")
    net = Net(rng, [x.shape[-1] for x in streams], len(score), how, **options)
    inputs, wanted = [torch.as_tensor(x, dtype=torch.float32) for x in streams], torch.as_tensor(score).float()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, weight_decay=1e-4)
    for step in range(steps):
        if step == int(0.7 * steps):
            optimizer.param_groups[0]["lr"] = lr / 5
        chosen = torch.as_tensor(rng.integers(score.shape[1], size=batch))
        guess = net.forward([x[:, chosen] for x in inputs])
        loss = ((guess - wanted[:, chosen]) ** 2).mean(dim=1).sum()  # each world has its own loss and weights
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net


def explained(guess: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the share of the variance of scores that guesses explain, 1 − MSE / variance, (..., N) to (...).

    >>> float(explained(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])))
    1.0
    """
    return 1 - ((guess - score) ** 2).mean(axis=-1) / score.var(axis=-1)


def accuracy(guess: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return how often guess and score have the same sign, (..., N) to (...).

    >>> float(accuracy(np.array([1.0, -2.0]), np.array([0.5, 0.1])))
    0.5
    """
    return ((guess > 0) == (score > 0)).mean(axis=-1)
