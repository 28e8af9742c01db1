"""Deep CCA: networks in the place of the linear directions, trained on the sum of the canonical correlations.

`total_correlation` is an ordinary torch function: its value is what CCA would reach on the outputs of the networks, its
gradient is the closed form of the paper, and both are finite whatever the singular values do.

>>> h = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]], dtype=torch.float64, requires_grad=True)
>>> total = total_correlation(h, 3 * h.detach().flip(0), ridge=0.0)  # the same two numbers, stretched and swapped
>>> round(total.item(), 12)
2.0
>>> total.backward()  # two equal singular values: autograd through an SVD gives NaN here
>>> bool(h.grad.abs().max() < 1e-12)
True
"""

from typing import Any

import torch
from torch import Tensor


def covariance(x: Tensor, y: Tensor) -> Tensor:
    """Return the cross-covariance of views (D, N) that are centred already."""
    return x @ y.T / (x.shape[1] - 1)


def inverse_root(matrix: Tensor) -> Tensor:
    """Return the symmetric inverse root of a covariance: of its eigenvalues, not of its entries."""
    variances, axes = torch.linalg.eigh(matrix)
    return axes / variances.sqrt() @ axes.T


class TotalCorrelation(torch.autograd.Function):
    """The sum of the k largest singular values of T, and its gradient by hand."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, ridge: float, components: int) -> Tensor:
        x, y = x - x.mean(dim=1, keepdim=True), y - y.mean(dim=1, keepdim=True)
        x_root = inverse_root(covariance(x, x) + ridge * torch.eye(len(x), dtype=x.dtype))
        y_root = inverse_root(covariance(y, y) + ridge * torch.eye(len(y), dtype=y.dtype))
        u, d, vt = torch.linalg.svd(x_root @ covariance(x, y) @ y_root, full_matrices=False)
        u, d, v = x_root @ u[:, :components], d[:components], y_root @ vt[:components].T
        ctx.save_for_backward(x, y, u, d, v)
        return d.sum()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None, None]:
        x, y, u, d, v = ctx.saved_tensors
        n = x.shape[1]
        x_grad = (u @ (v.T @ y) - (u * d) @ (u.T @ x)) / (n - 1)
        y_grad = (v @ (u.T @ x) - (v * d) @ (v.T @ y)) / (n - 1)
        return upstream * x_grad, upstream * y_grad, None, None


def total_correlation(x: Tensor, y: Tensor, ridge: float = 1e-4, components: int | None = None) -> Tensor:
    """Return the sum of the canonical correlations of two views, differentiable.

        corr = Σ_i D_ii,   T = (Σ_xx + r I)^(−1/2) Σ_xy (Σ_yy + r I)^(−1/2) = A D Bᵀ
        ∂corr/∂X = (U Vᵀ Ȳ − U D Uᵀ X̄) / (N − 1),   U = Σ_xx^(−1/2) A,  V = Σ_yy^(−1/2) B

    Parameters
    ----------
    x : tensor (D_x, N)
        Output of one network, samples as columns.
    y : tensor (D_y, N)
        Output of the other, the same samples.
    ridge : float, >= 0
        r, on the diagonal of both covariances; 0 only if both have full rank.
    components : int or None
        Add up only the largest so many; None is all of them.

    Returns
    -------
    tensor without axes, from 0 to the number of components

    Raises
    ------
    ValueError
        If the views have different numbers of samples, or there are too few for a covariance without ridge.

    Notes
    -----
    No difference of singular values stands in a denominator of the gradient, so equal ones do no harm. Over the
    samples the gradient adds up to zero: moving a whole view changes nothing.

    References
    ----------
    Andrew, Arora, Bilmes & Livescu (2013), Deep canonical correlation analysis, eq. 10-13.
    """
    if x.dim() != 2 or y.dim() != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(f"need (D, N) and (D, N) with the same N, got {tuple(x.shape)} and {tuple(y.shape)}")
    if ridge == 0 and x.shape[1] <= max(len(x), len(y)):
        raise ValueError(f"{x.shape[1]} samples cannot fill a covariance of {max(len(x), len(y))} variables: ridge > 0")
    most = min(len(x), len(y))
    return TotalCorrelation.apply(x, y, ridge, most if components is None else min(components, most))
