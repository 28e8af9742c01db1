"""Moves as data: Delannoy's numbers, brute force, and what a slope constraint forbids."""

import numpy as np
import pytest

from mmcourse.multimodal.step_patterns import (
    ASYMMETRIC,
    PATTERNS,
    SYMMETRIC1,
    SYMMETRIC2,
    SYMMETRIC_P1,
    all_paths,
    count_paths,
    divisor,
)


def test_plain_moves_give_delannoys_numbers():
    central = [count_paths((n, n)) for n in range(1, 7)]
    assert central == [1, 3, 13, 63, 321, 1683]  # Delannoy (1895); OEIS A001850
    assert count_paths((3, 5)) == count_paths((5, 3)) == 41


@pytest.mark.parametrize("moves", PATTERNS.values())
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 4), (5, 4)])
def test_the_list_is_as_long_as_the_count(moves, shape):
    window = np.abs(np.subtract.outer(np.arange(shape[0]), np.arange(shape[1]))) <= 2
    for allowed in (None, window):
        paths = all_paths(shape, moves, allowed)
        assert len(paths) == count_paths(shape, moves, allowed) == len({tuple(path) for path in paths})
        assert all(allowed is None or allowed[i, j] for path in paths for i, j, _ in path)


def test_symmetric_patterns_count_the_same_both_ways():
    for moves in (SYMMETRIC1, SYMMETRIC2, SYMMETRIC_P1):
        assert count_paths((6, 9), moves) == count_paths((9, 6), moves)


def test_slope_keeps_between_a_half_and_two():
    assert count_paths((3, 7), SYMMETRIC_P1) == 0  # 6 steps against 2: slope 3
    for path in all_paths((5, 6), SYMMETRIC_P1):
        steps = np.diff([(i, j) for i, j, _ in path], axis=0).tolist()
        level = [step != [1, 1] for step in steps]
        assert not any(a and b for a, b in zip(level, level[1:]))  # never two to the side in a row


@pytest.mark.parametrize("moves", [SYMMETRIC2, SYMMETRIC_P1, ASYMMETRIC])
def test_the_divisor_is_the_weight_of_every_path(moves):
    first_cell = 1 if moves is not ASYMMETRIC else 0  # the first cell pays 1, where a step to it would pay 2
    weights = {sum(weight for *_, weight in path) for path in all_paths((5, 6), moves)}
    assert weights == {divisor((5, 6), moves) - first_cell}
    assert len({sum(weight for *_, weight in path) for path in all_paths((5, 6), SYMMETRIC1)}) > 1


def test_brute_force_says_when_it_is_too_much():
    with pytest.raises(ValueError, match=r"a 40 × 44 grid has 1\.9e\+30 paths: list those of a smaller one"):
        all_paths((40, 44))
