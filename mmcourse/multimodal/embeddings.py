"""Two towers: pictures and sentences as points on one sphere, near each other when they belong together.

>>> words = vocabulary(["a red circle", "a blue circle"])
>>> words, bags(["a red red cross"], words)
(['a', 'blue', 'circle', 'red'], array([[1., 0., 0., 2.]], dtype=float32))
>>> towers = TwoTowers(np.random.default_rng(0), len(words))
>>> towers.texts(torch.from_numpy(bags(["a red circle"], words))).shape
torch.Size([1, 32])
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from mmcourse.multimodal.similarity import Loss


def vocabulary(captions: Sequence[str], pieces: Callable[[str], list[str]] = str.split) -> list[str]:
    """List the pieces that occur in captions: words, or what another way of cutting them gives."""
    return sorted({piece for caption in captions for piece in pieces(caption)})


def bags(captions: Sequence[str], known: Sequence[str], pieces: Callable[[str], list[str]] = str.split) -> np.ndarray:
    """Count how often each known piece occurs in each caption, as (B, len(known)); other pieces are passed over."""
    column = {piece: number for number, piece in enumerate(known)}
    counts = np.zeros((len(captions), len(known)), dtype=np.float32)
    for row, caption in zip(counts, captions):
        for piece in pieces(caption):
            if piece in column:
                row[column[piece]] += 1
    return counts


class TwoTowers(nn.Module):
    """A network for pictures and one for bags of words, which end in the same space.

        i(x) = normalize(W₂ max(W₁ x + b₁, 0) + b₂),   t(c) = normalize(Σ_words E_w)

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the first weights.
    words : int
        Length of a bag; each word has a vector E_w, a column of `self.words.weight`.
    pixels, hidden, size : int
        Numbers in a picture, hidden units, dimensions of the space.
    text_hidden : int
        Hidden tanh units of the text tower; 0 is the plain sum of word vectors.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        words: int,
        pixels: int = 3072,
        hidden: int = 64,
        size: int = 32,
        text_hidden: int = 0,
    ):
        super().__init__()
        self.picture = nn.Sequential(nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, size))
        self.words = nn.Linear(words, text_hidden or size, bias=False)
        self.top = nn.Sequential(nn.Tanh(), nn.Linear(text_hidden, size)) if text_hidden else nn.Identity()
        with torch.no_grad():
            for weights in self.parameters():
                fan_in = weights.shape[-1] if weights.dim() > 1 else np.inf  # biases start at zero
                weights.copy_(torch.from_numpy(rng.normal(size=weights.shape)) * fan_in**-0.5)

    def images(self, pixels: Tensor) -> Tensor:
        """Embed pictures (B, 32, 32, 3), from 0 to 1, as unit rows (B, size)."""
        return normalize(self.picture(pixels - 0.15), dim=1)

    def texts(self, bags: Tensor) -> Tensor:
        """Embed bags of words (B, words) as unit rows (B, size)."""
        return normalize(self.top(self.words(bags)), dim=1)


def train(
    towers: TwoTowers,
    rng: np.random.Generator,
    images: np.ndarray,
    bags: np.ndarray,
    loss: Callable[..., Loss],
    epochs: int = 12,
    batch: int = 100,
    lr: float = 2e-3,
) -> list[float]:
    """Train both towers with Adam; return the loss of each step, per pair.

    Parameters
    ----------
    towers : TwoTowers
        Changed in place.
    rng : numpy.random.Generator
        Shuffles the pairs.
    images : array (N, 32, 32, 3)
    bags : array (N, words)
        The captions, row by row those of the pictures.
    loss : function of scores (B, B) and `same` (B, B) to a Loss
        Such as `ranking_loss` or `dssm_loss`. Two equal captions of a batch are `same`: neither is wrong.
    epochs, batch : int
    lr : float

    Notes
    -----
    The loss gives its gradient with respect to the scores; torch carries it on, through cosine and towers.
    """
    pixels, counts = torch.from_numpy(images.astype(np.float32)), torch.from_numpy(bags)
    optimizer, losses = torch.optim.Adam(towers.parameters(), lr=lr), []
    _, kind = np.unique(bags, axis=0, return_inverse=True)
    for _ in range(epochs):
        for part in np.array_split(rng.permutation(len(images)), max(1, len(images) // batch)):
            scores = towers.images(pixels[part]) @ towers.texts(counts[part]).T  # (B, B)
            value, grad = loss(scores.detach().numpy(), same=kind[part, None] == kind[part])
            optimizer.zero_grad()
            scores.backward(torch.from_numpy(grad.astype(np.float32)) / len(part))
            optimizer.step()
            losses.append(value / len(part))
    return losses


def embed(towers: TwoTowers, images: np.ndarray, bags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Embed pictures and captions without a gradient: two arrays of unit rows, (N, size) each."""
    with torch.no_grad():
        pictures = towers.images(torch.from_numpy(images.astype(np.float32))).numpy()
        return pictures, towers.texts(torch.from_numpy(bags)).numpy()


def change(queries: np.ndarray, minus: np.ndarray, plus: np.ndarray, weight: float = 0.7) -> np.ndarray:
    """Subtract one word from pictures and add another.

        q = i(x) + weight · (t(plus) − t(minus))

    Parameters
    ----------
    queries : array (B, D)
        Embedded pictures, unit rows.
    minus, plus : arrays (B, D) or (D,)
        Embedded words, unit rows.
    weight : float
        How loudly the words speak.

    Returns
    -------
    array (B, D), unit rows

    References
    ----------
    Kiros, Salakhutdinov & Zemel (2014), section 4.3: with linear word vectors, and weight 1.
    """
    moved = queries + weight * (plus - minus)
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def exchange_accuracy(
    pictures: np.ndarray,
    vectors: np.ndarray,
    truth: np.ndarray,
    axis: int,
    minus: float = 0.7,
    plus: float = 0.7,
    leave_out: bool = True,
) -> float:
    """Exchange one attribute of every picture for every other value, and say how often the nearest picture is right.

    Parameters
    ----------
    pictures : array (B, D)
        Embedded pictures, unit rows; also the gallery that is searched.
    vectors : array (V, D)
        The words of the attribute's values, unit rows.
    truth : array (A, B)
        The attributes of the pictures, as whole numbers.
    axis : int
        Which attribute is exchanged; its numbers are rows of `vectors`.
    minus, plus : float
        Weights of the old word and of the new one.
    leave_out : bool
        Whether a picture is left out of its own search.

    Returns
    -------
    float
        Share of the queries that the gallery can answer whose nearest picture has the new value and all else as before.
    """
    found = []
    for step in range(1, len(vectors)):
        wanted = truth.copy()
        wanted[axis] = (wanted[axis] + step) % len(vectors)
        scores = (pictures - minus * vectors[truth[axis]] + plus * vectors[wanted[axis]]) @ pictures.T  # (B, B)
        if leave_out:
            np.fill_diagonal(scores, -np.inf)
        possible = (wanted[:, :, None] == truth[:, None, :]).all(axis=0).any(axis=1)
        found.append((truth[:, scores.argmax(axis=1)] == wanted).all(axis=0)[possible])
    return float(np.concatenate(found).mean())
