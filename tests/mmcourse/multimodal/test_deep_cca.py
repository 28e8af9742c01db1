"""The loss of deep CCA: its value is the sum of correlations, its gradient that of differences, and finite."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.gradcheck import numerical_gradient
from mmcourse.multimodal.cca import fit_cca
from mmcourse.multimodal.deep_cca import covariance, inverse_root, total_correlation


def views(seed, count=30, sizes=(3, 4)):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(d, count, dtype=torch.float64, generator=generator, requires_grad=True) for d in sizes]


def test_a_case_by_hand():
    """One variable each: the loss is the size of their correlation, here 1/2."""
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    y = torch.tensor([[-5.0, -9.0, -7.0]], dtype=torch.float64)
    assert total_correlation(x, y, ridge=0.0).item() == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("components", [None, 1, 2])
def test_the_value_is_the_sum_of_the_canonical_correlations(ridge, components):
    x, y = views(0)
    fit = fit_cca(x.detach().numpy(), y.detach().numpy(), components or 3, ridge)
    value = total_correlation(x, y, ridge, components).item()
    assert value == pytest.approx(fit.correlations.sum(), rel=1e-10)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("components", [None, 1, 2])
def test_the_gradient_is_that_of_differences(ridge, components):
    x, y = views(1)
    total_correlation(x, y, ridge, components).backward()
    for moved, grad in ((0, x.grad), (1, y.grad)):
        fixed = [x.detach(), y.detach()]

        def value(array, moved=moved, fixed=fixed):
            both = [torch.from_numpy(array) if i == moved else view for i, view in enumerate(fixed)]
            return total_correlation(*both, ridge, components).item()

        expected = numerical_gradient(value, fixed[moved].numpy().copy())
        np.testing.assert_allclose(grad.numpy(), expected, atol=1e-7)  # central differences leave about 1e-9


def test_where_autograd_through_the_svd_gives_nan_the_gradient_is_finite_and_right():
    x = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]], dtype=torch.float64, requires_grad=True)
    y = x.detach().flip(0)
    roots = [inverse_root(covariance(view, view)) for view in (x, y)]
    naive = torch.linalg.svdvals(roots[0] @ covariance(x, y) @ roots[1]).sum()
    assert naive.item() == pytest.approx(2) and torch.autograd.grad(naive, x)[0].isnan().any()
    total_correlation(x, y, ridge=0.0).backward()
    assert x.grad.isfinite().all() and x.grad.abs().max() < 1e-12  # two is the most that two variables can reach


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-4, 1.0, 1e4]))
def test_it_does_not_care_for_scale_and_place_and_the_gradient_adds_up_to_zero(seed, scale):
    x, y = views(seed)
    value = total_correlation(x, y, ridge=0.0)
    assert 0 <= value.item() <= 3 + 1e-9
    moved = total_correlation(scale * x + 1e2, y - 1e4, ridge=0.0)
    assert moved.item() == pytest.approx(value.item(), abs=1e-6)
    value.backward()
    np.testing.assert_allclose(x.grad.sum(dim=1).numpy(), 0, atol=1e-10)
    np.testing.assert_allclose((x.grad @ x.detach().T).diagonal().numpy(), 0, atol=1e-8)  # nor does stretching help


def test_the_upstream_gradient_is_carried_through():
    x, y = views(2)
    (-3 * total_correlation(x, y)).backward()
    got, x.grad = x.grad.clone(), None
    total_correlation(x, y).backward()
    torch.testing.assert_close(got, -3 * x.grad)


def test_constant_codes_have_a_finite_gradient():
    x = torch.zeros(2, 10, dtype=torch.float64, requires_grad=True)
    total_correlation(x, torch.randn(2, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))).backward()
    assert x.grad.isfinite().all()


def test_mistakes_are_told():
    x, y = views(3)
    with pytest.raises(ValueError, match=r"same N, got \(3, 30\) and \(4, 29\)"):
        total_correlation(x, y[:, :29])
    with pytest.raises(ValueError, match="cannot fill a covariance of 4 variables"):
        total_correlation(x[:, :4], y[:, :4], ridge=0.0)
