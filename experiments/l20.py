"""The claims of lecture 20, joint representations: `python experiments/l20.py` tests them, l20.json is what it found.

Every case compares two ways seed by seed, and its effect is above zero where the claim is right. Each seed has a world,
segments to learn from and others to be judged on. What is known about the world beforehand is not told to any network.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from mmcourse.claims import case, claim, describe, write
from mmcourse.multimodal import ablation, bimodal
from mmcourse.worlds.sentiment import sentiment
from mmcourse.worlds.talking_mouth import log_bands, small_video, talking_mouth

SEEDS = 12
POINTS = "points of test accuracy"
SHARE = "points of the variance recovered"
WORLDS = {  # shares of one, two and three
    "only single streams speak": (1, 0, 0),
    "only pairs speak": (0, 1, 0),
    "only the triple speaks": (0, 0, 1),
    "singles and pairs speak, 2 to 1": (2, 1, 0),
    "all three speak alike": (1, 1, 1),
}
ALIKE = "all three speak alike"


# Opinions


@cache
def segments(world: str, seeds: range, part: int, count: int):
    """Means over time of the three streams, each (S, N, D), and scores (S, N); part 1 is to learn from, 2 to judge."""
    drawn = [
        sentiment(np.random.default_rng(seed), *WORLDS[world]).draw(np.random.default_rng([seed, part]), count)
        for seed in seeds
    ]
    return [np.stack([one[m].mean(axis=1) for one in drawn]) for m in range(3)], np.stack([one.score for one in drawn])


@cache
def right(world: str, seeds: range, how: str, count: int = 1200, steps: int = 300, **options) -> np.ndarray:
    """Percent of new segments whose sign a network gets, one for each seed."""
    streams, score = segments(world, seeds, 1, count)
    net = ablation.fit(np.random.default_rng(0), streams, score, how, steps=steps, **options)
    streams, score = segments(world, seeds, 2, 2000)
    return 100 * ablation.accuracy(net.scores(streams), score)


def table(seeds) -> dict:
    """The tensor with all blocks beats every row of its ablation table."""
    rows = ["language", "visual", "acoustic", "bimodal", "trimodal", "notrimodal", "early"]
    full = right(ALIKE, seeds, "full")
    return claim(
        "all blocks of the tensor together beat each row of the ablation table",
        "Tutorial on Multimodal Machine Learning",
        [case(f"against {row}", full - right(ALIKE, seeds, row), POINTS) for row in rows],
    )


def triple(seeds) -> dict:
    """The block of three is worth having."""
    return claim(
        "the trimodal block adds to the others",
        "Tutorial on Multimodal Machine Learning",
        [case(world, right(world, seeds, "full") - right(world, seeds, "notrimodal"), POINTS) for world in WORLDS],
    )


def early(seeds) -> dict:
    """Tensor fusion beats early fusion."""
    cases = [case(world, right(world, seeds, "full") - right(world, seeds, "early"), POINTS) for world in WORLDS]
    more = {"count": 4800, "steps": 900}
    longer = right(ALIKE, seeds, "full", **more) - right(ALIKE, seeds, "early", hidden=128, **more)
    words = "all speak alike, four times the segments, three times the steps, 128 hidden units"
    return claim(
        "tensor fusion beats early fusion",
        "Tutorial on Multimodal Machine Learning",
        [*cases, case(words, longer, POINTS)],
    )


def pure(seeds) -> dict:
    """A block alone carries its own interactions and no others: it is left guessing where only others speak."""
    pairs = [("trimodal", "only single streams speak"), ("trimodal", "only pairs speak")]
    cases = []
    for row, world in [*pairs, ("bimodal", "only single streams speak")]:
        for bias in (True, False):
            words = f"the {row} block where {world}, units with{'' if bias else 'out'} a bias"
            cases.append(case(words, 55 - right(world, seeds, row, bias=bias), "points below an accuracy of 55 %"))
    return claim("a block alone carries its own interactions only", "what the names of the rows suggest", cases)


def rank(seeds) -> dict:
    """The full tensor is worth its weights, against the product of five units: its form of rank five."""
    worlds = list(WORLDS)[1:]
    return claim(
        "the full tensor beats its low-rank form",
        "in no deck",
        [case(world, right(world, seeds, "full") - right(world, seeds, "product"), POINTS) for world in worlds],
    )


# Mouths


@cache
def mouths(seed: int, part: int):
    """Bands of the sound and small videos of 800 clips, of mean zero and unit size."""
    clips = talking_mouth(np.random.default_rng([seed, part]), 800)
    return log_bands(clips.sound).reshape(800, -1), small_video(clips.video).reshape(800, -1)


@cache
def rebuilt(seed: int, drop: bool) -> dict[str, float]:
    """Percent of the variance of new clips that an autoencoder recovers."""
    known = [(x.mean(axis=0), x.std()) for x in mouths(seed, 1)]
    sound, video = ((x - mean) / std for x, (mean, std) in zip(mouths(seed, 1), known))
    net = bimodal.train(np.random.default_rng(seed), sound, video, drop=drop)
    sound, video = ((x - mean) / std for x, (mean, std) in zip(mouths(seed, 2), known))
    both, silent, blind = (net.recover(*given) for given in ((sound, video), (0 * sound, video), (sound, 0 * video)))
    return {
        "the sound, from the video alone": 100 * bimodal.recovered(silent.sound, sound),
        "the video, from the sound alone": 100 * bimodal.recovered(blind.video, video),
        "the sound, when both are there": 100 * bimodal.recovered(both.sound, sound),
        "the video, when both are there": 100 * bimodal.recovered(both.video, video),
    }


def dropping(seeds) -> dict:
    """Training with modalities left out recovers them."""
    with_drop, without = ([rebuilt(seed, drop) for seed in seeds] for drop in (True, False))
    return claim(
        "training with a modality left out rebuilds it better",
        "Tutorial on Multimodal Machine Learning",
        [case(what, [a[what] - b[what] for a, b in zip(with_drop, without)], SHARE) for what in with_drop[0]],
    )


CLAIMS = {"table": table, "triple": triple, "early": early, "pure": pure, "rank": rank, "dropping": dropping}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
