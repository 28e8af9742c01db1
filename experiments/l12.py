"""The claims of lecture 12, dropout: `python experiments/l12.py` tests them and writes l12.json beside it.

Every case compares networks that share start, data and order of the images, seed by seed; its effect is above zero
where the claim is right. Losses and steps are compared by log2 of their ratio: 1 is half the loss, or half the steps.
Networks have 100 hidden units, or two layers of 60, and learn from 300 of the digits unless a case says otherwise. Best
rates are chosen on validation images, or by the steps themselves where these are what counts; test images judge.
"""

from functools import cache
from pathlib import Path

import numpy as np

from mmcourse.claims import case, claim, describe, write
from mmcourse.foundations.losses import cross_entropy
from mmcourse.foundations.scores import softmax
from mmcourse.generalization import blinking, coadaptation
from mmcourse.generalization.blinking import Layer

SEEDS = 12
ONE, TWO = (100,), (60, 60)  # hidden units
LAYERS = {"one layer": ONE, "two layers": TWO}
LOWER = "log2 of the ratio of losses"
RATIO = "log2 of (ordinary / with dropout)"
FASTER = "log2 of (steps of the ordinary network / steps with dropout)"
POINTS = "points of test accuracy"
SHARE = "percentage points fewer units than in the ordinary network"


def generators(seeds, times: int = 1) -> list[np.random.Generator]:
    """One generator for each seed, `times` over: equal ones give equal starts and orders of the images."""
    return [np.random.default_rng([seed, 1]) for _ in range(times) for seed in seeds]


def repeated(part, times: int):
    """The stacked images and labels of all seeds, `times` over."""
    return [np.concatenate([array] * times) for array in part]


def fit(seeds, n, settings, watch=None, **options):
    """Train one network for each setting (p, lr) and seed; return layers with (settings x seeds) in front."""
    data, times = blinking.cohort(seeds, n, np.float32), len(settings)
    p, lr = (np.repeat(column, len(seeds)) for column in zip(*settings))
    options = {"steps": 600} | options
    return blinking.train(generators(seeds, times), *repeated(data.train, times), p=p, lr=lr, watch=watch, **options)


def each(numbers: np.ndarray, settings: int) -> np.ndarray:
    """Take the numbers of all networks apart, (settings x seeds, ...) to (settings, seeds, ...)."""
    return numbers.reshape(settings, -1, *numbers.shape[1:])


@cache  # many claims look at them
def pair(seeds: tuple[int, ...], hidden: tuple[int, ...]) -> list[Layer]:
    """Networks without dropout, then with it."""
    return fit(seeds, 300, [(0.0, 0.1), (0.5, 0.1)], hidden=hidden)


def test_readout(seeds, hidden) -> coadaptation.Readout:
    """What the last hidden layers of both kinds send on for the test images."""
    images, labels = repeated(blinking.cohort(seeds, 300, np.float32).test, 2)
    layers = pair(tuple(seeds), hidden)
    return coadaptation.last_layer(layers, blinking.forward(layers, images), labels)


# Co-adaptation


def compared(seeds, measure: str, measures: dict) -> list[dict]:
    """One case for each measure and depth; a measure takes a readout to its effects, one for each seed."""
    nets = {depth: test_readout(seeds, hidden) for depth, hidden in LAYERS.items()}
    return [
        case(f"{name}, {depth}", effect(net), measure)
        for name, effect in measures.items()
        for depth, net in nets.items()
    ]


def loneliest(net) -> np.ndarray:
    """How much the loss rises when the unit leaves that is missed most."""
    worst = np.log2(each(coadaptation.rises(net).max(axis=1), 2))
    return worst[0] - worst[1]


def entwined(net) -> np.ndarray:
    """Mean size of a pair's excess, in units of the mean size of a rise."""
    excess = np.abs(coadaptation.pair_excess(net, range(10))).mean(axis=(1, 2))
    ratio = np.log2(each(excess / np.abs(coadaptation.rises(net)).mean(axis=1), 2))
    return ratio[0] - ratio[1]


def lost_with_half(net) -> np.ndarray:
    """Points of accuracy lost when a random half of the units leaves."""
    units = net.weights.shape[1]
    half = coadaptation.accuracy_left(np.random.default_rng(0), net, units // 2)
    lost = 100 * each(coadaptation.accuracy_of(net) - half, 2)
    return lost[0] - lost[1]


def taken_back(net) -> np.ndarray:
    """Percent of what units say that others cancel."""
    back = 100 * each(coadaptation.cancellation(net), 2)
    return back[0] - back[1]


def rely(seeds) -> dict:
    """With dropout units rely less on each other."""
    measures = {"the unit that is missed most leaves": loneliest, "excess of pairs, in units of a rise": entwined}
    cases = compared(seeds, RATIO, measures)
    return claim("dropout reduces co-adaptation, by what leaving costs", "Advanced Optimizations", cases)


def coadapted(seeds) -> dict:
    """With dropout units work against each other less."""
    measures = {
        "accuracy lost with half of the units": lost_with_half,
        "share of what is said that is taken back": taken_back,
    }
    cases = compared(seeds, "percentage points less than the ordinary network", measures)
    return claim("dropout reduces co-adaptation, by halves and by what is taken back", "Advanced Optimizations", cases)


def correlated(seeds) -> dict:
    """With dropout units are less correlated."""

    def effect(net):
        alike = 100 * each(coadaptation.correlation(net), 2)
        return alike[0] - alike[1]

    cases = compared(seeds, "hundredths less", {"mean correlation of two units": effect})
    return claim("dropout makes units less correlated", "Advanced Optimizations", cases)


def carried(seeds) -> dict:
    """With dropout the function rests on more units."""

    def effect(net):
        carry = each(coadaptation.carriers(coadaptation.rises(net)), 2)
        return carry[1] - carry[0]

    cases = compared(seeds, "units more", {"units that make up half of all rises": effect})
    return claim("with dropout more units carry the function", "Advanced Optimizations", cases)


def share(which: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Percent of the units `of` that are also among `which`, both (2 x seeds, H), to (2, seeds)."""
    return 100 * each((which & of).sum(axis=1) / of.sum(axis=1), 2)


def free_riders(seeds) -> dict:
    """There are no free riders."""
    cases = []
    for words, hidden in LAYERS.items():
        net = test_readout(seeds, hidden)
        speaks = net.hidden.max(axis=1) > 0  # a relu unit that is never on is out of the count
        spared = share(coadaptation.rises(net) <= 0, speaks)
        helps = coadaptation.help_in_company(np.random.default_rng(0), net)
        useless = share(helps <= 0, speaks)
        cases += [
            case(f"the full network can spare them, {words}", spared[0] - spared[1], SHARE),
            case(f"no help to a random half, {words}", useless[0] - useless[1], SHARE),
        ]
    return claim("there are no free-riders", "Advanced Optimizations", cases)


# Overfitting


class Losses:
    """Watches a training: every so many steps the losses of some images, with all units on."""

    def __init__(self, parts, every: int):
        self.parts, self.every, self.found = parts, every, []

    def __call__(self, step, layers, multipliers):
        if step % self.every == 0:
            self.found.append([blinking.loss(layers, *part) for part in self.parts])


@cache  # two claims look at it
def generalized(seeds: tuple[int, ...], n: int) -> dict:
    """Gap between test and training loss, accuracy, and lowest loss; each (2, seeds): without dropout, with it."""
    data = blinking.cohort(seeds, n, np.float32)
    valid, test = repeated(data.valid, 2), repeated(data.test, 2)
    seen = Losses([valid, test], every=50)
    layers = fit(seeds, n, [(0.0, 0.1), (0.5, 0.1)], seen)
    losses = np.array(seen.found)  # (times, valid or test, networks)
    best = losses[:, 0].argmin(axis=0)
    return {
        "gap": each(losses[-1, 1] - blinking.loss(layers, *repeated(data.train, 2)), 2),
        "right": 100 * each(blinking.accuracy(layers, *test), 2),
        "stopped": each(losses[best, 1, np.arange(losses.shape[-1])], 2),
    }


IMAGES = (100, 300, 1000)


def overfitted(seeds) -> dict:
    """Dropout decreases overfitting."""
    names = {"gap": "test loss less training loss", "stopped": "test loss, each stopped at its best"}
    found = {n: generalized(tuple(seeds), n) for n in IMAGES}
    cases = [
        case(f"{n} images: {words}", np.log2(found[n][key][0] / found[n][key][1]), RATIO)
        for key, words in names.items()
        for n in IMAGES
    ]
    return claim("dropout decreases overfitting", "Advanced Optimizations", cases)


def more_right(seeds) -> dict:
    """Dropout raises the accuracy on new images."""
    right = {n: generalized(tuple(seeds), n)["right"] for n in IMAGES}
    cases = [case(f"{n} images", right[n][1] - right[n][0], POINTS) for n in IMAGES]
    return claim("dropout raises the accuracy on new images", "Advanced Optimizations", cases)


# Speed


def steps_to(losses: np.ndarray, goal: float, every: int) -> np.ndarray:
    """Steps until a loss is below the goal, (times, networks) to (networks,); one look more than there was if never."""
    below = losses < goal
    return every * (1 + np.where(below.any(axis=0), below.argmax(axis=0), len(losses)))


def faster(seeds, every: int = 10) -> dict:
    """Dropout makes training faster."""
    rates = [0.05, 0.2, 0.4]
    data = repeated(blinking.cohort(seeds, 300, np.float32).train, 2 * len(rates))
    whole, masked = [], []

    def watch(step, layers, multipliers):
        if step % every == 0:
            blinks = [m[:, np.arange(300) % m.shape[1]] for m in multipliers]  # each mask for several images
            whole.append(blinking.loss(layers, *data))
            masked.append(blinking.loss(layers, *data, blinks))

    fit(seeds, 300, [(p, lr) for p in (0.0, 0.5) for lr in rates], watch, steps=600)
    cases = []
    for words, losses in {"all units": whole, "with masks": masked}.items():
        for goal in (0.3, 0.1, 0.03, 0.01):
            steps = np.log2(steps_to(np.array(losses), goal, every).reshape(2, len(rates), -1))
            best = [one[one.mean(axis=1).argmin()] for one in steps]
            cases.append(case(f"to {goal}, {words}, best rates", best[0] - best[1], FASTER))
            if words == "all units":
                cases.append(case(f"to {goal}, {words}, rate 0.05", steps[0, 0] - steps[1, 0], FASTER))
    return claim("dropout makes training faster", "Advanced Optimizations", cases)


# Masks


def masks(seeds) -> dict:
    """A mask for every sample works best."""
    rates, found = [0.02, 0.1], {}
    data = blinking.cohort(seeds, 1000, np.float32)
    valid, test = repeated(data.valid, 2), repeated(data.test, 2)
    for kind in blinking.HOW_OFTEN:
        layers = fit(seeds, 1000, [(0.5, lr) for lr in rates], mask=kind)
        best = each(blinking.loss(layers, *valid), 2).mean(axis=1).argmin()
        losses = np.log2(each(blinking.loss(layers, *test), 2))
        found[kind] = {"best rates": losses[best], "rate 0.02": losses[0], "rate 0.1": losses[1]}
    cases = [
        case(f"{one}, not {other}, {words}", found[other][words] - found[one][words], LOWER)
        for one, other in (("sample", "batch"), ("sample", "epoch"), ("batch", "epoch"))
        for words in ("best rates", "rate 0.1")
    ]
    return claim("the more often a new mask is drawn, the better", "Multimodal Optimization", cases)


@cache  # two claims look at it
def both_ways(seeds: tuple[int, ...], hidden: tuple[int, ...], passes: int = 100) -> dict:
    """Effects of averaging the probabilities of 100 masks in the place of one scaled pass, for each seed."""
    images, labels = blinking.cohort(seeds, 300, np.float32).test
    layers = [Layer(*(array[len(seeds) :] for array in layer)) for layer in pair(seeds, hidden)]
    rngs, mean = generators(seeds), 0.0
    for _ in range(passes):
        blinks = blinking.draw(rngs, hidden, [0.5] * len(seeds), images.shape[1])
        mean = mean + softmax(blinking.forward(layers, images, blinks)[-1]) / passes
    by_masks = cross_entropy(np.log(mean), labels).mean(axis=1)
    right = (mean.argmax(axis=-1) == labels).mean(axis=1) - blinking.accuracy(layers, images, labels)
    return {"loss": np.log2(blinking.loss(layers, images, labels) / by_masks), "accuracy": 100 * right}


def average_of(key: str, measure: str):
    """Averaging many masks predicts better than one scaled pass, by `key`."""

    def averaged(seeds) -> dict:
        cases = [case(words, both_ways(tuple(seeds), hidden)[key], measure) for words, hidden in LAYERS.items()]
        deck = "Introduction to Deep Learning (continued)"
        return claim(f"the average over 100 masks beats the scaled pass, by {key}", deck, cases)

    return averaged


# The way back


def with_new_masks(rng: np.random.Generator):
    """A wrong backward pass: it draws a mask of its own."""

    def way_back(layers, sent, labels, multipliers):
        wrong = [m[..., rng.permutation(m.shape[-1])] for m in multipliers]  # as many on, but others
        whole = [sent[0], *(h @ weights + bias for h, (weights, bias) in zip(sent, layers[:-1]))]  # before relu
        delta = np.exp(sent[-1] - sent[-1].max(axis=-1, keepdims=True))
        delta /= delta.sum(axis=-1, keepdims=True)
        delta -= labels[..., None] == np.arange(delta.shape[-1])
        delta /= labels.shape[-1]
        grads = []
        for depth in range(len(layers) - 1, -1, -1):
            grads.insert(0, Layer(np.swapaxes(sent[depth], -1, -2) @ delta, delta.sum(axis=-2, keepdims=True)))
            if depth > 0:
                delta = delta @ np.swapaxes(layers[depth].weights, -1, -2) * (whole[depth] > 0) * wrong[depth - 1]
        return grads

    return way_back


@cache  # two claims look at it
def with_both_masks(seeds: tuple[int, ...], lr: float) -> dict:
    """What the right way back gains over the wrong one: log2 of the ratio of losses, and points."""
    images, labels = blinking.cohort(seeds, 300, np.float32).test
    ways = {"way_back": with_new_masks(np.random.default_rng(0))}, {}
    nets = [fit(seeds, 300, [(0.5, lr)], **way) for way in ways]
    losses = [blinking.loss(layers, images, labels) for layers in nets]
    points = [100 * blinking.accuracy(layers, images, labels) for layers in nets]
    return {"loss": np.log2(losses[0] / losses[1]), "accuracy": points[1] - points[0]}


def way_back_of(key: str, measure: str):
    """The backward pass needs the mask of the forward pass, by `key`."""

    def same_mask(seeds) -> dict:
        cases = [case(f"rate {lr}", with_both_masks(tuple(seeds), lr)[key], measure) for lr in (0.01, 0.1)]
        return claim(f"the way back needs the mask of the way in, by {key}", "Multimodal Optimization", cases)

    return same_mask


CLAIMS = {
    "reliance": rely,
    "co-adaptation": coadapted,
    "correlation": correlated,
    "carriers": carried,
    "free riders": free_riders,
    "overfitting": overfitted,
    "accuracy": more_right,
    "speed": faster,
    "masks": masks,
    "average": average_of("loss", LOWER),
    "average accuracy": average_of("accuracy", POINTS),
    "way back": way_back_of("loss", LOWER),
    "way back accuracy": way_back_of("accuracy", POINTS),
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
