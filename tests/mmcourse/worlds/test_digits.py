"""The digits: real, split without overlap, and the same for the same seed."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mmcourse.worlds.digits import digits


def test_splits_share_no_image_and_all_images_are_there():
    world = digits(np.random.default_rng(1), sizes=(1000, 397, 400))
    images = np.concatenate([split.images for split in world])
    labels = np.concatenate([split.labels for split in world])
    real, names = load_digits(return_X_y=True)
    mine, theirs = (np.lexsort(np.column_stack([x, y]).T) for x, y in ((images * 16, labels), (real, names)))
    np.testing.assert_array_equal(images[mine] * 16, real[theirs])
    np.testing.assert_array_equal(labels[mine], names[theirs])


def test_pixels_go_from_paper_to_ink_and_every_digit_is_everywhere():
    for split in digits(np.random.default_rng(2)):
        assert split.images.min() == 0 and split.images.max() == 1
        assert set(split.labels) == set(range(10))


def test_the_generator_decides_who_is_where():
    one, same, other = (digits(np.random.default_rng(seed)).train.labels for seed in (3, 3, 4))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize("sizes", [(1000, 397, 401), (10, -1, 10)])
def test_more_images_than_there_are_is_an_error(sizes):
    with pytest.raises(ValueError, match="1797 images at most"):
        digits(np.random.default_rng(0), sizes)
