"""Mini-batches: by hand, against torch's loader and optimizer and against brute force, properties, and errors."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.linear import LEAST_SQUARES, risk_gradient
from mmcourse.optimization.minibatch import (
    JPEG_LUMINANCE,
    batch_means,
    cosine,
    epoch,
    sgd,
    spread,
    standard_error,
    typical_cosine,
)

sizes = st.integers(1, 40)


def cloud(seed=0, count=5, dim=3):
    return np.random.default_rng(seed).normal(1.0, 2.0, size=(count, dim))


def test_by_hand():
    assert [part.tolist() for part in epoch(5, 2)] == [[0, 1], [2, 3], [4]]
    path = sgd(lambda w, i: w - np.array([4.0, 0.0, 8.0])[i].mean(), np.zeros(1), 3, lr=0.5, batch=2, epochs=1)
    np.testing.assert_array_equal(path[:, 0], [0, 1, 4.5])  # the mean of 4 and 0 is 2, half way; then 8, half way
    pair = np.array([[1.0, 3.0], [1.0, -3.0]])
    assert spread(pair) == 3 and standard_error(pair, 9) == 1 and typical_cosine(pair, 9) == pytest.approx(0.5**0.5)


def test_the_table_is_the_one_of_the_slide():
    assert JPEG_LUMINANCE.shape == (8, 8) and JPEG_LUMINANCE.sum() == 3688
    assert JPEG_LUMINANCE[0].tolist() == [16, 11, 10, 16, 24, 40, 51, 61] and JPEG_LUMINANCE[-1, -1] == 99


@given(sizes, sizes, st.integers(0, 99))
def test_an_epoch_has_every_example_once(size, batch, seed):
    parts = list(epoch(size, batch, np.random.default_rng(seed)))
    assert sorted(np.concatenate(parts)) == list(range(size))
    assert len(parts) == int(np.ceil(size / batch)) and all(len(part) == batch for part in parts[:-1])


def test_epochs_are_shuffled_anew():
    rng = np.random.default_rng(0)
    first, second = (np.concatenate(list(epoch(50, 8, rng))) for _ in range(2))
    assert not np.array_equal(first, second)


def test_in_order_it_is_torchs_loader_and_optimizer():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(11, 3)), rng.normal(size=11)
    path = sgd(lambda w, i: risk_gradient(LEAST_SQUARES, w, x[i], y[i]), np.ones(3), 11, lr=0.1, batch=4, epochs=3)
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=4)
    for inputs, targets in itertools.chain(*[loader] * 3):
        optimizer.zero_grad()
        (torch.nn.functional.mse_loss(inputs @ w, targets) / 2).backward()
        optimizer.step()
    assert len(path) == 10
    np.testing.assert_allclose(path[-1], w.detach().numpy(), atol=1e-12)


def test_the_standard_error_is_that_of_all_possible_batches():
    """All 125 mini-batches of three out of five, with replacement: no chance left."""
    gradients = cloud()
    means = np.array([gradients[list(chosen)].mean(axis=0) for chosen in itertools.product(range(5), repeat=3)])
    np.testing.assert_allclose(means.mean(axis=0), gradients.mean(axis=0), atol=1e-12)
    squared = np.square(means - gradients.mean(axis=0)).sum(axis=1).mean()
    assert standard_error(gradients, 3) == pytest.approx(np.sqrt(squared), rel=1e-12)


def test_and_without_replacement_the_note_is_right():
    gradients = cloud()
    means = np.array([gradients[list(chosen)].mean(axis=0) for chosen in itertools.combinations(range(5), 3)])
    squared = np.square(means - gradients.mean(axis=0)).sum(axis=1).mean()
    assert standard_error(gradients, 3) * np.sqrt(2 / 4) == pytest.approx(np.sqrt(squared), rel=1e-12)


def test_drawn_batches_spread_as_told():
    gradients, rng = cloud(count=200), np.random.default_rng(2)
    means = batch_means(gradients, 16, 4000, rng)
    measured = np.sqrt(np.square(means - gradients.mean(axis=0)).sum(axis=1).mean())
    assert measured == pytest.approx(standard_error(gradients, 16), rel=0.05)  # of 4000 draws


@given(st.integers(0, 99), st.floats(-1e4, 1e4), st.integers(1, 1000))
def test_a_shift_leaves_the_spread_and_a_scale_leaves_the_cosine(seed, number, batch):
    gradients = cloud(seed)
    assert spread(gradients + number) == pytest.approx(spread(gradients), rel=1e-6)
    assert typical_cosine(gradients * 1e4, batch) == pytest.approx(typical_cosine(gradients, batch), rel=1e-9)
    assert cosine(gradients, -3 * gradients) == pytest.approx(-1.0)


def test_the_typical_cosine_is_typical_in_many_dimensions():
    gradients = np.random.default_rng(3).normal(0.3, 1.0, size=(500, 100))
    measured = cosine(batch_means(gradients, 8, 2000, np.random.default_rng(4)), gradients.mean(axis=0)).mean()
    assert measured == pytest.approx(typical_cosine(gradients, 8), abs=0.01)


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="at least 1, got 0.*batch=size"):
        list(epoch(5, 0))
