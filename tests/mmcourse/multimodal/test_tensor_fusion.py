"""Tensor fusion: by hand, against loops, its blocks, its low-rank form, and what it costs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.gradcheck import numerical_gradient
from mmcourse.multimodal.tensor_fusion import (
    block_mask,
    blocks,
    count_weights,
    full_weights,
    fuse_three,
    fuse_two,
    low_rank,
)

SIZES = st.lists(st.integers(1, 4), min_size=3, max_size=3)


def parts_of(rng, sizes, batch=3):
    return [rng.normal(size=(batch, D)) for D in sizes]


def test_two_by_hand():
    # [1, 2, 1] ⊗ [3, 1] is [[3, 1], [6, 2], [3, 1]]: last row y and 1, last column x and 1
    assert fuse_two(np.array([[1.0, 2.0]]), np.array([[3.0]]))[0].tolist() == [[3, 1], [6, 2], [3, 1]]


@given(SIZES, st.integers(0, 1000))
def test_three_are_what_three_loops_give(sizes, seed):
    parts = parts_of(np.random.default_rng(seed), sizes, batch=2)
    tensor = fuse_three(*parts)
    for b in range(2):
        x, y, z = ([*part[b], 1.0] for part in parts)
        for i, j, k in np.ndindex(tensor.shape[1:]):
            assert tensor[b, i, j, k] == pytest.approx(x[i] * y[j] * z[k], abs=1e-12)


@given(SIZES)
def test_blocks_cover_the_tensor_once(sizes):
    seen = np.zeros([D + 1 for D in sizes])
    for place in blocks(sizes).values():
        seen[place] += 1
    assert (seen == 1).all() and len(blocks(sizes)) == 8


def test_each_block_carries_its_group_only():
    rng = np.random.default_rng(0)
    parts = parts_of(rng, (2, 3, 4))
    tensor = fuse_three(*parts)
    for group, place in blocks((2, 3, 4)).items():
        for m in range(3):
            others = [1e4 * part if k == m else part for k, part in enumerate(parts)]
            changed = fuse_three(*others)[(slice(None), *place)] != tensor[(slice(None), *place)]
            assert changed.all() if m in group else not changed.any()


def test_a_mask_keeps_its_groups_and_the_corner():
    mask = block_mask((2, 3, 4), [(0,), (1, 2)])
    assert mask.sum() == 1 + 2 + 12 and mask[-1, -1, -1] == 1 and (mask[:2, 3, 4] == 1).all()
    assert (mask[2, :3, :4] == 1).all()
    assert block_mask((2, 3, 4), list(blocks((2, 3, 4)))).all()


@given(SIZES, st.integers(1, 4), st.integers(0, 1000))
def test_low_rank_is_the_full_tensor_contracted(sizes, rank, seed):
    rng = np.random.default_rng(seed)
    parts, factors = parts_of(rng, sizes), [rng.normal(size=(rank, D + 1, 2)) for D in sizes]
    wanted = np.einsum("bijk,ijkh->bh", fuse_three(*parts), full_weights(factors))
    np.testing.assert_allclose(low_rank(parts, factors), wanted, atol=1e-10)


def test_low_rank_of_high_enough_rank_can_be_any_tensor():
    rng = np.random.default_rng(1)
    wanted = rng.normal(size=(3, 4))  # its singular values and vectors are the factors
    left, values, right = np.linalg.svd(wanted)
    factors = [(left[:, :3] * values).T[..., None], right[:3][..., None]]
    np.testing.assert_allclose(full_weights(factors)[..., 0], wanted, atol=1e-12)


def test_the_gradient_of_low_rank_is_that_of_torch_and_of_differences():
    rng = np.random.default_rng(2)
    parts, factors = parts_of(rng, (2, 3, 2)), [rng.normal(size=(2, D + 1, 1)) for D in (2, 3, 2)]
    vision = torch.tensor(parts[1], requires_grad=True)
    full = torch.tensor(full_weights(factors)[..., 0])
    with_ones = [torch.cat([torch.as_tensor(p), torch.ones(3, 1)], dim=1) for p in (parts[0], vision, parts[2])]
    torch.einsum("bi,bj,bk,ijk->", *with_ones, full).backward()
    wanted = numerical_gradient(lambda y: low_rank([parts[0], y, parts[2]], factors).sum(), parts[1])
    np.testing.assert_allclose(vision.grad.numpy(), wanted, atol=1e-7)


def test_extremes_stay_finite():
    big = [np.full((1, 2), 1e4), np.full((1, 2), -1e4), np.full((1, 2), 1e4)]
    assert fuse_three(*big)[0, 0, 0, 0] == pytest.approx(-1e12) and np.isfinite(fuse_three(*big)).all()


def test_weights_are_counted_as_the_paper_and_the_program_have_them():
    assert count_weights([32, 32, 128]) == 33 * 33 * 129 == 140_481
    assert count_weights([32, 32, 64]) == 70_785
    factors = [np.zeros((4, D + 1, 3)) for D in (32, 32, 128)]
    assert count_weights([32, 32, 128], outputs=3, rank=4) == sum(factor.size for factor in factors) == 3 * 4 * 195


def test_errors():
    with pytest.raises(ValueError, match=r"shape \(B, D\) with the same B, got \(2, 3\), \(3, 3\)"):
        fuse_two(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"\(rank, 3, H\), got \(4, 2, 1\): is the row for the 1 missing"):
        low_rank([np.zeros((5, 2))], [np.zeros((4, 2, 1))])
