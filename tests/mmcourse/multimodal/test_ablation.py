"""Networks that differ in how they join: what each can say, the short way against the long, their gradients."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal import ablation
from mmcourse.multimodal.ablation import JOINS, ROWS, Net, accuracy, explained, fit
from mmcourse.multimodal.tensor_fusion import block_mask, fuse_three

torch.set_num_threads(1)


def signs(seed, worlds=1, count=600):
    rng = np.random.default_rng(seed)
    return [rng.choice([-1.0, 1.0], size=(worlds, count, D)) for D in (3, 2, 2)]


def net_of(how, worlds=2, **options):
    return Net(np.random.default_rng(0), (3, 2, 2), worlds, how, **options)


@pytest.mark.parametrize("how", ROWS)
def test_reading_without_the_tensor_is_reading_the_tensor(how):
    net, streams = net_of(how, units=4), signs(1, worlds=2, count=7)
    parts = net.represent([torch.as_tensor(x, dtype=torch.float32) for x in streams])
    long = net.join(parts) @ net.head + net.constant
    np.testing.assert_allclose(net.scores(streams), long.detach().numpy()[..., 0], atol=1e-5)  # float32
    for r in range(2):  # and the tensor is that of tensor_fusion, masked
        tensor = fuse_three(*(part[r].detach().numpy() for part in parts)) * block_mask((4, 4, 4), ROWS[how])
        np.testing.assert_allclose(net.join(parts)[r].detach().numpy(), tensor.reshape(7, -1), atol=1e-6)


def test_by_hand():
    net = net_of("product", worlds=1, units=1, bias=False)
    with torch.no_grad():
        for weights in net.encode:
            weights.fill_(1.0)
        net.head.fill_(2.0)
        net.constant.fill_(0.5)
    streams = [np.array([[[0.1, 0.2, 0.3]]]), np.array([[[0.5, 0.0]]]), np.array([[[-1.0, 0.0]]])]
    wanted = 2 * np.tanh(0.6) * np.tanh(0.5) * np.tanh(-1.0) + 0.5
    assert net.scores(streams)[0, 0] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("how", JOINS)
def test_the_gradient_in_float64_is_that_of_differences(how):
    net = net_of(how, units=2, hidden=3).double()
    streams = [torch.as_tensor(x) for x in signs(2, worlds=2, count=4)]
    entry = net.encode[0]
    net(streams).sum().backward()
    found = entry.grad[1, 2, 0].item()
    with torch.no_grad():
        ends = []
        for step in (1e-5, -2e-5):
            entry[1, 2, 0] += step
            ends.append(net(streams).sum().item())
    assert found == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("how", ["sum", "concatenation", "language"])
def test_what_cannot_multiply_cannot_hear_a_pair(how):
    streams = signs(3)
    pair = streams[0][..., 0] * streams[1][..., 1]
    assert abs(explained(fit(np.random.default_rng(4), streams, pair, how).scores(signs(5)), pair)[0]) < 0.5
    new = signs(6, count=2000)
    assert accuracy(fit(np.random.default_rng(4), streams, pair, how).scores(new), new[0][..., 0] * new[1][..., 1])[
        0
    ] == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("how", ["bimodal", "notrimodal", "full"])
def test_what_multiplies_hears_it(how):
    streams, new = signs(3), signs(6, count=500)
    net = fit(np.random.default_rng(4), streams, streams[0][..., 0] * streams[1][..., 1], how)
    assert accuracy(net.scores(new), new[0][..., 0] * new[1][..., 1])[0] > 0.95


def test_without_a_bias_the_block_of_three_is_odd_in_each_stream_and_with_one_it_need_not_be():
    streams = signs(7, worlds=2, count=20)
    turned = [-streams[0], *streams[1:]]
    pure = net_of("trimodal", bias=False)
    change = pure.scores(streams) + pure.scores(turned) - 2 * pure.constant.detach().numpy()[..., 0]
    # the corner belongs to every row, as a constant
    corner = pure.head.detach().numpy()[:, -1]
    np.testing.assert_allclose(change, np.broadcast_to(2 * corner, change.shape), atol=1e-5)
    leaky = net_of("trimodal", bias=True)
    with torch.no_grad():
        leaky.bias[0].fill_(5.0)  # a unit that stands still
    assert np.abs(leaky.scores(streams) - leaky.scores(turned)).max() < 0.01 * np.abs(leaky.scores(streams)).max()


def test_worlds_do_not_know_of_each_other():
    streams = signs(8, worlds=2)
    score = np.stack([streams[0][0, :, 0], streams[1][1, :, 0] * streams[2][1, :, 0]])
    one = fit(np.random.default_rng(1), streams, score, "full", steps=20)
    other = fit(np.random.default_rng(1), streams, score * [[1.0], [-3.0]], "full", steps=20)
    np.testing.assert_array_equal(one.scores(streams)[0], other.scores(streams)[0])
    assert not np.allclose(one.scores(streams)[1], other.scores(streams)[1])


def test_extremes_stay_finite():
    assert all(np.isfinite(net_of(how).scores([1e4 * x for x in signs(9, worlds=2, count=5)])).all() for how in JOINS)


def test_measures_by_hand():
    score = np.array([1.0, -1.0, 2.0, -2.0])
    assert explained(score, score) == 1 and explained(0 * score, score) == 0
    assert accuracy(np.array([1.0, 1.0, 1.0, -1.0]), score) == 0.75


def test_errors():
    with pytest.raises(ValueError, match="`how` must be one of sum, concatenation.*got 'late'"):
        net_of("late")
    with pytest.raises(ValueError, match=r"\(R, N, D\) with \(R, N\) = \(1, 5\) of the scores, got \(1, 600, 3\)"):
        fit(np.random.default_rng(0), signs(0), np.zeros((1, 5)), "sum")
    assert set(ablation.ROWS) <= set(JOINS)
