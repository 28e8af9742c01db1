"""Answers to the exercises of lecture 20, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def block_size(sizes, group):
    entries = 1
    for m in group:
        entries *= sizes[m]
    return entries


def ceiling(weights, reliability):
    explained = total = 0.0
    for group, weight in weights.items():
        variance = weight**2
        total += variance
        explained += variance * np.prod([reliability[m] for m in group])
    return explained / total


def augmented(sound, video):
    sound_input = np.concatenate([sound, np.zeros_like(sound), sound])
    video_input = np.concatenate([video, video, np.zeros_like(video)])
    return sound_input, video_input, np.concatenate([sound] * 3), np.concatenate([video] * 3)


def unit_given(W, b, c, x, i):
    def free_energy(state):
        return -state @ b - np.log1p(np.exp(c + state @ W)).sum()

    on, off = np.array(x, dtype=float), np.array(x, dtype=float)
    on[i], off[i] = 1, 0
    return 1 / (1 + np.exp(free_energy(on) - free_energy(off)))


VOICES = {(0,): 0.5, (1,): 0.2, (0, 1): 0.4, (0, 2): 0.3, (0, 1, 2): 0.6}
SOUND, VIDEO = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]])
W = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 1.5]])
B, C = np.array([0.5, -1.0, 0.2]), np.array([-0.5, 0.3])

EXERCISES = [
    Exercise(
        "block-size",
        block_size,
        hints=[
            "In the block of a group every modality of the group contributes all its units; every other modality "
            "contributes one entry only. Which one?",
            "The others contribute their 1. So the number is the product of sizes[m] over the m in the group, and 1 "
            "for the empty group.",
        ],
        checks=[
            Check("a pair of three", [call("entries", [4, 3, 5], (0, 2))]),
            Check("all three", [call("entries", [4, 3, 5], (0, 1, 2))]),
            Check("one alone", [call("entries", [4, 3, 5], (1,))]),
            Check("the corner", [call("entries", [4, 3, 5], ())]),
            Check("two of five modalities", [call("entries", [2, 3, 4, 5, 6], (1, 4))]),
        ],
        mistakes=[
            mistake(
                "with_the_ones",
                {"entries *= sizes[m]": "entries *= sizes[m] + 1"},
                "That counts the rows of the 1s too: with them you get the blocks of all smaller groups as well.",
            ),
            mistake(
                "added",
                {"entries = 1": "entries = 0", "entries *= sizes[m]": "entries += sizes[m]"},
                "That is the length of a concatenation. In a block every unit meets every unit of the others.",
            ),
        ],
    ),
    Exercise(
        "ceiling",
        ceiling,
        hints=[
            "What part of the variance of one voice does the best guess explain, if its streams have the reliabilities "
            "ρ_m? And what part of the whole variance is that voice?",
            "Sum w² · Π ρ_m over the groups, the product over the streams of each, and divide by the sum of all w².",
        ],
        checks=[
            Check("all streams alike", [call("share", {(0,): 1.0, (0, 1): 1.0}, np.array([0.8, 0.8, 0.8]))]),
            Check("streams that differ", [call("share", VOICES, np.array([0.9, 0.6, 0.7]))]),
            Check("one is missing", [call("share", VOICES, np.array([0.9, 0.0, 0.7]))]),
            Check("no noise", [call("share", VOICES, np.array([1.0, 1.0, 1.0]))]),
        ],
        mistakes=[
            mistake(
                "weights_not_squared",
                {"weight**2": "abs(weight)"},
                "A voice with weight w adds w² to the variance, not w: variances add up, amplitudes do not.",
            ),
            mistake(
                "not_a_share",
                {"return explained / total": "return explained"},
                "With no noise at all the share must be 1. What you return is the explained variance itself.",
            ),
            mistake(
                "mean_reliability",
                {"np.prod([": "np.mean(["},
                "A pair is guessed as the product of two guesses: with one stream missing nothing of it is left, and "
                "your number is not 0.",
            ),
        ],
    ),
    Exercise(
        "augmented",
        augmented,
        hints=[
            "Write down the three kinds of rows for one clip: what is the sound input of each, what the video input, "
            "what are the targets?",
            "np.concatenate puts arrays on top of each other and copies them. Targets are three times the whole "
            "modality; in the inputs one third is np.zeros_like of it.",
        ],
        checks=[
            Check("two clips", [call("set", SOUND, VIDEO)]),
            Check("one clip", [call("set", SOUND[:1], VIDEO[:1])]),
        ],
        mistakes=[
            mistake(
                "zeros_in_the_target",
                {"np.concatenate([sound] * 3), np.concatenate([video] * 3)": "sound_input.copy(), video_input.copy()"},
                "The targets have zeros in them: the network would learn to be silent about what is missing, instead "
                "of to rebuild it.",
            ),
            mistake(
                "exchanged",
                {
                    "[sound, np.zeros_like(sound), sound]": "[sound, sound, np.zeros_like(sound)]",
                    "[video, video, np.zeros_like(video)]": "[video, np.zeros_like(video), video]",
                },
                "The second block of rows was to be without sound, the third without video: yours are the other way "
                "round.",
            ),
            mistake(
                "both_at_once",
                {"[video, video, np.zeros_like(video)]": "[video, np.zeros_like(video), video]"},
                "Where the sound is missing, the video is missing too: from nothing nothing can be rebuilt.",
            ),
        ],
    ),
    Exercise(
        "unit-given",
        unit_given,
        hints=[
            "Only two states fit: x with entry i set to 1, and with it set to 0. Their probabilities are in the ratio "
            "of exp(-F), and they add up to 1.",
            "p = exp(-F1) / (exp(-F1) + exp(-F0)) = 1 / (1 + exp(F1 - F0)), with "
            "F = -x @ b - np.log1p(np.exp(c + x @ W)).sum().",
        ],
        checks=[
            Check("first unit", [call("chance", W, B, C, np.array([1.0, 0.0, 1.0]), 0)]),
            Check("the entry itself must not matter", [call("chance", W, B, C, np.array([0.0, 0.0, 1.0]), 0)]),
            Check("last unit", [call("chance", W, B, C, np.array([1.0, 1.0, 0.0]), 2)]),
        ],
        mistakes=[
            mistake(
                "sign",
                {"free_energy(on) - free_energy(off)": "free_energy(off) - free_energy(on)"},
                "That is the probability to be 0: the state with the lower free energy is the more probable one.",
            ),
            mistake(
                "mean_field",
                {
                    "return 1 / (1 + np.exp(free_energy(on) - free_energy(off)))": (
                        "return 1 / (1 + np.exp(-b[i] - W[i] @ (1 / (1 + np.exp(-c - off @ W)))))"
                    )
                },
                "You put the mean of each hidden unit into p(x_i = 1 | h). But the mean of a σ is not the σ of a mean: "
                "sum over the hidden states, which is what the free energy does.",
            ),
            mistake(
                "no_bias",
                {"-state @ b - np": "-np"},
                "The bias of the visible units is missing from the free energy.",
            ),
        ],
    ),
]
