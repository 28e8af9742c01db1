"""A learned optimizer: a small recurrent network that reads a gradient and writes the step.

It is trained on problems of one family, and then walks down new problems of that family. A small part of such a
training, ten walks where hundreds are needed:

>>> rng = np.random.default_rng(0)
>>> optimizer = LearnedOptimizer(rng)
>>> _ = train(optimizer, lambda: draw_quadratics(rng, count=8, dim=2), walks=10)
>>> new = draw_quadratics(rng, count=100, dim=2)
>>> losses = walk(optimizer, new)  # (61, 100)
>>> bool(losses[-1].mean() < losses[0].mean() / 2)
True

Shapes: N problems, each with D coordinates; T steps. The network sees N · D coordinates side by side.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

Memory = tuple[Tensor, Tensor]  # the two parts (h, c) of an LSTM's memory, both of shape (N * D, hidden)


class Quadratics(NamedTuple):
    """N problems: to lower f(x) = ‖W x − y‖² from a given start, each with its own W and y."""

    W: Tensor  # (N, D, D)
    y: Tensor  # (N, D)
    start: Tensor  # (N, D)

    def value(self, x: Tensor) -> Tensor:
        """Return f at x (N, D), one loss for each problem, shape (N,)."""
        return self.residual(x).square().sum(dim=-1)

    def grad(self, x: Tensor) -> Tensor:
        """Return ∇f = 2 Wᵀ(W x − y) at x (N, D), shape (N, D)."""
        return 2 * (self.W.mT @ self.residual(x)[..., None])[..., 0]

    def residual(self, x: Tensor) -> Tensor:
        """Return W x − y, shape (N, D)."""
        return (self.W @ x[..., None])[..., 0] - self.y


def draw_quadratics(rng: np.random.Generator, count: int, dim: int = 10, scale: float = 1.0) -> Quadratics:
    """Draw problems of the family: all entries of W, y and the start are normal.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int, >= 1
        N.
    dim : int, >= 1
        D.
    scale : float, > 0
        Multiplies W and y: slopes, curvatures and losses grow with its square. 1 is the family of the paper.

    Returns
    -------
    Quadratics

    References
    ----------
    Andrychowicz et al. (2016), section 3.1.
    """
    W, y, start = rng.normal(size=(count, dim, dim)), rng.normal(size=(count, dim)), rng.normal(size=(count, dim))
    return Quadratics(*(torch.as_tensor(drawn, dtype=torch.float32) for drawn in (scale * W, scale * y, start)))


def preprocess(grad: Tensor, p: float = 10.0) -> Tensor:
    """Turn each number of a gradient into two of moderate size: how large it is, and which sign it has.

        g  →  (log |g| / p, sign g)     if |g| ≥ e⁻ᵖ
              (−1, eᵖ g)                otherwise

    Parameters
    ----------
    grad : tensor, any shape (...)
    p : float, > 0
        Numbers below e⁻ᵖ count as small; 10 in the paper.

    Returns
    -------
    tensor, shape (..., 2)

    References
    ----------
    Andrychowicz et al. (2016), appendix A.

    Examples
    --------
    >>> preprocess(torch.tensor([1.0, -0.01, 1e-6]))
    tensor([[ 0.0000,  1.0000],
            [-0.4605, -1.0000],
            [-1.0000,  0.0220]])
    """
    threshold = np.exp(-p)
    size = grad.abs().clamp(min=threshold).log() / p  # -1 for small ones
    sign = (grad / threshold).clamp(-1, 1)
    return torch.stack([size, sign], dim=-1)


class LearnedOptimizer(nn.Module):
    """A recurrent network that proposes a step for every coordinate by itself.

        (u, h) ← m(∇f(x), h; φ)
        x ← x + u

    All coordinates share the weights φ; each has its own memory h.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the first weights.
    hidden : int, >= 1
        Units of the LSTM cell. (The paper has two cells of 20, one on top of the other.)
    scale : float, > 0
        The output is multiplied by it, so that the first steps of the untrained network are short.

    References
    ----------
    Andrychowicz, Denil, Gómez, Hoffman, Pfau, Schaul, Shillingford & de Freitas (2016), Learning to learn by gradient
    descent by gradient descent.
    """

    def __init__(self, rng: np.random.Generator, hidden: int = 20, scale: float = 0.1):
        super().__init__()
        self.scale = scale
        with torch.random.fork_rng(devices=[]):  # torch draws first weights from a global state: put it back
            torch.manual_seed(int(rng.integers(2**31)))
            self.cell = nn.LSTMCell(2, hidden)
            self.out = nn.Linear(hidden, 1)

    def start(self, x: Tensor) -> Memory:
        """Return an empty memory for each coordinate of x."""
        zeros = x.new_zeros(x.numel(), self.cell.hidden_size)
        return zeros, zeros

    def forward(self, grad: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """Return the step for a gradient of any shape, and the new memory."""
        h, c = self.cell(preprocess(grad).reshape(-1, 2), memory)  # (N * D, hidden)
        return self.scale * self.out(h).reshape(grad.shape), (h, c)


def unroll(
    optimizer: LearnedOptimizer, problem: Quadratics, x: Tensor, memory: Memory, steps: int
) -> tuple[Tensor, Tensor, Memory]:
    """Walk some steps and keep the graph, so that the losses can be differentiated with respect to φ.

    Parameters
    ----------
    optimizer : LearnedOptimizer
    problem : Quadratics, or anything with `value` and `grad`
    x : tensor, shape (N, D)
        Where the walks stand.
    memory : pair of tensors, shape (N * D, hidden)
        As `optimizer.start` or an earlier `unroll` returns it.
    steps : int, >= 1
        T.

    Returns
    -------
    losses (T, N), x (N, D), memory
        The losses after each step, and where and how the walks stand then.

    Notes
    -----
    The gradient that the network reads is a constant: x is cut off from the graph before its slope is taken. A loss
    depends on φ through the steps only, not through what the next gradients are. That leaves out second derivatives
    of f, and it is what the paper does.
    """
    losses = []
    for _ in range(steps):
        step, memory = optimizer(problem.grad(x.detach()), memory)
        x = x + step
        losses.append(problem.value(x))
    return torch.stack(losses), x, memory


def train(
    optimizer: LearnedOptimizer,
    draw: Callable[[], Quadratics],
    walks: int,
    steps: int = 60,
    window: int = 20,
    lr: float = 0.02,
    watch: Callable[[int], None] = lambda number: None,
) -> np.ndarray:
    """Train the optimizer: walk on fresh problems, and after every window improve φ by the losses of that window.

        minimize over φ    L(φ) = Σ_t f(x_t)

    Parameters
    ----------
    optimizer : LearnedOptimizer
        Changed in place.
    draw : function that returns fresh problems
    walks : int, >= 1
        How many times to draw problems and walk.
    steps, window : int, >= 1
        T, and after how many steps the graph is cut; `window` must divide `steps`.
    lr : float, > 0
        The rate of Adam at the start, lowered to zero along half a cosine.
    watch : function of a whole number
        Called before each walk with its number: a place to look at the optimizer while it learns.

    Returns
    -------
    array, shape (walks,)
        The mean loss along each walk, over problems and steps.

    Raises
    ------
    ValueError
        If `window` does not divide `steps`.

    Notes
    -----
    Where the graph is cut, x and the memory go on as numbers. Without the cut the graph would reach back through all
    60 steps; with a walk of one window only, φ would learn to be greedy.
    """
    if steps % window:
        raise ValueError(f"`window` must divide `steps`, got {window} and {steps}: try 20 and 60")
    teacher = torch.optim.Adam(optimizer.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(teacher, walks * steps // window)
    history = np.zeros(walks)
    for number in range(walks):
        watch(number)
        problem = draw()
        x, memory = problem.start, optimizer.start(problem.start)
        for _ in range(steps // window):
            losses, x, (h, c) = unroll(optimizer, problem, x, memory, window)
            learn_from(losses, optimizer, teacher)
            schedule.step()
            x, memory = x.detach(), (h.detach(), c.detach())
            history[number] += losses.mean().item() * window / steps
    return history


def learn_from(losses: Tensor, optimizer: LearnedOptimizer, teacher: torch.optim.Optimizer, limit: float = 1.0) -> None:
    """Let the teacher take one step down the summed losses (T, N), averaged over problems.

    One problem in many has a slope that dwarfs all others: gradients longer than `limit` are shortened to it.
    """
    teacher.zero_grad()
    losses.sum(dim=0).mean().backward()
    nn.utils.clip_grad_norm_(optimizer.parameters(), limit)
    teacher.step()


@torch.no_grad()
def walk(optimizer: LearnedOptimizer, problem: Quadratics, steps: int = 60) -> np.ndarray:
    """Walk with a trained optimizer, and return the losses at the start and after each step, shape (T + 1, N)."""
    losses, _, _ = unroll(optimizer, problem, problem.start, optimizer.start(problem.start), steps)
    return torch.cat([problem.value(problem.start)[None], losses]).numpy()
