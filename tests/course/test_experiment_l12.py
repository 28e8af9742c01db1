"""The parts of experiment l12 that are its own: how steps are counted, and the wrong way back."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mmcourse.generalization import blinking

PATH = Path(__file__).parents[2] / "experiments" / "l12.py"


@pytest.fixture(scope="module")
def l12():
    spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Shifted:
    """A generator whose permutations are known."""

    def __init__(self, by):
        self.by = by

    def permutation(self, n):
        return np.roll(np.arange(n), self.by)


@pytest.mark.parametrize("by, same", [(0, True), (1, False)])
def test_the_wrong_way_back_is_wrong_only_in_its_mask(l12, by, same):
    data = blinking.cohort([0, 1], n=20)
    rngs = [np.random.default_rng(0), np.random.default_rng(1)]
    layers = blinking.start(rngs, (64, 8, 6, 10))
    multipliers = blinking.draw(rngs, (8, 6), (0.5, 0.5), 20)
    sent = blinking.forward(layers, data.train.images, multipliers)
    right = blinking.backward(layers, sent, data.train.labels, multipliers)
    wrong = l12.with_new_masks(Shifted(by))(layers, sent, data.train.labels, multipliers)
    np.testing.assert_allclose(wrong[-1].weights, right[-1].weights, atol=1e-12)  # no mask on its way
    assert np.allclose(wrong[0].weights, right[0].weights, atol=1e-12) == same


def test_steps_are_counted_to_the_first_loss_below_the_goal(l12):
    losses = np.array([[0.9, 0.1, 0.9], [0.4, 0.6, 0.9], [0.6, 0.6, 0.9]])  # (times, networks)
    assert l12.steps_to(losses, 0.5, every=10).tolist() == [20, 10, 40]


def test_networks_of_a_setting_stand_together(l12):
    layers = l12.fit([3, 4], 50, [(0.0, 0.1), (0.5, 0.1)], hidden=(6,), steps=3, batch=25)
    weights = l12.each(layers[0].weights, 2)
    assert weights.shape == (2, 2, 64, 6)
    alone = l12.fit([3, 4], 50, [(0.5, 0.1)], hidden=(6,), steps=3, batch=25)[0].weights
    np.testing.assert_allclose(weights[1], alone, atol=1e-6)  # float32


def test_share_leaves_silent_units_out(l12):
    which = np.array([[True, True, False, False], [True, False, False, False]])
    speaks = np.array([[True, False, True, True], [True, True, False, False]])
    np.testing.assert_allclose(l12.share(which, speaks), [[100 / 3], [50]])
