"""Stacks of classifiers that blink: by hand, against torch, and what their masks and generators promise."""

import numpy as np
import pytest
import torch

from mmcourse.foundations.losses import cross_entropy
from mmcourse.generalization import blinking
from mmcourse.generalization.blinking import Layer
from mmcourse.generalization.noise import gaussian_multiplier, inverted_multiplier
from mmcourse.gradcheck import gradient_check


def generators(*seeds):
    return [np.random.default_rng(seed) for seed in seeds]


def nets(sizes=(5, 4, 3, 2), seeds=(0, 1)):
    layers = blinking.start(generators(*seeds), sizes)
    rng = np.random.default_rng(9)
    return [Layer(W, rng.normal(size=b.shape)) for W, b in layers]


def batch(sizes=(5, 4, 3, 2), B=7, N=2):
    rng = np.random.default_rng(3)
    return rng.normal(size=(N, B, sizes[0])), rng.integers(sizes[-1], size=(N, B))


def test_one_image_by_hand():
    layers = [
        Layer(np.array([[[1.0, -1.0]]]), np.array([[[0.5, 0.0]]])),
        Layer(np.array([[[2.0], [3.0]]]), np.array([[[-1.0]]])),
    ]
    x = np.array([[[1.0]]])  # hidden: 1.5 and max(-1, 0)
    assert [a.tolist() for a in blinking.forward(layers, x)] == [[[[1.0]]], [[[1.5, 0.0]]], [[[2.0]]]]
    assert blinking.forward(layers, x, [np.array([[[2.0, 0.0]]])])[-1].item() == 5.0
    assert blinking.forward(layers, x, [np.array([[[0.0, 2.0]]])])[-1].item() == -1.0


@pytest.mark.parametrize("noise", [None, inverted_multiplier, gaussian_multiplier])
@pytest.mark.parametrize("rows", [1, 7])
def test_losses_and_gradients_equal_torch(noise, rows):
    layers, (x, labels) = nets(), batch()
    multipliers = None if noise is None else blinking.draw(generators(5, 6), (4, 3), (0.5, 0.2), rows, noise)
    sent = blinking.forward(layers, x, multipliers)
    grads = blinking.backward(layers, sent, labels, multipliers)
    losses = blinking.loss(layers, x, labels, multipliers)
    for n in range(2):
        tensors = [tuple(torch.tensor(part[n], requires_grad=True) for part in layer) for layer in layers]
        h = torch.tensor(x[n])
        for depth, (W, b) in enumerate(tensors[:-1]):
            h = torch.relu(h @ W + b) * (1.0 if multipliers is None else torch.tensor(multipliers[depth][n]))
        loss = torch.nn.functional.cross_entropy(h @ tensors[-1][0] + tensors[-1][1], torch.tensor(labels[n]))
        loss.backward()
        assert losses[n] == pytest.approx(loss.item(), rel=1e-10)
        for layer, expected in zip(grads, tensors, strict=True):
            np.testing.assert_allclose(layer.weights[n], expected[0].grad, atol=1e-12)
            np.testing.assert_allclose(layer.bias[n], expected[1].grad, atol=1e-12)


def test_gradients_are_differences_with_the_mask_held():
    layers, (x, labels) = nets(), batch()
    multipliers = blinking.draw(generators(5, 6), (4, 3), (0.5, 0.5), 7)

    def loss(W):
        moved = [layers[0]._replace(weights=W), *layers[1:]]
        return blinking.loss(moved, x, labels, multipliers).sum()

    def grad(W):
        moved = [layers[0]._replace(weights=W), *layers[1:]]
        return blinking.backward(moved, blinking.forward(moved, x, multipliers), labels, multipliers)[0].weights

    assert gradient_check(loss, grad, layers[0].weights, np.random.default_rng(0)).passed


def test_training_is_torchs_sgd():
    data = blinking.cohort([0], n=60)
    ours = blinking.train(generators(4), *data.train, p=0.0, hidden=(8,), lr=0.1, steps=12, batch=20)
    rng = np.random.default_rng(4)
    layers = blinking.start([rng], (64, 8, 10))
    params = [torch.tensor(part[0], requires_grad=True) for layer in layers for part in layer]
    optimizer = torch.optim.SGD(params, lr=0.1, momentum=0.9)
    x, labels = torch.tensor(data.train.images[0]), torch.tensor(data.train.labels[0])
    rng.spawn(1)  # the masks' own generator
    for step in range(12):
        if step % 3 == 0:
            order = rng.permutation(60)
        chosen = order[20 * (step % 3) :][:20]
        optimizer.zero_grad()
        logits = torch.relu(x[chosen] @ params[0] + params[1]) @ params[2] + params[3]
        torch.nn.functional.cross_entropy(logits, labels[chosen]).backward()
        optimizer.step()
    for layer, W, b in zip(ours, params[::2], params[1::2]):
        np.testing.assert_allclose(layer.weights[0], W.detach(), atol=1e-10)
        np.testing.assert_allclose(layer.bias[0], b.detach(), atol=1e-10)


def masks_of(kind, steps=6, p=0.5):
    seen, data = [], blinking.cohort([0], n=30)
    blinking.train(
        generators(0), *data.train, p=p, hidden=(20,), mask=kind, batch=10, steps=steps,
        watch=lambda step, layers, multipliers: seen.append(multipliers[0][0] > 0),
    )  # fmt: skip
    return seen


def test_how_often_masks_change():
    sample, each_batch, epoch = (masks_of(kind) for kind in blinking.HOW_OFTEN)
    assert [m[0].shape for m in (sample, each_batch, epoch)] == [(10, 20), (1, 20), (1, 20)]
    assert not (sample[0] == sample[0][0]).all()  # rows differ
    assert not any((a == b).all() for a, b in zip(each_batch, each_batch[1:]))
    same = [bool((a == b).all()) for a, b in zip(epoch, epoch[1:])]
    assert same == [True, True, False, True, True]  # three batches are an epoch


def test_generators_fix_start_and_order_whatever_p():
    data = blinking.cohort([3, 3], n=40)
    one = blinking.train(generators(1, 1), *data.train, p=[0.0, 0.0], hidden=(6,), steps=5, batch=20)
    two = blinking.train(generators(1, 1), *data.train, p=[0.0, 0.7], hidden=(6,), steps=5, batch=20)
    np.testing.assert_array_equal(one[0].weights[0], one[0].weights[1])
    np.testing.assert_array_equal(two[0].weights[0], one[0].weights[0])  # the neighbour's p does not matter
    assert not np.allclose(two[0].weights[1], one[0].weights[0])


def test_a_network_does_not_feel_its_neighbours():
    data = blinking.cohort([3, 4], n=40)
    both = blinking.train(generators(1, 2), *data.train, hidden=(6,), steps=5, batch=20, lr=[0.05, 0.1])
    images, labels = data.train
    alone = blinking.train(generators(2), images[1:], labels[1:], hidden=(6,), steps=5, batch=20, lr=0.1)
    np.testing.assert_allclose(both[1].weights[1], alone[1].weights[0], rtol=1e-10)


def test_it_learns_and_keeps_the_type_of_the_images():
    data = blinking.cohort([0, 1], n=200, dtype=np.float32)
    nets = blinking.train(generators(0, 1), *data.train, steps=200, lr=0.1)
    assert blinking.accuracy(nets, *data.test).min() > 0.85
    assert {part.dtype for layer in nets for part in layer} == {np.dtype(np.float32)}
    assert blinking.loss(nets, *data.train).max() < 0.2


def test_losses_are_of_the_logits_and_large_images_are_no_trouble():
    layers, (x, labels) = nets(), batch()
    logits = blinking.forward(layers, 1e4 * x)[-1]
    np.testing.assert_allclose(blinking.loss(layers, 1e4 * x, labels), cross_entropy(logits, labels).mean(axis=1))
    assert all(np.isfinite(part).all() for layer in blinking.backward(layers, blinking.forward(layers, 1e4 * x), labels)
               for part in layer)  # fmt: skip


def test_the_splits_of_a_cohort_share_no_image():
    data = blinking.cohort([5], n=1000)
    parts = [{image.tobytes() for image in part.images[0]} for part in data]
    assert [part.images.shape for part in data] == [(1, 1000, 64), (1, 397, 64), (1, 400, 64)]
    assert not parts[0] & parts[2] and not parts[0] & parts[1] and not parts[1] & parts[2]


def test_wrong_input_is_refused():
    data = blinking.cohort([0], n=30)
    with pytest.raises(ValueError, match=r"`mask` must be one of .* and `batch` 1 to 30, got 'pixel' and 10"):
        blinking.train(generators(0), *data.train, mask="pixel", batch=10)
    with pytest.raises(ValueError, match="`batch` 1 to 30, got 'sample' and 50"):
        blinking.train(generators(0), *data.train)
    with pytest.raises(ValueError, match="the probability to drop a unit"):
        blinking.train(generators(0), *data.train, p=1.0, batch=10)
