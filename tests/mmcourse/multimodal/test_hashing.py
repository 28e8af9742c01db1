"""Codes of signs: distances by hand and by brute force, angles, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.multimodal.hashing import hamming, packed_bytes, random_planes, sign_code


def codes(seed, count, bits):
    return np.where(np.random.default_rng(seed).random((count, bits)) < 0.5, -1, 1)


def test_by_hand():
    assert sign_code(np.array([0.0, -1e-9, 1e4])).tolist() == [1, -1, 1]
    assert hamming(np.array([[1, 1, -1]]), np.array([[1, -1, 1], [1, 1, -1]])).tolist() == [[2, 0]]


@given(st.integers(0, 10_000), st.integers(1, 200))
def test_it_counts_the_bits_that_differ_and_is_a_metric(seed, bits):
    a, b = codes(seed, 4, bits), codes(seed + 1, 5, bits)
    distance = hamming(a.astype(np.int8), b.astype(np.int8))  # 200 bits: a sum in one byte would overflow
    np.testing.assert_array_equal(distance, (a[:, None] != b[None]).sum(axis=-1))
    np.testing.assert_array_equal(hamming(b, a), distance.T)
    assert (distance <= hamming(a, a[:1]) + distance[:1]).all()


def test_random_planes_measure_angles():
    planes = random_planes(np.random.default_rng(0), 2, 20_000)
    for angle in (0.0, np.pi / 3, np.pi / 2, np.pi):
        both = sign_code(np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]]) @ planes)
        assert hamming(both[:1], both[1:])[0, 0] / 20_000 == pytest.approx(angle / np.pi, abs=0.015)  # 4 / (2 √20,000)


def test_eight_bits_are_a_byte():
    packed = packed_bytes(np.array([[1, -1, -1, -1, -1, -1, -1, 1, 1]]))
    assert packed.tolist() == [[129, 128]]


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="`b` must hold -1 and 1 only: call sign_code first"):
        hamming(codes(0, 1, 3), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="same number of bits, got 3 and 4"):
        hamming(codes(0, 1, 3), codes(0, 1, 4))
