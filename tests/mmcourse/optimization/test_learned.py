"""A learned optimizer: its input, its gradients, and that it learns."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.learned import LearnedOptimizer, Quadratics, draw_quadratics, preprocess, train, unroll, walk


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_preprocessing_by_hand():
    """The numbers of the paper's formula with p = 10."""
    found = preprocess(torch.tensor([1.0, -0.01, 1e-6, 0.0], dtype=torch.float64)).numpy()
    expected = [[0, 1], [np.log(0.01) / 10, -1], [-1, np.exp(10) * 1e-6], [-1, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.round(5), [[0, 1], [-0.46052, -1], [-1, 0.02203], [-1, 0]], atol=1e-12)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9), st.floats(1, 12))
def test_preprocessing_equals_the_two_cases(numbers, p):
    g = np.array(numbers)
    with np.errstate(divide="ignore"):
        large = np.stack([np.log(np.abs(g)) / p, np.sign(g)], axis=-1)
    small = np.stack([-np.ones_like(g), np.exp(p) * g], axis=-1)
    expected = np.where(np.abs(g)[:, None] >= np.exp(-p), large, small)
    found = preprocess(torch.from_numpy(g), p).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.abs(found[:, 1]).max() <= 1 and found[:, 0].min() >= -1


def test_the_gradient_of_a_problem_is_torchs(rng):
    problem = draw_quadratics(rng, count=3, dim=4)
    x = problem.start.clone().requires_grad_()
    problem.value(x).sum().backward()
    torch.testing.assert_close(problem.grad(x.detach()), x.grad, rtol=1e-5, atol=1e-4)  # float32
    # by hand: (2 · 3 − 1)² = 25, slope 2 · 2 · 5
    one = Quadratics(torch.tensor([[[2.0]]]), torch.tensor([[1.0]]), torch.tensor([[3.0]]))
    assert (one.value(one.start).item(), one.grad(one.start).item()) == (25.0, 20.0)


def test_every_coordinate_has_its_own_memory(rng):
    """Two coordinates with different pasts and the same gradient now get different steps; alone they get the same."""
    optimizer = LearnedOptimizer(rng)
    x = torch.zeros(1, 2)
    _, memory = optimizer(torch.tensor([[1.0, -1.0]]), optimizer.start(x))
    both, _ = optimizer(torch.tensor([[0.5, 0.5]]), memory)
    assert abs(both[0, 0] - both[0, 1]) > 1e-4
    for place, past in enumerate((1.0, -1.0)):
        _, memory = optimizer(torch.tensor([[past]]), optimizer.start(torch.zeros(1, 1)))
        torch.testing.assert_close(optimizer(torch.tensor([[0.5]]), memory)[0][0, 0], both[0, place])


def test_shuffled_coordinates_and_problems_make_no_difference(rng):
    optimizer, problem = LearnedOptimizer(rng), draw_quadratics(rng, count=5, dim=6)
    columns, rows = rng.permutation(6), rng.permutation(5)
    shuffled = Quadratics(problem.W[rows][:, :, columns], problem.y[rows], problem.start[rows][:, columns])
    np.testing.assert_allclose(walk(optimizer, shuffled), walk(optimizer, problem)[:, rows], rtol=1e-3)  # float32


def test_the_gradients_of_the_problem_are_constants(rng):
    """Backpropagation equals differences of the losses when the network reads the gradients of the unchanged walk."""
    optimizer = LearnedOptimizer(rng, hidden=3, scale=2.0).double()  # long steps: the next gradients change much
    problem = Quadratics(*(part.double() for part in draw_quadratics(rng, count=2, dim=3)))
    start = optimizer.start(problem.start)
    unroll(optimizer, problem, problem.start, start, 5)[0].sum().backward()
    grads = []
    x, memory = problem.start, start
    for _ in range(5):
        grads.append(problem.grad(x).detach())
        step, memory = optimizer(grads[-1], memory)
        x = x + step

    @torch.no_grad()
    def loss():  # with the recorded gradients
        x, memory, total = problem.start, start, 0.0
        for grad in grads:
            step, memory = optimizer(grad, memory)
            x = x + step
            total += problem.value(x).sum().item()
        return total

    weight = optimizer.cell.weight_hh
    for place in ((0, 0), (5, 1), (11, 2)):
        saved = weight.data[place].item()
        ends = []
        for change in (1e-6, -1e-6):
            weight.data[place] = saved + change
            ends.append(loss())
        weight.data[place] = saved
        assert weight.grad[place].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-6)


def test_an_unrolled_walk_is_the_walk_in_pieces(rng):
    optimizer, problem = LearnedOptimizer(rng), draw_quadratics(rng, count=4)
    losses, x, memory = unroll(optimizer, problem, problem.start, optimizer.start(problem.start), 4)
    later, _, _ = unroll(optimizer, problem, x, memory, 6)
    whole = walk(optimizer, problem, steps=10)
    np.testing.assert_allclose(torch.cat([losses, later]).detach(), whole[1:], rtol=1e-5)
    np.testing.assert_allclose(whole[0], problem.value(problem.start))


def test_the_first_step_is_that_of_a_cell_without_a_past(rng):
    optimizer, grad = LearnedOptimizer(rng), torch.tensor([[3.0, -0.2]])
    h, _ = optimizer.cell(preprocess(grad)[0])  # torch starts from zeros when it gets no memory
    torch.testing.assert_close(optimizer(grad, optimizer.start(grad))[0], 0.1 * optimizer.out(h).T)


def test_after_a_cut_the_walk_goes_on(rng):
    """With a teacher that does not teach, the history of a training in windows is that of the walk as a whole."""
    optimizer, problem = LearnedOptimizer(rng), draw_quadratics(rng, count=4)
    history = train(optimizer, lambda: problem, walks=1, steps=30, window=5, lr=0.0)
    assert history[0] == pytest.approx(walk(optimizer, problem, steps=30)[1:].mean(), rel=1e-5)


def test_training_repeats_and_leaves_torchs_generator_alone():
    before = torch.random.get_rng_state()
    ends = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        optimizer = LearnedOptimizer(rng, hidden=4)
        train(optimizer, lambda rng=rng: draw_quadratics(rng, 2, dim=2), walks=2, steps=4, window=2)
        ends.append(torch.nn.utils.parameters_to_vector(optimizer.parameters()).detach().numpy())
    np.testing.assert_array_equal(*ends)
    assert torch.equal(before, torch.random.get_rng_state())


def test_it_learns(rng):
    """Forty short walks in two dimensions: the loss on new problems is a small part of what it was."""
    optimizer, exam, seen = LearnedOptimizer(rng), draw_quadratics(np.random.default_rng(9), 50, dim=2), []
    train(optimizer, lambda: draw_quadratics(rng, 8, dim=2), walks=40, steps=20, watch=seen.append)
    after = walk(optimizer, exam, steps=20)
    assert after[-1].mean() < after[0].mean() / 4
    assert seen == list(range(40))


def test_extreme_gradients_give_finite_steps(rng):
    optimizer = LearnedOptimizer(rng)
    grad = torch.tensor([[0.0, 1e-30, 1e4, -1e30]])
    assert optimizer(grad, optimizer.start(grad))[0].isfinite().all()


def test_a_window_must_divide_the_walk(rng):
    with pytest.raises(ValueError, match="`window` must divide `steps`, got 20 and 50: try 20 and 60"):
        train(LearnedOptimizer(rng), lambda: draw_quadratics(rng, 1), walks=1, steps=50)
