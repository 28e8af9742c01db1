"""The engine: by hand, against torch on random graphs, against differences, its order, and what its errors say."""

import gc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.foundations.autodiff import Tensor, exp, log, topological_order, unbroadcast
from mmcourse.foundations.gradients import gradient_check

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def tensors(*arrays):
    return [Tensor(array) for array in arrays]


def assert_like_torch(function, *arrays, atol=1e-12):
    """The same expression here and in torch: its value, and its gradient by every array after a random projection."""
    ours, theirs = tensors(*arrays), [torch.tensor(array, requires_grad=True) for array in arrays]
    left, right = function(*ours), function(*theirs)
    np.testing.assert_allclose(left.value, right.detach().numpy(), rtol=1e-12, atol=atol)
    incoming = np.random.default_rng(7).normal(size=left.shape)
    left.backward(incoming)
    right.backward(torch.tensor(incoming))
    for mine, other in zip(ours, theirs):
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-12, atol=atol)


# By hand


def test_the_graph_of_the_lecture_by_hand():
    x, y, z = Tensor(-2.0), Tensor(5.0), Tensor(-4.0)
    f = (x + y) * z
    f.backward()
    assert [t.grad.item() for t in (f, x, y, z)] == [1.0, -4.0, -4.0, 3.0]


def test_a_diamond_adds_up_its_paths():
    x = Tensor(3.0)
    square, double = x * x, 2 * x
    (square * double).backward()  # 2x³
    assert x.grad == 54.0


def test_a_tensor_used_many_times_gets_a_share_from_each_use():
    x = Tensor(2.0)
    (x * x * x + x + x / x).backward()
    assert x.grad == pytest.approx(13.0, abs=1e-15)


# Against torch


TWO = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
}
SHAPES = [(), (3,), (1,), (4, 3), (4, 1), (1, 3), (2, 4, 3), (2, 1, 1)]


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("left", SHAPES, ids=str)
@pytest.mark.parametrize("right", SHAPES, ids=str)
def test_every_operator_broadcasts_like_torch(name, left, right, rng):
    assert_like_torch(TWO[name], rng.normal(size=left), rng.normal(size=right))


ONE = {
    "neg": lambda a: -a,
    "cube": lambda a: a**3,
    "root": lambda a: (a * a + 1) ** 0.5,
    "number on the left": lambda a: 2 - a + 3 * a + (1 + a) + 1 / (a * a + 2),
    "sum": lambda a: a.sum(),
    "sum over rows": lambda a: a.sum(0),
    "sum, kept": lambda a: a.sum(1, keepdims=True) * a,
    "sum over two": lambda a: a.sum((0, 1)),
    "mean": lambda a: a.mean(),
    "mean over columns": lambda a: a.mean(1),
    "reshape": lambda a: a.reshape(2, 6) * a.reshape(2, 6),
    "flat": lambda a: a.reshape(-1)[3:7],
    "transpose": lambda a: a.T @ a,
    "rows": lambda a: a[1:3] * a[0],
    "picked twice": lambda a: a[[0, 0, 2]],
    "pairs": lambda a: a[[0, 1, 1], [2, 0, 0]],
    "every other column": lambda a: a[:, ::2],
    "one number": lambda a: a[2, 1] * a,
}


@pytest.mark.parametrize("name", ONE)
def test_every_function_of_one_tensor_is_like_torch(name, rng):
    assert_like_torch(ONE[name], rng.normal(size=(4, 3)))


@pytest.mark.parametrize(("ours", "theirs"), [(exp, torch.exp), (log, torch.log)])
def test_functions_are_like_torch(ours, theirs, rng):
    def either(a):
        return (ours if isinstance(a, Tensor) else theirs)(a) * a

    assert_like_torch(either, rng.uniform(0.1, 3, size=(4, 3)))


@pytest.mark.parametrize(
    ("left", "right"), [((4, 3), (3, 2)), ((5, 4, 3), (3, 2)), ((4, 3), (5, 3, 2)), ((5, 1, 4, 3), (2, 3, 1))]
)
def test_matrix_products_are_like_torch_with_batches_in_front(left, right, rng):
    assert_like_torch(lambda A, B: A @ B, rng.normal(size=left), rng.normal(size=right))


def grow(rng, steps=25):
    """A random program: which operation on which earlier results. Everything has one of three shapes that mix."""
    program = []
    for count in range(4, 4 + steps):
        kind = rng.choice(["add", "sub", "mul", "div", "matmul", "T", "sum", "mean", "pick", "reshape"])
        program.append((kind, *rng.integers(count, size=2)))
    return program


def play(program, leaves):
    """Run it, here or in torch; the result of every step is 3 × 3, 1 × 3 or 3 × 1."""
    made = list(leaves)
    for kind, i, j in program:
        a, b = made[i], made[j]
        if kind in TWO:
            new = TWO[kind](a, b)
        elif kind == "matmul":
            new = (a + 0 * made[0]) @ (b + 0 * made[0]) * 0.3
        elif kind == "T":
            new = a.T
        elif kind in ("sum", "mean"):
            new = getattr(a, kind)(int(j) % 2, keepdims=True) + b
        elif kind == "pick":
            new = a[[-1, 0, 0]] * 0.5 if a.shape[0] == 3 else a[:, [-1, 0, 0]] if a.shape[1] == 3 else a
        else:
            new = a.reshape(-1).reshape(tuple(a.shape)[::-1])
        made.append(new / ((new * new).sum() + 1) ** 0.5)  # stays small
    return sum(((k + 1) * result).sum() for k, result in enumerate([*leaves, *made[-5:]]))


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_random_graphs_equal_torch(seed):
    rng = np.random.default_rng(seed)
    leaves = [rng.normal(size=shape) for shape in ((3, 3), (3, 3), (1, 3), (3, 1))]
    program = grow(rng)
    assert_like_torch(lambda *leaves: play(program, leaves), *leaves, atol=1e-11)


# Against differences


def test_a_formula_with_everything_passes_the_gradient_check(rng):
    W, x = rng.normal(size=(3, 3)), rng.normal(size=(5, 3))

    def formula(array):
        w = Tensor(array)
        h = exp(0.3 * (x @ w)) + w.sum(0)
        return w, (log(h * h + 1) / (1 + w[0, 0] ** 2)).mean() - (w.T @ w).reshape(-1)[2:5].sum()

    w, value = formula(W)
    value.backward()
    assert gradient_check(lambda array: float(formula(array)[1].value), w.grad, W, rng).passed


# Properties


@given(seeds)
def test_the_gradient_is_linear_in_what_comes_in(seed):
    rng = np.random.default_rng(seed)
    a, b, grads = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), []
    for incoming in (a, b, 2 * a - 3 * b):
        x = Tensor(np.arange(6.0).reshape(2, 3))
        (x * x + x[::-1]).backward(incoming)
        grads.append(x.grad)
    np.testing.assert_allclose(grads[2], 2 * grads[0] - 3 * grads[1], rtol=0, atol=1e-12)


@given(seeds)
def test_every_node_comes_after_all_that_it_was_made_from_and_once(seed):
    rng = np.random.default_rng(seed)
    leaves = tensors(*rng.normal(size=(4, 3, 3)))
    nodes = topological_order(play(grow(rng), leaves))
    place = {id(node): i for i, node in enumerate(nodes)}
    assert len(place) == len(nodes)
    assert all(place[id(parent)] < place[id(node)] for node in nodes for parent, _ in node.edges)


def test_a_node_is_visited_once_however_many_paths_lead_through_it():
    calls, x = [], Tensor(1.0)

    def pull(g):
        calls.append(g)
        return g

    y = Tensor(1.0, [(x, pull)])
    for _ in range(20):  # a million paths
        y = y + y
    y.backward()
    assert x.grad == 2**20 and len(calls) == 1


def test_a_long_chain_needs_no_recursion_neither_to_compute_nor_to_forget():
    x = y = Tensor(1.0)
    for _ in range(50_000):
        y = y + 0.0
    y.backward()
    assert x.grad == 1.0
    del y
    gc.collect()


def test_backward_starts_from_zero_each_time():
    x = Tensor(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 6.0


def test_a_gradient_is_nobody_elses_array():
    x, y = Tensor(np.ones(3)), Tensor(np.ones(3))
    incoming = np.ones(3)
    (x + y).backward(incoming)
    x.grad += 1
    assert np.all(y.grad == 1) and np.all(incoming == 1)


def test_plain_arrays_are_data_on_either_side():
    W, X = Tensor(np.ones((3, 2))), np.ones((4, 3))
    product = X @ W
    assert len(product.edges) == 1 and isinstance(X[0, 0] * W, Tensor) and isinstance(np.ones(2) + W, Tensor)
    assert (np.ones((2, 2)) - W[:2]).shape == (2, 2) and (W @ np.ones((2, 5))).shape == (3, 5)


def test_extremes_stay_finite():
    x = Tensor(np.array([1e4, -1e4, 1e-4]))
    (x * x / (x * x + 1)).sum().backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize(
    ("big", "small"), [((4, 3), (3,)), ((4, 3), ()), ((4, 3), (4, 1)), ((2, 4, 3), (1, 1)), ((3,), (3,)), ((), ())]
)
def test_unbroadcast_is_the_adjoint_of_broadcasting(big, small, rng):
    grad, array = rng.normal(size=big), rng.normal(size=small)
    summed = unbroadcast(grad, small)
    assert summed.shape == small
    assert np.sum(summed * array) == pytest.approx(np.sum(grad * np.broadcast_to(array, big)), abs=1e-12)


# What it says of itself


def test_repr_tells_how_it_was_made_and_what_it_gets():
    w, x = Tensor(np.ones((64, 10)), name="W"), Tensor(np.ones((32, 64)))
    y = x @ w
    assert repr(y) == "Tensor (32, 64) @ W = (32, 10), no gradient yet"
    y.name = "scores"
    loss = y.sum()
    loss.backward()
    assert repr(y) == "Tensor scores = (32, 64) @ W = (32, 10), gradient (32, 10)"
    assert repr(w) == "Tensor W = (64, 10), gradient (64, 10)"
    assert repr(Tensor(2.0)) == "Tensor 2.0, no gradient yet"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tensor(np.ones((32, 10))) + np.ones(32), r"`\+` .* got \(32, 10\) and \(32,\).* shape \(rows, 1\)"),
        (lambda: np.ones(2) / Tensor(np.ones(3)), r"`/` needs shapes that broadcast, got \(2,\) and \(3,\)"),
        (lambda: Tensor(np.ones((2, 3))) @ Tensor(np.ones((2, 3))), r"\(2, 3\) @ \(2, 3\): 3 is not 2; transposed\?"),
        (lambda: Tensor(np.ones(3)) @ np.ones((3, 2)), r"`@` needs matrices, got shapes \(3,\) and \(3, 2\)"),
        (lambda: Tensor(np.ones(3)).backward(), r"starts from one number, .* shape \(3,\): take its sum or mean"),
        (lambda: Tensor(np.ones((2, 3))).backward(np.ones((3, 2))), r"\(2, 3\), got \(3, 2\): transposed\?"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(make, message):
    with pytest.raises(ValueError, match=message):
        make()
