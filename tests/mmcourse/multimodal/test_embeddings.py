"""Two towers: bags by hand, unit vectors, gradients that go all the way, and arithmetic that works."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal.embeddings import TwoTowers, bags, change, embed, exchange_accuracy, train, vocabulary
from mmcourse.multimodal.similarity import letter_trigrams, ranking_loss
from mmcourse.worlds.shapes import COLOURS, shapes


def trigrams(caption):
    return [piece for word in caption.split() for piece in letter_trigrams(word)]


def test_bags_by_hand():
    words = vocabulary(["a red circle", "a blue circle"])
    assert words == ["a", "blue", "circle", "red"]
    np.testing.assert_array_equal(bags(["red red cross", ""], words), [[0, 0, 0, 2], [0, 0, 0, 0]])
    assert vocabulary(["red"], trigrams) == ["#re", "ed#", "red"]


def test_the_order_of_words_is_lost_and_embeddings_have_length_one():
    rng = np.random.default_rng(0)
    towers, words = TwoTowers(rng, 4), ["a", "blue", "circle", "red"]
    one, other = embed(towers, rng.random((2, 32, 32, 3)), bags(["a red circle", "circle a red"], words))[1]
    np.testing.assert_array_equal(one, other)
    pictures, texts = embed(towers, 1e4 * rng.random((3, 32, 32, 3)), bags(["red", "blue"], words))
    for rows in (pictures, texts):
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)  # single precision


@pytest.mark.parametrize("text_hidden", [0, 5])
def test_the_gradient_of_the_scores_is_carried_to_the_weights(text_hidden):
    """Weight by weight, against central differences of the loss in double precision."""
    rng = np.random.default_rng(1)
    towers = TwoTowers(rng, 6, pixels=12, hidden=4, size=3, text_hidden=text_hidden).double()
    pixels, counts = torch.from_numpy(rng.random((5, 2, 2, 3))), torch.from_numpy(rng.random((5, 6)))

    def scores():
        return towers.images(pixels) @ towers.texts(counts).T

    table = scores()
    table.backward(torch.from_numpy(ranking_loss(table.detach().numpy()).grad))
    for weights in towers.parameters():
        place = (0,) * weights.dim()
        ends = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                weights[place] += step
                ends.append(ranking_loss(scores().detach().numpy()).value)
                weights[place] -= step
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(weights.grad[place].item(), abs=1e-6)


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    old, new = shapes(rng, 800), shapes(rng, 300)
    words = vocabulary(old.captions)
    towers = TwoTowers(rng, len(words))
    losses = train(towers, rng, old.images, bags(old.captions, words), ranking_loss, epochs=12)
    return towers, words, new, losses


def test_training_lowers_the_loss_and_finds_captions(trained):
    towers, words, new, losses = trained
    assert len(losses) == 12 * 8 and np.mean(losses[-8:]) < 0.1 * losses[0]
    pictures, texts = embed(towers, new.images, bags(new.captions, words))
    said = np.array(new.captions)[(pictures @ texts.T).argmax(axis=1)]
    assert np.mean(said == np.array(new.captions)) > 0.5  # one of 192 captions


def test_a_colour_can_be_exchanged(trained):
    towers, words, new, _ = trained
    pictures, vectors = embed(towers, new.images, bags(COLOURS, words))
    truth = new.truth()
    blue = np.flatnonzero(truth.colour == COLOURS.index("blue"))
    moved = change(pictures[blue], vectors[COLOURS.index("blue")], vectors[COLOURS.index("red")])
    found = (moved @ pictures.T).argmax(axis=1)
    assert np.mean(truth.colour[found] == COLOURS.index("red")) > 0.6
    assert np.mean(truth.shape[found] == truth.shape[blue]) > 0.6


def test_a_change_of_weight_zero_is_none_and_the_result_has_length_one():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(4, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(change(rows, rows[0], rows[1], weight=0.0), rows, rtol=1e-12)
    np.testing.assert_allclose(change(rows[:1], rows[0], rows[1], weight=1.0), rows[1:2], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(change(rows, rows[0], rows[1], 1e4), axis=1), 1, rtol=1e-12)


def test_exchanges_by_hand():
    """Vectors that are sums of two attributes, 0 or 1 each: exchanging is exact, unless it speaks too low."""
    truth = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    pictures = np.concatenate([np.eye(2)[truth[0]], np.eye(2)[truth[1]]], axis=1) / 2**0.5
    words = np.concatenate([np.eye(2), np.zeros((2, 2))], axis=1)
    assert exchange_accuracy(pictures, words, truth, axis=0) == 1
    assert exchange_accuracy(pictures, words, truth, axis=0, minus=0.2, plus=0.2, leave_out=False) == 0
    assert exchange_accuracy(pictures, words, truth, axis=0, minus=0.0, plus=0.0) < 1  # nobody asked for anything
    some = [0, 1, 3]  # nothing is (1, 0) any more: two of three queries are left, 1 and 3
    assert exchange_accuracy(pictures[some], words, truth[:, some], axis=0) == 1


def test_pictures_of_another_size_are_an_error():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        TwoTowers(np.random.default_rng(0), 3).images(torch.zeros(1, 8, 8, 3))
