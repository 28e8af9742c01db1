"""The claims of lecture 21, coordinated representations: `python experiments/l21.py` tests them and writes l21.json.

Every case compares two ways of doing one thing on the same data, seed by seed; its effect is above zero where the claim
is right. Everything is measured on new samples: 1000 pairs of views, or 600 pictures. A correlation is that of the
first pair of directions, fitted on the training samples. Networks for views have codes of one or two dimensions, 24
hidden tanh units and 200 steps of Adam; pictures are those of mmcourse.worlds.shapes, with one thing on each.
"""

from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from mmcourse.claims import case, claim, describe, write
from mmcourse.multimodal import embeddings, retrieval
from mmcourse.multimodal.cca import correlation, fit_cca
from mmcourse.multimodal.dccae import ViewNetworks, held_out_correlation, reconstruction_error, train_views
from mmcourse.multimodal.similarity import dssm_loss, ranking_loss
from mmcourse.worlds import shapes, views

SEEDS = 12
DECK = "Tutorial on Multimodal Machine Learning"
GAINED = "correlation gained on new samples"
LOST = "correlation given away on new samples"
SMALLER = "log2 of the ratio of reconstruction errors"
POINTS = "percentage points"
ATTRIBUTES = {"colour": shapes.COLOURS, "shape": shapes.SHAPES, "size": shapes.SIZES, "place": shapes.PLACES}
UNSEEN = (("red", "circle"), ("green", "cross"), ("blue", "triangle"), ("yellow", "square"))

torch.set_num_threads(1)


# Views


WORLDS = {"shared radius": views.discs, "straight": partial(views.turned, correlations=(0.9, 0.2))}


def pairs(world: str, seed: int, count: int):
    """Views to learn from, and 1000 new ones (the linear world keeps its turn)."""
    both = WORLDS[world](np.random.default_rng([seed, 1]), count + 1000)
    return tuple(views.Views(*(part[:, cut] for part in both)) for cut in (slice(count), slice(count, None)))


@cache
def trained(world: str, seed: int, count: int, size: int, weight: float, batch: int | None, steps: int):
    """Networks with codes of `size` dimensions, and what they reach on new samples."""
    old, new = pairs(world, seed, count)
    nets = ViewNetworks(np.random.default_rng([seed, 2]), (2, 24, size), (2, 24, size))
    train_views(nets, np.random.default_rng([seed, 3]), old.x, old.y, weight=weight, steps=steps, batch=batch)
    return held_out_correlation(nets, old, new)[0], reconstruction_error(nets, new.x, new.y)


def linear(world: str, seed: int, count: int) -> float:
    """What CCA reaches on new samples."""
    old, new = pairs(world, seed, count)
    return correlation(*fit_cca(old.x, old.y, 1).project(new.x, new.y))[0]


def nonlinear(seeds) -> dict:
    """DCCA reaches more than CCA."""
    cases = [
        case(
            f"views with a {world} part, {count} samples" if world != "straight" else f"linear views, {count} samples",
            [trained(world, seed, count, 1, 0.0, None, 200)[0] - linear(world, seed, count) for seed in seeds],
            GAINED,
        )
        for world in WORLDS
        for count in (30, 300)
    ]
    return claim("DCCA finds a correlation that CCA cannot find", DECK, cases)


WEIGHTS = (0.001, 0.1, 1.0, 10.0)


def trade_off(column: int, measure: str, text: str):
    """Along the weights of the reconstruction, does one of the two measures move as the deck says?"""

    def traded(seeds) -> dict:
        found = np.array(
            [[trained("shared radius", seed, 300, 2, weight, None, 200) for weight in WEIGHTS] for seed in seeds]
        )[..., column]
        found = np.log2(found) if column == 1 else found
        cases = [
            case(f"the weight rises from {low:g} to {high:g}", found[:, i] - found[:, i + 1], measure)
            for i, (low, high) in enumerate(zip(WEIGHTS[:-1], WEIGHTS[1:]))
        ]
        return claim(text, DECK, cases)

    return traded


def batches(seeds) -> dict:
    """Large batches train DCCA better."""
    cases = []
    for batch in (5, 20, 100):
        for words, steps in (("as many steps", 200), ("as many samples seen", max(1, 200 * batch // 300))):
            full = 200 if words == "as many steps" else steps
            gained = [
                trained("shared radius", seed, 300, 2, 0.0, None, full)[0]
                - trained("shared radius", seed, 300, 2, 0.0, batch, 200)[0]
                for seed in seeds
            ]
            cases.append(case(f"all 300 in the place of {batch}, {words}", gained, GAINED))
    return claim("DCCA needs large batches", "Andrew et al. (2013)", cases)


def ridges(seeds) -> dict:
    """A ridge helps CCA on new samples."""

    def gain(seed: int, count: int, ridge: float) -> float:
        rng = np.random.default_rng([seed, 4])
        shared = rng.normal(size=count + 1000)
        x, y = (rng.normal(size=(20, count + 1000)) for _ in range(2))
        x[0], y[0] = 2 * shared + x[0], 2 * shared + y[0]
        fits = [fit_cca(x[:, :count], y[:, :count], 1, ridge=r) for r in (ridge, 0.0)]
        with_it, without = (correlation(*fit.project(x[:, count:], y[:, count:]))[0] for fit in fits)
        return with_it - without

    cases = [
        case(f"{count} samples, ridge {ridge:g}", [gain(seed, count, ridge) for seed in seeds], GAINED)
        for count in (30, 60, 1000)
        for ridge in (0.1, 1.0)
    ]
    return claim("a ridge gives better directions in 20 dimensions", "a rule of thumb", cases)


# Pictures and captions


@cache
def gallery(seed: int, without: tuple = ()):
    """Pictures to learn from and new ones, with their bags of words."""
    rng = np.random.default_rng([seed, 5])
    old, new = shapes.shapes(rng, 1000, without=without), shapes.shapes(rng, 600, only=without)
    words = embeddings.vocabulary(shapes.shapes(rng, 600).captions)
    return old, new, words


LOSSES = {
    "all": ranking_loss,
    "hardest": partial(ranking_loss, hardest=True),
    "gamma 1": partial(dssm_loss, gamma=1.0),
    "gamma 10": dssm_loss,
}


@cache
def towers(seed: int, loss: str = "all", batch: int = 100, wrong: float = 0.0, without: tuple = ()):
    """Two trained towers; a share of the captions may be exchanged for those of other pictures."""
    old, _, words = gallery(seed, without)
    bags = embeddings.bags(old.captions, words)
    bags[: int(wrong * len(bags))] = np.roll(bags[: int(wrong * len(bags))], 1, axis=0)
    both = embeddings.TwoTowers(np.random.default_rng([seed, 6]), len(words))
    epochs = 12 if batch == 100 else 6
    embeddings.train(
        both, np.random.default_rng([seed, 7]), old.images, bags, LOSSES[loss], epochs, batch, 2e-3 * batch / 100 + 1e-3
    )
    return both


def average(seed: int, **options) -> float:
    """MAP of finding pictures by captions, in points; relevant is every picture with this very caption."""
    _, new, words = gallery(seed)
    captions, row = np.unique(new.captions, return_inverse=True)
    pictures, texts = embeddings.embed(towers(seed, **options), new.images, embeddings.bags(captions, words))
    return 100 * retrieval.mean_average_precision(texts @ pictures.T, row == np.arange(len(captions))[:, None])


def negatives(seeds) -> dict:
    """The hardest wrong pair alone teaches more than all."""
    cases = [
        case(
            f"batches of {batch}, {'right captions' if not wrong else 'a third of the captions exchanged'}",
            [
                average(seed, loss="hardest", batch=batch, wrong=wrong) - average(seed, batch=batch, wrong=wrong)
                for seed in seeds
            ],
            f"{POINTS} of MAP",
        )
        for batch in (20, 100)
        for wrong in (0.0, 1 / 3)
    ]
    return claim("the hardest wrong pair alone teaches more than all of them", "Faghri et al. (2018)", cases)


def sharp(seeds) -> dict:
    """The softmax over cosines needs its factor."""
    gained = [average(seed, loss="gamma 10") - average(seed, loss="gamma 1") for seed in seeds]
    return claim(
        "the softmax needs its factor", "Huang et al. (2013)", [case("10 against 1", gained, f"{POINTS} of MAP")]
    )


@cache
def space(seed: int, part: int):
    """600 pictures as points, their truth, and the words of each attribute: part 0 to measure on, 1 to choose on."""
    _, new, words = gallery(seed)
    new = new if part == 0 else shapes.shapes(np.random.default_rng([seed, 9]), 600)
    both, vectors = towers(seed), {}
    for name, values in ATTRIBUTES.items():
        pictures, vectors[name] = embeddings.embed(both, new.images, embeddings.bags(values, words))
    return pictures, np.stack(new.truth()[:4]), vectors


def hits(seed: int, name: str, minus: float, plus: float, leave_out: bool, part: int = 0) -> float:
    """Share of queries picture − old word + new word whose nearest picture is right in everything, in points."""
    pictures, truth, vectors = space(seed, part)
    axis, values = list(ATTRIBUTES).index(name), [len(values) for values in ATTRIBUTES.values()]
    kind, found = np.ravel_multi_index(truth, values), []
    for step in range(1, values[axis]):
        wanted = truth.copy()
        wanted[axis] = (wanted[axis] + step) % values[axis]
        queries = pictures - minus * vectors[name][truth[axis]] + plus * vectors[name][wanted[axis]]
        scores = queries @ pictures.T
        if leave_out:
            np.fill_diagonal(scores, -np.inf)
        answer = np.ravel_multi_index(wanted, values)
        exists = np.isin(answer, kind)  # the gallery has such a picture
        found.append((kind[scores.argmax(axis=1)] == answer)[exists])
    return 100 * np.concatenate(found).mean()


LOUDNESS = np.arange(1, 21) / 10  # weights of the words that are tried


def at_its_best(seed: int, name: str, subtract: bool) -> float:
    """What a method finds with the weight that was best for it on 600 other pictures."""
    tried = [hits(seed, name, w * subtract, w, True, part=1) for w in LOUDNESS]
    best = LOUDNESS[np.argmax(tried)]
    return hits(seed, name, best * subtract, best, True)


def arithmetic(seeds) -> dict:
    """Subtracting the old word helps, each method with the weight that suits it."""
    cases = [
        case(name, [at_its_best(s, name, True) - at_its_best(s, name, False) for s in seeds], f"{POINTS} of queries")
        for name in ATTRIBUTES
    ]
    return claim("picture − old word + new word finds more than picture + new word, both at their best", DECK, cases)


def left_out(seeds) -> dict:
    """Leaving the query's own picture out of the search flatters the arithmetic."""
    cases = [
        case(
            f"{name}, words weighted {weight:g}",
            [hits(s, name, weight, weight, True) - hits(s, name, weight, weight, False) for s in seeds],
            f"{POINTS} of queries",
        )
        for name in ("colour", "shape")
        for weight in (0.3, 0.5, 0.7)
    ]
    return claim("leaving the query's picture out makes the numbers better", "how such figures are made", cases)


def zero_shot(seeds) -> dict:
    """Kinds that were never seen together are named."""
    cases = []
    for words, without in (("kinds never seen", UNSEEN), ("the same kinds, seen", ())):
        right = []
        for seed in seeds:
            known = gallery(seed, without)[2]
            new = shapes.shapes(np.random.default_rng([seed, 8]), 300, only=UNSEEN)
            nouns = [" ".join(kind) for kind in shapes.KINDS]
            pictures, texts = embeddings.embed(towers(seed, without=without), new.images, embeddings.bags(nouns, known))
            kind = new.truth().colour * len(shapes.SHAPES) + new.truth().shape
            right.append(100 * ((pictures @ texts.T).argmax(axis=1) == kind).mean() - 100 / len(nouns))
        cases.append(case(words, right, f"{POINTS} above chance, one kind of 24"))
    return claim("a picture is named by words that it never met together", DECK, cases)


CLAIMS = {
    "nonlinear": nonlinear,
    "trade-off": trade_off(0, LOST, "decoders cost correlation"),
    "reconstruction": trade_off(1, SMALLER, "decoders make the codes tell more"),
    "batches": batches,
    "ridge": ridges,
    "arithmetic": arithmetic,
    "left out": left_out,
    "zero-shot": zero_shot,
    "negatives": negatives,
    "gamma": sharp,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
