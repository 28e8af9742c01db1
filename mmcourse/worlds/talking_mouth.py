"""Syllables, heard at 8 kHz and seen as a mouth of 16 x 16 pixels: each tells something that the other cannot.

A syllable is one of four consonants and one of three vowels. The sound tells all twelve apart. The mouth does not: b
and m both close the lips, d and n both leave them open, so what is seen is one of six. Pitch and loudness are heard
only; how bright the lips are is seen only.

>>> clips = talking_mouth(np.random.default_rng(0), 3)
>>> clips.sound.shape, clips.video.shape
((3, 3200), (3, 10, 16, 16))
>>> [SYLLABLES[k] for k in clips.truth().heard]
['ni', 'di', 'da']
>>> log_bands(clips.sound).shape
(3, 10, 12)
"""

from typing import NamedTuple

import numpy as np

RATE = 8000  # samples a second
SECONDS = 0.4
FRAMES = 10  # of the video, 25 a second; the bands of the sound have as many
SIDE = 16
SYLLABLES = tuple(consonant + vowel for consonant in "bmdn" for vowel in "aiu")

# What the vowels are: first and second resonance of the throat (Hz), then how wide the mouth is and how far it opens,
# in pixels from its middle.
VOWELS = {"a": (750.0, 1250.0, 4.5, 4.5), "i": (300.0, 2200.0, 6.0, 1.8), "u": (320.0, 800.0, 2.5, 2.2)}
# And the consonants: where the resonances come from (Hz), how loud the voice is meanwhile, and how open the mouth.
CONSONANTS = {
    "b": (250.0, 700.0, 0.02, 0.0),
    "m": (250.0, 1000.0, 0.45, 0.0),
    "d": (250.0, 1800.0, 0.02, 0.8),
    "n": (250.0, 1600.0, 0.45, 0.8),
}


class Truth(NamedTuple):
    """What generated the clips; each array has one entry a clip."""

    heard: np.ndarray  # (B,), the number of the syllable in the sound
    seen: np.ndarray  # (B,), the number of the syllable on the lips: another one in a conflict
    pitch: np.ndarray  # (B,), Hz, in the sound only
    loudness: np.ndarray  # (B,), in the sound only
    brightness: np.ndarray  # (B,), of the lips, in the video only


class Clips(NamedTuple):
    """Sound and video of B syllables."""

    sound: np.ndarray  # (B, 3200), about -1 to 1
    video: np.ndarray  # (B, 10, 16, 16), 0 is dark and 1 bright
    made_of: Truth

    def truth(self) -> Truth:
        """Return what generated the clips."""
        return self.made_of


def talking_mouth(
    rng: np.random.Generator, count: int, conflict: float = 0.0, noise: float = 0.05, syllables=None
) -> Clips:
    """Let somebody say syllables.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int, >= 0
        How many clips.
    conflict : float, in [0, 1]
        How often the lips say another syllable than the voice, drawn among the other eleven.
    noise : float, >= 0
        Standard deviation of what is added to each pixel, and (a tenth of it) to each sample.
    syllables : array of int or None
        Shape (B,), numbers in SYLLABLES, to be said; None draws them.

    Returns
    -------
    Clips

    Raises
    ------
    ValueError
        If `conflict` is not a probability, or there are not `count` syllables.

    References
    ----------
    McGurk & MacDonald (1976), Hearing lips and seeing voices: what people hear when the two disagree.
    """
    if not 0 <= conflict <= 1:
        raise ValueError(f"`conflict` is a probability, got {conflict}")
    heard = rng.integers(12, size=count) if syllables is None else np.asarray(syllables)
    if heard.shape != (count,) or (count and not 0 <= heard.min() <= heard.max() < 12):
        raise ValueError(f"`syllables` must be {count} numbers from 0 to 11, got shape {heard.shape}")
    other = (heard + rng.integers(1, 12, size=count)) % 12
    seen = np.where(rng.random(count) < conflict, other, heard)
    made_of = Truth(heard, seen, rng.uniform(100, 200, count), rng.uniform(0.4, 1.0, count), rng.uniform(0.5, 1, count))
    sound = voice(heard, made_of.pitch, made_of.loudness)
    video = mouth(seen, made_of.brightness)
    sound += 0.1 * noise * rng.normal(size=sound.shape)
    return Clips(sound, np.clip(video + noise * rng.normal(size=video.shape), 0, 1), made_of)


def glide(before: np.ndarray, after: np.ndarray, time: np.ndarray, when: float = 0.12) -> np.ndarray:
    """Go from one value to another around a moment, each (B,), time (T,) in seconds: shape (B, T)."""
    share = 1 / (1 + np.exp(-np.clip((time - when) / 0.012, -50, 50)))
    return before[:, None] + (after - before)[:, None] * share


def targets(syllable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what consonants and vowels of syllables aim at, each (B, 4)."""
    names = [SYLLABLES[k] for k in syllable]
    consonant = np.array([CONSONANTS[name[0]] for name in names]).reshape(-1, 4)
    return consonant, np.array([VOWELS[name[1]] for name in names]).reshape(-1, 4)


def voice(syllable: np.ndarray, pitch: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """Add up the overtones of a voice, each as loud as the resonances let it through, shape (B, 3200).

    The resonances are followed in steps of 5 ms; overtone k is the k-th power of one complex wave.
    """
    pieces, length = 80, int(RATE * SECONDS) // 80
    time = np.arange(pieces) * SECONDS / pieces
    consonant, vowel = targets(syllable)
    first, second = (glide(consonant[:, k], vowel[:, k], time) for k in (0, 1))  # (B, 80)
    level = glide(consonant[:, 2], np.ones(len(syllable)), time) * np.minimum(1, 20 * (SECONDS - time))
    wave = np.exp(2j * np.pi * pitch[:, None] * np.arange(pieces * length) / RATE).astype(np.complex64)
    wave = wave.reshape(len(syllable), pieces, length)
    sound, turn = np.zeros(wave.shape, dtype=np.float32), np.ones_like(wave)
    for overtone in range(1, 36):
        turn *= wave
        frequency = overtone * pitch[:, None]
        strength = 1 / (1 + ((frequency - first) / 90) ** 2) + 0.5 / (1 + ((frequency - second) / 120) ** 2)
        strength *= 0.3 * loudness[:, None] * level * (frequency < RATE / 2)
        sound += strength.astype(np.float32)[..., None] * turn.imag
    return sound.reshape(len(syllable), pieces * length)


def mouth(syllable: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Draw lips, a bright ring, around an opening, dark, in each frame: shape (B, 10, 16, 16)."""
    time = (np.arange(FRAMES) + 0.5) * SECONDS / FRAMES
    consonant, vowel = targets(syllable)
    width = glide(np.full(len(syllable), 4.5), vowel[:, 2], time)[..., None, None]
    height = glide(consonant[:, 3], vowel[:, 3], time)[..., None, None]
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    inside = edge(1 - np.sqrt((x / width) ** 2 + (y / (height + 1e-3)) ** 2), 0.25)
    lips = edge(1 - np.sqrt((x / (width + 1.5)) ** 2 + (y / (height + 1.5)) ** 2), 0.25)
    return 0.3 + (brightness[:, None, None, None] - 0.3) * lips * (1 - inside) - 0.3 * inside


def edge(depth: np.ndarray, softness: float) -> np.ndarray:
    """Go from 0 outside to 1 inside, softly."""
    return 1 / (1 + np.exp(-np.clip(depth / softness * 4, -50, 50)))


def log_bands(sound: np.ndarray, bands: int = 12) -> np.ndarray:
    """Return how loud a sound is in each of FRAMES parts and of `bands` ranges of frequency, in log10 of the power.

    Parameters
    ----------
    sound : array, shape (B, N)
    bands : int, >= 1
        Ranges of equal width from 0 to 4000 Hz.

    Returns
    -------
    array, shape (B, FRAMES, bands)

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(3200) / RATE)[None]  # 1000 Hz is in the third range of eight
    >>> int(log_bands(tone, bands=8)[0, 5].argmax())
    2
    """
    frames = sound.reshape(len(sound), FRAMES, -1)
    power = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[-1]))) ** 2
    parts = np.array_split(power[..., :-1], bands, axis=-1)
    return np.log10(np.stack([part.mean(axis=-1) for part in parts], axis=-1) + 1e-3)


def lips(syllable: np.ndarray) -> np.ndarray:
    """Return what can be seen of syllables: 0 to 5, the same for b and m, and for d and n.

    >>> lips(np.array([SYLLABLES.index(name) for name in ("ba", "ma", "da", "nu")]))
    array([0, 0, 3, 5])
    """
    return np.asarray(syllable) // 6 * 3 + np.asarray(syllable) % 3


def small_video(video: np.ndarray) -> np.ndarray:
    """Return every other frame, with the mean of each 2 x 2 pixels: (B, 10, 16, 16) to (B, 5, 8, 8)."""
    return video[:, ::2].reshape(len(video), FRAMES // 2, SIDE // 2, 2, SIDE // 2, 2).mean(axis=(3, 5))
