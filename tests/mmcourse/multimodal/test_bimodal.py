"""The bimodal autoencoder: what is dropped, what is asked for, and that the missing one comes back."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal import bimodal
from mmcourse.multimodal.bimodal import BimodalAutoencoder, drop_thirds, recovered, train

torch.set_num_threads(1)


def one_cause(seed, count=300):
    cause = np.random.default_rng(seed).normal(size=(count, 1))
    return cause * [1.0, -1.0], cause * [0.5, 1.0, 1.0]


def test_thirds_by_hand():
    sound, video = np.arange(1.0, 7)[:, None], np.arange(11.0, 17)[:, None]
    heard, seen = drop_thirds(sound, video)
    assert heard.ravel().tolist() == [1, 2, 0, 0, 5, 6] and seen.ravel().tolist() == [11, 12, 13, 14, 0, 0]
    assert sound.all() and video.all()  # the targets are whole


def test_with_a_rest_more_than_a_third_keeps_both_and_nobody_loses_both():
    heard, seen = drop_thirds(np.ones((8, 2)), np.ones((8, 3)))
    lost = ~np.stack([heard.any(axis=1), seen.any(axis=1)])
    assert lost.sum(axis=1).tolist() == [2, 2] and not lost.all(axis=0).any()


def test_forward_is_the_formula():
    rng = np.random.default_rng(0)
    net = BimodalAutoencoder(rng, sound=2, video=3, hidden=4, code=2).double()
    sound, video = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))

    def through(layer, x):
        return x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()

    both = np.hstack([np.tanh(through(net.encode_sound, sound)), np.tanh(through(net.encode_video, video))])
    code = np.tanh(through(net.code, both))
    heard, seen = net(torch.tensor(sound), torch.tensor(video))
    np.testing.assert_allclose(
        heard.detach().numpy(), through(net.decode_sound, np.tanh(through(net.open_sound, code))), atol=1e-12
    )
    np.testing.assert_allclose(
        seen.detach().numpy(), through(net.decode_video, np.tanh(through(net.open_video, code))), atol=1e-12
    )


def test_gradients_in_float64():
    net = BimodalAutoencoder(np.random.default_rng(1), sound=2, video=3, hidden=3, code=2).double()
    inputs = [torch.randn(2, D, dtype=torch.float64, generator=torch.Generator().manual_seed(D)) for D in (2, 3)]
    assert torch.autograd.gradcheck(lambda a, b: net(a, b), [x.requires_grad_() for x in inputs], atol=1e-7)


def test_a_missing_modality_comes_back_only_when_it_was_trained_for():
    sound, video = one_cause(0)
    new_sound, new_video = one_cause(1)
    share = {}
    for drop in (True, False):
        net = train(np.random.default_rng(2), sound, video, drop=drop, hidden=8, code=2, lr=0.01)
        deaf, blind = net.recover(0 * new_sound, new_video), net.recover(new_sound, 0 * new_video)
        share[drop] = [recovered(deaf.sound, new_sound), recovered(blind.video, new_video)]
    assert min(share[True]) > 0.9 and np.mean(share[True]) > np.mean(share[False])


def test_the_same_generator_gives_the_same_network_and_the_data_stay():
    sound, video = one_cause(3, 60)
    before = sound.copy(), video.copy()
    nets = [train(np.random.default_rng(seed), sound, video, steps=5, hidden=4) for seed in (1, 1, 2)]
    first, same, other = (net.recover(sound, video).sound for net in nets)
    assert np.array_equal(first, same) and not np.array_equal(first, other)
    assert np.array_equal(sound, before[0]) and np.array_equal(video, before[1])


def test_extremes_stay_finite():
    net = BimodalAutoencoder(np.random.default_rng(4), 2, 3)
    assert all(np.isfinite(out).all() for out in net.recover(np.full((1, 2), 1e4), np.full((1, 3), -1e4)))


def test_recovered_by_hand():
    truth = np.array([[0.0], [2.0]])
    assert recovered(truth, truth) == 1 and recovered(np.ones((2, 1)), truth) == 0
    assert recovered(np.array([[0.0], [0.0]]), truth) == -1


def test_error():
    with pytest.raises(ValueError, match="of the same clips, got 2 and 3"):
        bimodal.drop_thirds(np.zeros((2, 1)), np.zeros((3, 1)))
