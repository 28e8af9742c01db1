"""Products with a Hessian and Lanczos: against eigh, scipy and torch, and where round-off or symmetry bite."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, eigsh

from mmcourse.optimization.curvature import dense_hessian, hessian_vector_product, lanczos
from mmcourse.optimization.surfaces import ROSENBROCK
from mmcourse.optimization.weightspace import WeightSpace, network_loss


def symmetric(size, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    return matrix + matrix.T


def test_a_product_and_a_hessian_by_hand():
    H = np.array([[2.0, 1.0], [1.0, -3.0]])
    product = hessian_vector_product(lambda x: H @ x, np.array([4.0, 4.0]), np.array([10.0, 0.0]))
    np.testing.assert_allclose(product, [20.0, 10.0], rtol=1e-9)
    np.testing.assert_allclose(dense_hessian(lambda x: H @ x, np.ones(2)), H, rtol=1e-9)


def test_lanczos_by_hand():
    # diag(1, 3) from (1, 1)/√2: after one product the mean, 2 ± 1, after two both
    found = lanczos(lambda v: np.array([1.0, 3.0]) * v, np.ones(2), 1)
    np.testing.assert_allclose(found.eigenvalues, [2.0])
    np.testing.assert_allclose(found.error, [1.0])
    np.testing.assert_allclose(lanczos(lambda v: np.array([1.0, 3.0]) * v, np.ones(2), 2).eigenvalues, [1.0, 3.0])


def test_a_product_equals_torch_on_a_network():
    rng, space = np.random.default_rng(1), WeightSpace((6, 4, 3))
    x, labels = rng.normal(size=(20, 6)), rng.integers(3, size=20)
    theta, v = rng.normal(size=(2, space.dimension))

    def loss(theta):
        W, b, V, c = (
            part.reshape(shape)
            for part, shape in zip(torch.split(theta, [int(np.prod(s)) for s in space.shapes]), space.shapes)
        )
        scores = torch.tanh(torch.tensor(x) @ W + b) @ V + c
        return torch.nn.functional.cross_entropy(scores, torch.tensor(labels))

    grad = network_loss(space, x, labels).grad
    exact = torch.autograd.functional.hessian(loss, torch.tensor(theta)).numpy()
    ours = hessian_vector_product(grad, theta, v)
    np.testing.assert_allclose(ours, exact @ v, atol=1e-7)  # differences of third order: 1e-8 times a third derivative
    np.testing.assert_allclose(dense_hessian(grad, theta), exact, atol=1e-7)
    both_ends = lanczos(lambda u: hessian_vector_product(grad, theta, u), v, 30).eigenvalues[[0, -1]]
    np.testing.assert_allclose(both_ends, np.linalg.eigvalsh(exact)[[0, -1]], atol=1e-6)


def test_the_error_of_differences_is_of_second_order():
    x, v = np.array([-1.2, 1.0]), np.array([1.0, 0.5])
    exact = ROSENBROCK.hessian(x) @ v
    errors = [np.abs(hessian_vector_product(ROSENBROCK.grad, x, v, step) - exact).max() for step in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_as_many_steps_as_dimensions_give_all_eigenvalues(size):
    H = symmetric(size)
    found = lanczos(lambda v: H @ v, np.random.default_rng(1).normal(size=size), size + 5)
    values, vectors = np.linalg.eigh(H)
    np.testing.assert_allclose(found.eigenvalues, values, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(found.eigenvectors * vectors, axis=0)), 1, atol=1e-8)


def test_both_ends_equal_scipy():
    H = symmetric(300)
    found = lanczos(lambda v: H @ v, np.random.default_rng(2).normal(size=300), 80)
    theirs = eigsh(LinearOperator((300, 300), matvec=lambda v: H @ v), k=2, which="BE", return_eigenvectors=False)
    np.testing.assert_allclose(found.eigenvalues[[0, -1]], np.sort(theirs), rtol=1e-6)


@given(st.integers(2, 30), st.integers(0, 1000))
def test_bounds_hold_and_guesses_come_from_inside(steps, seed):
    H = symmetric(30, seed)
    found, exact = lanczos(lambda v: H @ v, np.random.default_rng(seed).normal(size=30), steps), np.linalg.eigvalsh(H)
    distance = np.abs(found.eigenvalues[:, None] - exact).min(axis=1)
    assert (distance <= found.error + 1e-9).all()
    assert found.eigenvalues[0] >= exact[0] - 1e-9 and found.eigenvalues[-1] <= exact[-1] + 1e-9
    residual = np.linalg.norm(H @ found.eigenvectors - found.eigenvectors * found.eigenvalues, axis=0)
    np.testing.assert_allclose(residual, found.error, atol=1e-8)


def test_the_basis_stays_orthogonal_when_eigenvalues_were_found():
    curvatures = np.concatenate([[1e4, 5e3], np.linspace(0, 1, 500)])
    found = lanczos(lambda v: curvatures * v, np.random.default_rng(3).normal(size=502), 60)
    np.testing.assert_allclose(found.eigenvectors.T @ found.eigenvectors, np.eye(60), atol=1e-10)
    assert (found.eigenvalues > 2e3).sum() == 2  # no ghosts: each is found once


def test_it_stops_when_there_is_nothing_new():
    found = lanczos(lambda v: 3.0 * v, np.ones(50), 20)
    np.testing.assert_allclose(found.eigenvalues, [3.0])
    assert found.error[0] < 1e-12
    assert lanczos(np.zeros_like, np.ones(5), 3).eigenvalues == [0.0]


def test_the_length_of_a_vector_does_not_change_how_far_one_walks():
    x, v = np.array([-1.2, 1.0]), np.array([0.3, -0.4])
    for scale in (1e-4, 1e4):
        product = hessian_vector_product(ROSENBROCK.grad, x, scale * v)
        np.testing.assert_allclose(product / scale, ROSENBROCK.hessian(x) @ v, rtol=1e-6)
    assert not hessian_vector_product(ROSENBROCK.grad, x, np.zeros(2)).any()


def test_wrong_input_is_refused_with_advice():
    with pytest.raises(ValueError, match=r"`v` must have the shape of `x`, \(2,\), got \(3,\)"):
        hessian_vector_product(lambda x: x, np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match=r"`start` must not be zero: take a random vector"):
        lanczos(lambda v: v, np.zeros(3), 2)
