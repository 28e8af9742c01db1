"""a01_losses: the solution equals torch, what is no answer gets nothing, and the text's numbers are right."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.assignments.bench import bench

BENCH = bench("a01_losses")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference


def test_errata_of_the_decks_are_among_the_mistakes():
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E01", "E14", "E15"}


def test_answers_that_are_no_answers_get_nothing():
    sources = ["return None", "return 0.0 * x", "return 0.0, 0.0 * x", "return 1.0, x", "raise NotImplementedError"]
    for source in sources:
        for question in MANIFEST.questions:
            program = BENCH.program_with(question.id, f"def {question.function}(x, *args, **options):\n    {source}")
            for test in question.tests:
                assert BENCH.fraction(test, program, seed=0)[0] == 0, f"{source} passes {test.name} of {question.id}"


# The solution against torch: values by its losses, gradients by its autograd, in float64.


def close(ours, loss, leaf):
    """Compare (loss, grad) with a torch scalar and the gradient that it leaves in `leaf`."""
    loss.backward()
    np.testing.assert_allclose(ours[0], loss.item(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours[1], leaf.grad.numpy(), rtol=1e-10, atol=1e-14)


def leaf(array):
    return torch.tensor(array, requires_grad=True)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_equals_torch(axis):
    rng = np.random.default_rng(axis + 9)
    scores, mask = 1e3 * rng.normal(size=(3, 4, 5)), rng.random((3, 4, 5)) < 0.6
    expected = torch.tensor(scores / 7.0).masked_fill(~torch.tensor(mask), -torch.inf).softmax(axis).nan_to_num(0.0)
    got = REFERENCE.masked_softmax(scores, mask, axis=axis, temperature=7.0)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore", [-1, -100, 2])
def test_cross_entropy_equals_torch(smoothing, weighted, ignore):
    rng = np.random.default_rng(5)
    logits, targets = 3 * rng.normal(size=(4, 6, 5)), rng.integers(5, size=(4, 6))
    targets[rng.random(targets.shape) < 0.3] = ignore
    weights = rng.uniform(0.1, 3.0, size=5) if weighted else None
    tensor = leaf(logits)
    loss = F.cross_entropy(
        tensor.reshape(-1, 5),
        torch.tensor(targets.reshape(-1)),
        weight=torch.tensor(weights) if weighted else None,
        ignore_index=ignore,
        label_smoothing=smoothing,
    )
    ours = REFERENCE.sequence_cross_entropy(logits, targets, ignore=ignore, weights=weights, smoothing=smoothing)
    close(ours, loss, tensor)


def test_cross_entropy_without_divisor_is_zero_where_torch_says_nan():
    logits, targets = np.ones((1, 2, 3)), np.array([[1, -1]])
    for weights, given in ((None, np.full((1, 2), -1)), (np.array([1.0, 0.0, 1.0]), targets)):
        loss, grad = REFERENCE.sequence_cross_entropy(logits, given, weights=weights)
        assert loss == 0 and not grad.any()
    assert F.cross_entropy(torch.ones(2, 3), torch.tensor([-1, -1]), ignore_index=-1).isnan()


@pytest.mark.parametrize("weight", [1.0, 4.0, (0.5, 2.0, 9.0)])
def test_bce_equals_torch(weight):
    rng = np.random.default_rng(6)
    logits, targets = 5 * rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    tensor = leaf(logits)
    loss = F.binary_cross_entropy_with_logits(
        tensor, torch.tensor(targets), pos_weight=torch.tensor(weight, dtype=torch.float64)
    )
    close(REFERENCE.weighted_bce(logits, targets, pos_weight=np.asarray(weight)), loss, tensor)


def test_hinge_equals_torch():
    rng = np.random.default_rng(7)
    scores, labels = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6)
    tensor = leaf(scores)
    loss = 4 * F.multi_margin_loss(tensor, torch.tensor(labels), margin=1.7)  # torch divides by C
    close(REFERENCE.pair_hinge(scores, labels, margins=1.7), loss, tensor)


@pytest.mark.parametrize("worst", [False, True])
def test_hinge_of_pairs_equals_autograd(worst):
    rng = np.random.default_rng(8)
    scores, labels, margins = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6), rng.uniform(0, 4, size=(4, 4))
    tensor, right = leaf(scores), torch.tensor(labels)[:, None]
    over = tensor - tensor.gather(1, right) + torch.tensor(margins)[labels]
    over = over.scatter(1, right, 0.0).clamp(min=0)
    loss = (over.max(dim=1).values if worst else over.sum(dim=1)).mean()
    np.fill_diagonal(margins, np.nan)
    close(REFERENCE.pair_hinge(scores, labels, margins=margins, worst=worst), loss, tensor)


def test_squared_hinge_equals_autograd():
    rng = np.random.default_rng(9)
    scores, labels = rng.normal(size=(6, 4)), rng.integers(-1, 4, size=6)
    tensor = leaf(scores)
    right = torch.tensor(labels)[:, None] == torch.arange(4)
    sign, weight = 2 * right.double() - 1, 0.3 + 0.7 * right.double()
    loss = (weight * (1.2 - sign * tensor).clamp(min=0) ** 2).sum(dim=1).mean()
    close(REFERENCE.one_against_all(scores, labels, margin=1.2, negative_weight=0.3), loss, tensor)


@pytest.mark.parametrize("beta", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("average", ["entries", "sequences"])
def test_l1_equals_torch(beta, average):
    rng = np.random.default_rng(10)
    predictions, targets = rng.normal(size=(2, 4, 5, 3))
    lengths = np.array([5, 0, 1, 3])
    tensor = leaf(predictions)
    rows = [
        F.smooth_l1_loss(tensor[b, :n], torch.tensor(targets[b, :n]), beta=beta, reduction="none")
        for b, n in enumerate(lengths)
        if n
    ]
    means = torch.stack([row.mean() for row in rows])
    loss = means.mean() if average == "sequences" else torch.cat(rows).mean()
    close(REFERENCE.padded_l1(predictions, targets, lengths, beta=beta, average=average), loss, tensor)


@pytest.mark.parametrize("soft", [False, True])
def test_ranking_equals_autograd(soft):
    rng = np.random.default_rng(11)
    scores, targets = rng.normal(size=(5, 6)), rng.choice([0.0, 1.0, np.nan], size=(5, 6))
    targets[0] = 1.0
    tensor, means = leaf(scores), []
    for f, t in zip(tensor, targets, strict=True):
        u = (0.7 - f[t == 1][:, None] + f[t == 0][None]).reshape(-1)
        means += [(F.softplus(u, threshold=1e9) if soft else u.clamp(min=0)).mean()] if len(u) else []
    assert len(means) < 5
    close(REFERENCE.ranking_loss(scores, targets, margin=0.7, soft=soft), torch.stack(means).mean(), tensor)


# Numbers that the notebook's text prints.


def test_numbers_of_the_deck():
    scores, label = np.array([[13.0, -7.0, 11.0]]), np.array([0])
    printed = {
        mistake.name: BENCH.program_of(mistake).pair_hinge(scores, label, margins=10.0)[0]
        for mistake in MANIFEST.mistakes
        if mistake.erratum == "E01"
    }
    assert printed == {"margin_after_the_bracket": 20, "margin_after_the_sum": 10}
    assert REFERENCE.pair_hinge(scores, label, margins=10.0)[0] == 8
    assert REFERENCE.sequence_cross_entropy(scores[None], label[None])[0] == pytest.approx(0.1269, abs=5e-5)


def test_numbers_of_smoothing():
    lead = np.log(0.95 / 0.05)
    loss, grad = REFERENCE.sequence_cross_entropy(np.array([[[lead, 0.0]]]), np.array([[0]]), smoothing=0.1)
    assert lead == pytest.approx(2.9, abs=0.05)
    assert loss == pytest.approx(0.199, abs=5e-4)
    np.testing.assert_allclose(grad, 0.0, atol=1e-15)


def test_numbers_of_the_sigmoid():
    def lost(z):
        """The share of the slide's loss that is wrong, for a score that is right."""
        true = np.log1p(np.exp(-z))
        return abs(-np.log(1 / (1 + np.exp(-z))) / true - 1)

    assert 1e-9 < lost(20.0) < 1e-7
    assert 0.01 < lost(35.0) < 0.1
    assert lost(36.5) < 1 == lost(37.0)
    assert np.log1p(np.exp(-40.0)) == pytest.approx(4e-18, rel=0.1)
    assert -np.log(1e-7) == pytest.approx(16.1, abs=0.05)


def test_numbers_of_the_median():
    measured = np.array([1.0, 1.1, 1.2, 1.3, 4.0])
    assert np.median(measured) == 1.2
    assert measured.mean() == pytest.approx(1.72)
    for beta, best in ((0.0, 1.2), (10.0, 1.72)):
        _, grad = REFERENCE.padded_l1(np.full((5, 1, 1), best), measured[:, None, None], np.ones(5, int), beta=beta)
        assert grad.sum() == pytest.approx(0.0, abs=1e-12)
