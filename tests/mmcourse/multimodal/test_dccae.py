"""Networks for two views: what they learn, what it costs, and that the loss is the sum of its parts."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal.cca import correlation, fit_cca
from mmcourse.multimodal.dccae import (
    ViewNetworks,
    columns,
    dccae_loss,
    held_out_correlation,
    reconstruction_error,
    train_views,
)
from mmcourse.worlds.views import discs


def networks(seed=0, code=1):
    return ViewNetworks(np.random.default_rng(seed), (2, 16, code), (2, 16, code))


@pytest.fixture(scope="module")
def trained():
    old, new = discs(np.random.default_rng(1), 200), discs(np.random.default_rng(2), 500)
    nets = networks()
    train_views(nets, np.random.default_rng(3), old.x, old.y, steps=150)
    return nets, old, new


def test_it_finds_the_shared_radius_which_cca_does_not(trained):
    nets, old, new = trained
    assert held_out_correlation(nets, old, new)[0] > 0.9
    assert abs(correlation(*fit_cca(old.x, old.y).project(new.x, new.y))[0]) < 0.2
    assert abs(np.corrcoef(nets.codes(new.x, new.y)[0][0], new.shared[0])[0, 1]) > 0.85


def test_the_held_out_correlation_is_cca_of_the_codes(trained):
    nets, old, new = trained
    codes, fresh = nets.codes(old.x, old.y), nets.codes(new.x, new.y)
    sign = np.sign(np.corrcoef(codes[0][0], codes[1][0])[0, 1])
    expected = sign * np.corrcoef(fresh[0][0], fresh[1][0])[0, 1]  # codes of one dimension: nothing to turn
    assert held_out_correlation(nets, old, new)[0] == pytest.approx(expected, abs=1e-9)


def test_the_loss_is_the_sum_of_its_parts_and_its_gradient_that_of_differences():
    pair, nets = discs(np.random.default_rng(4), 20), networks(5, code=2).double()
    x, y = (columns(view).double() for view in (pair.x, pair.y))
    loss, total, error = dccae_loss(nets, x, y, weight=0.7, ridge=1e-2)
    assert loss.item() == pytest.approx(-total.item() + 0.7 * error.item(), rel=1e-12)
    loss.backward()
    for weights in (nets.encoders[0][0].weight, nets.decoders[1][2].weight):
        grad, step = weights.grad[0, 0].item(), 1e-6
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                weights[0, 0] += sign * step
                ends.append(dccae_loss(nets, x, y, 0.7, 1e-2)[0].item())
                weights[0, 0] -= sign * step
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(grad, abs=1e-7)


def test_decoders_buy_reconstruction_with_correlation():
    old, new = discs(np.random.default_rng(6), 200), discs(np.random.default_rng(7), 500)
    agreed, lost = [], []
    for weight in (0.001, 10.0):
        nets = networks(8, code=2)
        train_views(nets, np.random.default_rng(9), old.x, old.y, weight=weight, steps=200)
        agreed.append(held_out_correlation(nets, old, new)[0])
        lost.append(reconstruction_error(nets, new.x, new.y))
    assert agreed[0] > 0.9 > 0.5 > agreed[1]
    assert lost[1] < 0.1 < 0.5 < lost[0]


def test_the_same_generators_give_the_same_networks():
    pair = discs(np.random.default_rng(0), 40)
    runs = [train_views(networks(1), np.random.default_rng(2), pair.x, pair.y, steps=5, batch=10) for _ in range(2)]
    assert runs[0] == runs[1] and len(runs[0]) == 5


def test_an_error_of_one_is_that_of_the_mean():
    nets = networks()
    with torch.no_grad():
        for decoder in nets.decoders:
            decoder[-1].weight.zero_()
            decoder[-1].bias.zero_()
    x = np.array([[1.0, -1.0, 2.0, -2.0], [0.5, -0.5, 0.0, 0.0]])
    assert reconstruction_error(nets, x, 3 * x) == pytest.approx(1, abs=1e-6)  # single precision


def test_a_batch_of_one_is_refused():
    with pytest.raises(ValueError, match="at least two samples"):
        train_views(networks(), np.random.default_rng(0), np.ones((2, 5)), np.ones((2, 5)), batch=1)
