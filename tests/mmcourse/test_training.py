"""Training: the plain loop by hand and against torch, a state for every array, batches, and errors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.updates import update_of
from mmcourse.training import batches, train


def test_two_steps_by_hand():
    found = train([np.array([4.0]), np.array(2.0)], lambda params, step: params, update_of("descent", 0.5), steps=2)
    assert [value.tolist() for value in found] == [[1.0], 0.5]


def test_it_equals_torch_with_adam_on_two_arrays():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    start = [rng.normal(size=(3, 2)), np.zeros(2)]

    def grads_at(params, step):
        error = x @ params[0] + params[1] - y
        return [x.T @ error / 20, error.mean(axis=0)]

    ours = train(start, grads_at, update_of("Adam", 0.01), steps=100)
    theirs = [torch.tensor(array, requires_grad=True) for array in start]
    optimizer = torch.optim.Adam(theirs, lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        error = torch.tensor(x) @ theirs[0] + theirs[1] - torch.tensor(y)
        (error.square().sum() / 40).backward()
        optimizer.step()
    for mine, its in zip(ours, theirs):
        np.testing.assert_allclose(mine, its.detach().numpy(), rtol=0, atol=1e-9)


def test_every_array_has_a_state_of_its_own_and_the_start_stays():
    start, seen = [np.ones(2), np.ones(3)], []
    train(start, lambda params, step: [p * 0 + 1 for p in params], update_of("Adagrad", 0.1), 3,
          watch=lambda params, states: seen.append(states))  # fmt: skip
    assert seen[0] == [None, None] and len(seen) == 4
    np.testing.assert_array_equal(seen[3][0][0], [3, 3])
    np.testing.assert_array_equal(seen[3][1][0], [3, 3, 3])
    np.testing.assert_array_equal(start[0], [1, 1])


def test_a_step_knows_its_number():
    numbers = []
    train([np.zeros(1)], lambda params, step: numbers.append(step) or params, update_of("descent", 0.1), 4)
    assert numbers == [0, 1, 2, 3]


def test_one_gradient_for_every_array():
    with pytest.raises(ValueError, match="must return 2 gradients, one for each array, got 1"):
        train([np.zeros(1), np.zeros(1)], lambda params, step: params[:1], update_of("descent", 0.1), 1)


@given(count=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 100))
def test_in_a_pass_nothing_comes_twice(count, size, seed):
    if size > count:
        with pytest.raises(ValueError, match=f"between 1 and {count} examples, got {size}"):
            next(batches(np.random.default_rng(seed), count, size))
        return
    drawn = batches(np.random.default_rng(seed), count, size)
    for _ in range(2):
        rows = np.concatenate([next(drawn) for _ in range(count // size)])
        assert len(set(rows.tolist())) == len(rows) == count // size * size
        assert rows.min() >= 0 and rows.max() < count
