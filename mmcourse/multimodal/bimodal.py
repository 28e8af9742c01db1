"""A bimodal deep autoencoder: one code for sound and video, trained so that either can be missing.

    sound -> tanh -+                    +- tanh -> sound
                   +-> tanh, the code --+
    video -> tanh -+                    +- tanh -> video

>>> rng = np.random.default_rng(0)
>>> cause = rng.normal(size=(300, 1))
>>> sound, video = cause * [1.0, -1.0], cause * [0.5, 1.0, 1.0]  # both tell of one cause
>>> net = train(rng, sound, video, drop=True, hidden=8, code=2, lr=0.01)
>>> heard, seen = net.recover(np.zeros_like(sound), video)  # the sound is missing
>>> bool(np.mean((heard - sound) ** 2) < 0.2)  # its mean square is 1
True
"""

from typing import NamedTuple

import numpy as np
import torch


class Pair(NamedTuple):
    """Both modalities of B clips."""

    sound: np.ndarray  # (B, D_s)
    video: np.ndarray  # (B, D_v)


class BimodalAutoencoder(torch.nn.Module):
    """Two encoders, a code for both, two decoders.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the weights.
    sound, video : int
        Features D_s and D_v.
    hidden : int
        Units of each encoder and of each decoder.
    code : int
        Units of what the two share.
    """

    def __init__(self, rng, sound, video, hidden=48, code=16):
        super().__init__()
        self.encode_sound, self.encode_video = layer(rng, sound, hidden), layer(rng, video, hidden)
        self.code = layer(rng, 2 * hidden, code)
        self.open_sound, self.open_video = layer(rng, code, hidden), layer(rng, code, hidden)
        self.decode_sound, self.decode_video = layer(rng, hidden, sound), layer(rng, hidden, video)

    def represent(self, sound: torch.Tensor, video: torch.Tensor) -> torch.Tensor:
        """Return the joint code, (B, C)."""
        both = torch.cat([torch.tanh(self.encode_sound(sound)), torch.tanh(self.encode_video(video))], dim=-1)
        return torch.tanh(self.code(both))

    def forward(self, sound: torch.Tensor, video: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return both modalities, rebuilt from the code."""
        code = self.represent(sound, video)
        heard = self.decode_sound(torch.tanh(self.open_sound(code)))
        return heard, self.decode_video(torch.tanh(self.open_video(code)))

    @torch.no_grad()
    def recover(self, sound: np.ndarray, video: np.ndarray) -> Pair:
        """Rebuild both modalities from arrays (B, D_s) and (B, D_v); what is missing is zeros."""
        return Pair(*(out.numpy() for out in self.forward(tensor(sound), tensor(video))))


def drop_thirds(sound: np.ndarray, video: np.ndarray) -> Pair:
    """Leave the first third of a batch as it is, silence the second, blindfold the third.

    Parameters
    ----------
    sound : array or tensor, shape (B, D_s)
        Of mean zero, so that zeros say "nothing known".
    video : array or tensor, shape (B, D_v)

    Returns
    -------
    Pair
        Copies: inputs only. The targets stay what they were, both.

    References
    ----------
    Ngiam, Khosla, Kim, Nam, Lee & Ng (2011), Multimodal deep learning.

    Examples
    --------
    >>> heard, seen = drop_thirds(np.ones((3, 1)), np.ones((3, 1)))
    >>> heard.ravel(), seen.ravel()
    (array([1., 0., 1.]), array([1., 1., 0.]))
    """
    if len(sound) != len(video):
        raise ValueError(f"sound and video must be of the same clips, got {len(sound)} and {len(video)}")
    third = len(sound) // 3
    heard, seen = sound + 0, video + 0  # copies, of arrays and of tensors
    heard[third : 2 * third] = 0
    seen[2 * third : 3 * third] = 0
    return Pair(heard, seen)


def train(
    rng: np.random.Generator,
    sound: np.ndarray,
    video: np.ndarray,
    drop: bool = True,
    steps: int = 300,
    batch: int = 60,
    lr: float = 0.002,
    **options,
) -> BimodalAutoencoder:
    """Train an autoencoder by Adam on the mean squared error of both modalities.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws weights and mini-batches.
    sound, video : arrays, shapes (N, D_s) and (N, D_v)
        Of mean zero and about unit size.
    drop : bool
        Whether each batch goes through `drop_thirds`.
    steps, batch : int
    lr : float
    **options
        `hidden` and `code` of the network.

    Returns
    -------
    BimodalAutoencoder
    """
    net = BimodalAutoencoder(rng, sound.shape[1], video.shape[1], **options)
    sound, video = tensor(sound), tensor(video)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(steps):
        chosen = torch.as_tensor(rng.integers(len(sound), size=batch))
        wanted = Pair(sound[chosen], video[chosen])
        given = drop_thirds(*wanted) if drop else wanted
        heard, seen = net(*given)
        loss = ((heard - wanted.sound) ** 2).mean() + ((seen - wanted.video) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net


def recovered(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of the variance that a guess recovers, 1 − Σ (guess − truth)² / Σ (mean − truth)².

    Examples
    --------
    >>> recovered(np.array([[1.0], [3.0]]), np.array([[1.0], [3.0]]))
    1.0
    """
    return float(1 - ((guess - truth) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())


def layer(rng: np.random.Generator, inputs: int, outputs: int) -> torch.nn.Linear:
    """Return a linear layer whose weights come from a numpy generator, of variance 1 / inputs."""
    made = torch.nn.utils.skip_init(torch.nn.Linear, inputs, outputs)
    with torch.no_grad():
        made.weight.copy_(tensor(rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)))
        made.bias.zero_()
    return made


def tensor(array) -> torch.Tensor:
    """Return an array as a float32 tensor."""
    return torch.as_tensor(np.asarray(array), dtype=torch.float32)
