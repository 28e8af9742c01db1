"""The experiment of lecture 05: gradients are those of torch, orders what they are called, choices fair."""

import numpy as np
import pytest
import torch

from tests.course.test_experiments import FOLDER, load


@pytest.fixture(scope="module")
def l05():
    return load(FOLDER / "l05.py")


@pytest.mark.parametrize("kind", ["LINEAR", "SMALL"])
def test_many_seeds_and_rates_have_torchs_losses_and_gradients(l05, kind):
    sizes = getattr(l05, kind)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(2, 5, 64)), rng.integers(10, size=(2, 5))
    params = [p.astype(float) + 0.1 * rng.normal(size=p.shape) for p in l05.start(sizes, [0, 1], rates=3)]
    found = l05.gradients(params, x, labels)
    each = l05.losses(l05.forward(params, x)[-1], labels)[0]
    for rate, seed in np.ndindex(3, 2):
        tensors = [torch.tensor(param[rate, seed], requires_grad=True) for param in params]
        h = torch.tensor(x[seed])
        for layer in range(0, len(tensors), 2):
            h = h @ tensors[layer] + tensors[layer + 1]
            h = torch.relu(h) if layer + 2 < len(tensors) else h
        loss = torch.nn.functional.cross_entropy(h, torch.tensor(labels[seed]))
        loss.backward()
        assert each[rate, seed].mean() == pytest.approx(loss.item(), abs=1e-10)
        for grad, tensor in zip(found, tensors, strict=True):
            np.testing.assert_allclose(grad[rate, seed], tensor.grad.numpy(), atol=1e-10)


@pytest.mark.parametrize("kind", ["sorted", "once", "every epoch", "replacement", "diverse"])
def test_orders_are_what_they_are_called(l05, kind):
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(10), 20))
    picks = l05.order(kind, labels, 20, 3, np.random.default_rng(2))
    assert picks.shape == (30, 20)
    epochs = picks.reshape(3, 200)
    complete = [sorted(epoch) == list(range(200)) for epoch in epochs]
    assert all(complete) if kind != "replacement" else not any(complete)
    assert np.array_equal(epochs[0], epochs[1]) == (kind in ("sorted", "once"))
    classes = [len(set(labels[pick])) for pick in picks]
    if kind == "sorted":
        assert max(classes) == 1
    if kind == "diverse":
        assert min(classes) == 10


def test_wrong_labels_are_the_share_that_was_asked_for_and_only_in_training(l05):
    right, wrong = l05.images([0, 1], 500), l05.images([0, 1], 500, 0.4)
    changed = (right.train.labels != wrong.train.labels).mean(axis=1)
    np.testing.assert_allclose(changed, 0.4 * 0.9, atol=0.06)  # a tenth of the lots are right by chance
    for part in ("valid", "test"):
        np.testing.assert_array_equal(getattr(right, part).labels, getattr(wrong, part).labels)


def test_the_hardest_are_the_ones_with_the_largest_losses(l05):
    parts = l05.images([0, 1], 300)
    params = l05.start(l05.SMALL, [0, 1], rates=2)
    pick = l05.hardest([0, 1], parts.train, batch=300 // 10, of=300, updates=1)[0](params)
    each = l05.losses(l05.forward(params, parts.train.x)[-1], parts.train.labels)[0]
    for rate, seed in np.ndindex(2, 2):
        chosen = set(pick[rate, seed])
        others = [i for i in range(300) if i not in chosen]
        assert each[rate, seed, list(chosen)].min() >= each[rate, seed, others].max()


def test_rates_are_chosen_on_validation_images(l05):
    """A rate whose test score is better does not win if its validation score is worse."""
    parts, seeds = l05.images([0], 200), [0]
    params = l05.train(l05.LINEAR, seeds, parts.train, (0.0, 0.15), [None] * 30)
    assert l05.judged(params, parts) == l05.accuracy(params, parts.test)[1]
    swapped = l05.Parts(parts.train, parts.valid._replace(labels=(parts.valid.labels + 1) % 10), parts.test)
    assert l05.judged(params, swapped) == l05.accuracy(params, parts.test)[0]
