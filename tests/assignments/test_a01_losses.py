"""a01_losses: the instructor's solution equals torch, its tests pass what is right and catch what is not."""

import inspect
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from autograder import checkdata
from autograder.manifest import Manifest, load_module, program_sources, solution_sources
from autograder.program import Program

ROOT = Path(__file__).parents[2]
HIDDEN = ROOT / "autograder" / "hidden" / "a01_losses"
NOTEBOOK = ROOT / "solutions" / "a01_losses" / "a01_losses.ipynb"
MANIFEST = Manifest.load(HIDDEN, NOTEBOOK)
SOLUTIONS = solution_sources(NOTEBOOK)
REFERENCE = Program(program_sources(NOTEBOOK))
MODULES = {question.id: load_module(HIDDEN / f"test_{question.id}.py") for question in MANIFEST.questions}
MANY = 12  # seeds; the gate (autograder audit) tries 200

# The tests that each known mistake fails, at seed 0.
CAUGHT = {
    "softmax": {
        "one_numerator": (
            "shares shift temperature large_scores masked_scores_do_not_matter nothing_counts broadcast_mask any_axis"
        ),
        "overflow": "large_scores",
        "largest_of_all": "masked_scores_do_not_matter",
        "mask_ignored": "shares masked_scores_do_not_matter nothing_counts broadcast_mask",
        "masked_to_zero": "shares masked_scores_do_not_matter nothing_counts broadcast_mask",
        "masked_afterwards": "shares masked_scores_do_not_matter nothing_counts broadcast_mask",
        "mask_multiplied": "masked_scores_do_not_matter nothing_counts",
        "nothing_left_nan": "nothing_counts",
        "nothing_left_alike": "nothing_counts",
        "temperature_multiplies": "temperature",
        "temperature_on_shares": "temperature",
        "always_last_axis": "any_axis",
        "sum_over_everything": (
            "shares shift temperature large_scores masked_scores_do_not_matter nothing_counts broadcast_mask any_axis"
        ),
    },
    "cross_entropy": {
        "numerator_of_the_position": (
            "no_idea scores_of_the_deck mean_over_what_counts any_number_to_ignore class_weights "
            "smoothing smoothing_and_weights ignored_positions"
        ),
        "log_of_the_softmax": "large_scores",
        "overflow": "large_scores",
        "sum_for_mean": (
            "no_idea scores_of_the_deck mean_over_what_counts any_number_to_ignore class_weights "
            "smoothing smoothing_and_weights large_scores ignored_positions"
        ),
        "mean_over_all_positions": (
            "no_idea scores_of_the_deck mean_over_what_counts any_number_to_ignore class_weights "
            "smoothing smoothing_and_weights large_scores ignored_positions"
        ),
        "ignored_as_a_class": (
            "no_idea scores_of_the_deck mean_over_what_counts any_number_to_ignore class_weights "
            "smoothing smoothing_and_weights gradient gradient_with_weights gradient_with_smoothing "
            "gradient_with_both large_scores ignored_positions nothing_counts"
        ),
        "ignores_negative_targets": "any_number_to_ignore",
        "mask_multiplied": "ignored_positions",
        "nothing_counts": "nothing_counts",
        "weights_ignored": "class_weights smoothing_and_weights gradient_with_weights gradient_with_both",
        "divided_by_the_count": "class_weights smoothing_and_weights",
        "weight_of_the_target_only": "smoothing_and_weights",
        "gradient_without_weights": "gradient_with_weights gradient_with_both",
        "gradient_p_minus_q_weighted": "gradient_with_weights gradient_with_both",
        "gradient_of_the_sum": (
            "no_idea gradient gradient_with_weights gradient_with_smoothing gradient_with_both large_scores"
        ),
        "gradient_uphill": (
            "no_idea gradient gradient_with_weights gradient_with_smoothing gradient_with_both large_scores"
        ),
        "smoothing_to_the_others": "smoothing smoothing_and_weights",
        "smoothing_ignored": "smoothing smoothing_and_weights gradient_with_smoothing gradient_with_both",
        "smoothing_not_in_gradient": "gradient_with_smoothing gradient_with_both",
        "mean_of_sequence_means": (
            "no_idea mean_over_what_counts any_number_to_ignore class_weights smoothing "
            "smoothing_and_weights large_scores ignored_positions"
        ),
    },
    "bce": {
        "slide_formula": "very_wrong nearly_right nearly_right_and_heavy",
        "clipped": "very_wrong nearly_right nearly_right_and_heavy",
        "log_of_one_plus": "nearly_right nearly_right_and_heavy",
        "cancelled": "nearly_right",
        "gradient_from_one_minus": "nearly_right nearly_right_and_heavy",
        "sum_for_mean": (
            "two_classes soft_targets positive_weight gradient very_wrong nearly_right nearly_right_and_heavy"
        ),
        "mean_over_rows": "two_classes soft_targets positive_weight gradient",
        "gradient_of_the_sum": "gradient gradient_with_weights very_wrong nearly_right nearly_right_and_heavy",
        "only_yes_costs": (
            "two_classes soft_targets positive_weight gradient gradient_with_weights very_wrong "
            "nearly_right nearly_right_and_heavy"
        ),
        "weight_ignored": "positive_weight gradient_with_weights nearly_right_and_heavy",
        "weight_on_both": "positive_weight gradient_with_weights nearly_right_and_heavy",
        "weight_on_no": "positive_weight gradient_with_weights nearly_right_and_heavy",
        "divided_by_weights": "positive_weight nearly_right_and_heavy",
        "weight_not_in_gradient": "gradient_with_weights nearly_right_and_heavy",
        "targets_rounded": "soft_targets gradient_with_weights",
        "gradient_uphill": "gradient gradient_with_weights very_wrong nearly_right nearly_right_and_heavy",
    },
    "hinge": {
        "margin_after_the_bracket": "scores_of_the_deck mean_over_examples margins_of_pairs kink worst",
        "margin_after_the_sum": "scores_of_the_deck mean_over_examples margins_of_pairs kink worst",
        "right_class_counts": "scores_of_the_deck mean_over_examples gradient kink",
        "sum_for_mean": "mean_over_examples margins_of_pairs gradient kink worst",
        "mean_over_classes_too": "scores_of_the_deck mean_over_examples margins_of_pairs gradient kink worst",
        "differences_turned_round": "scores_of_the_deck mean_over_examples margins_of_pairs gradient kink worst",
        "gradient_without_the_right_class": "scores_of_the_deck gradient kink worst",
        "right_class_pushed_once": "gradient kink",
        "violations_in_gradient": "scores_of_the_deck gradient kink worst",
        "gradient_of_the_sum": "mean_over_examples gradient kink worst",
        "gradient_at_the_kink": "kink",
        "margins_transposed": "margins_of_pairs worst",
        "margins_of_the_rows": "margins_of_pairs gradient worst",
        "diagonal_not_skipped": "margins_of_pairs gradient worst",
        "worst_ignored": "worst",
        "worst_by_score": "worst",
        "worst_in_loss_only": "worst",
    },
    "squared_hinge": {
        "not_squared": "values none_of_these negative_weight right_enough",
        "square_of_the_sum": "values none_of_these negative_weight right_enough",
        "margin_to_the_right_class": "values none_of_these negative_weight right_enough",
        "factor_two_missing": "none_of_these gradient right_enough",
        "gradient_uphill": "none_of_these gradient right_enough",
        "sign_not_in_gradient": "none_of_these gradient right_enough",
        "sum_for_mean": "values none_of_these negative_weight right_enough",
        "mean_over_classes_too": "values none_of_these negative_weight right_enough",
        "none_is_the_last_class": "none_of_these",
        "none_does_not_count": "none_of_these",
        "weight_ignored": "negative_weight",
        "weight_on_yes": "negative_weight",
        "weight_squared": "negative_weight",
        "no_bracket": "values none_of_these negative_weight right_enough",
    },
    "l1": {
        "one_output_for_all": "l1 smooth gradient exactly_right padding sequences",
        "squared": "l1 smooth exactly_right padding sequences",
        "sum_for_mean": "l1 smooth exactly_right padding sequences",
        "mean_over_padding": "l1 smooth padding sequences",
        "mean_over_frames": "l1 smooth exactly_right padding sequences",
        "lengths_ignored": "l1 smooth gradient padding sequences nothing_counts",
        "one_frame_too_many": "l1 smooth gradient padding sequences nothing_counts",
        "mask_multiplied": "padding nothing_counts",
        "straight_line_too_high": "smooth exactly_right padding sequences",
        "huber_scale": "smooth padding sequences",
        "half_missing": "smooth gradient padding sequences",
        "beta_ignored": "smooth exactly_right padding sequences",
        "divided_by_zero": "l1 gradient exactly_right padding nothing_counts",
        "slope_at_zero": "exactly_right",
        "gradient_uphill": "gradient exactly_right sequences",
        "gradient_of_the_sum": "gradient exactly_right sequences",
        "average_ignored": "sequences",
        "empty_sequences_counted": "sequences",
        "sequence_weight_not_in_gradient": "sequences",
        "nothing_counts": "nothing_counts",
    },
    "multi_label": {
        "missing_is_absent": "missing_labels",
        "missing_is_there": "missing_labels",
        "mask_multiplied": "missing_labels",
        "sum_over_pairs": "pairs one_label missing_labels examples_without_pairs soft",
        "divided_by_classes": "pairs one_label missing_labels examples_without_pairs soft",
        "all_pairs_alike": "pairs missing_labels examples_without_pairs soft",
        "sum_over_examples": "pairs missing_labels examples_without_pairs soft",
        "mean_over_all_examples": "examples_without_pairs",
        "no_pairs_nan": "examples_without_pairs",
        "ranking_turned_round": "pairs one_label missing_labels examples_without_pairs gradient soft",
        "gradient_uphill": "one_label gradient soft",
        "only_there_is_pulled": "one_label gradient soft",
        "gradient_without_means": "one_label gradient soft",
        "margin_ignored": "pairs one_label soft",
        "hardest_pair": "pairs one_label missing_labels examples_without_pairs gradient soft",
        "soft_ignored": "soft",
        "soft_overflow": "soft",
        "soft_slope_of_the_hinge": "soft",
    },
}


def program_with(question, source):
    return Program(program_sources(NOTEBOOK, {MANIFEST.question(question).solution_cell: source}))


def program_of(mistake):
    return program_with(mistake.question, mistake.apply(SOLUTIONS[MANIFEST.question(mistake.question).solution_cell]))


def complaint(test, student, seed):
    """Run one hidden test on a program; return what it says, "" when it passes."""
    function = getattr(MODULES[test.question], test.name)
    rng = np.random.default_rng([seed, zlib.crc32(f"{test.question}/{test.name}".encode())])
    offered = {"student": student, "reference": REFERENCE, "rng": rng}
    try:
        function(**{name: offered[name] for name in inspect.signature(function).parameters})
    except Exception as error:  # a mistake may raise anything
        return f"{type(error).__name__}: {error}"
    return ""


CORRECT = [
    pytest.param(question.id, SOLUTIONS[question.solution_cell], id=f"{question.id}-solution")
    for question in MANIFEST.questions
] + [
    pytest.param(variant.question, variant.source, id=f"{variant.question}-{variant.name}")
    for variant in MANIFEST.variants
]
MISTAKES = [pytest.param(mistake, id=f"{mistake.question}-{mistake.name}") for mistake in MANIFEST.mistakes]
WRONG_IN_NUMBERS = "ignore:.*(overflow|invalid value|divide by zero).*:RuntimeWarning"


def assert_full_marks(question, source, seeds):
    program = program_with(question, source)
    for test in MANIFEST.question(question).tests:
        for seed in seeds:
            assert complaint(test, program, seed) == "", f"{test.name}, seed {seed}"


@pytest.mark.parametrize(("question", "source"), CORRECT)
def test_correct_programs_get_full_marks(question, source):
    assert_full_marks(question, source, range(2))


@pytest.mark.slow
@pytest.mark.parametrize(("question", "source"), CORRECT)
def test_correct_programs_get_full_marks_for_many_seeds(question, source):
    assert_full_marks(question, source, range(2, MANY))


@pytest.mark.filterwarnings(WRONG_IN_NUMBERS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_costs_its_own_points(mistake):
    program = program_of(mistake)
    lost = [
        test.name.removeprefix("test_")
        for test in MANIFEST.question(mistake.question).tests
        if complaint(test, program, seed=0)
    ]
    assert lost == CAUGHT[mistake.question][mistake.name].split()


@pytest.mark.slow
@pytest.mark.filterwarnings(WRONG_IN_NUMBERS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_loses_points_for_many_seeds(mistake):
    program, caught = program_of(mistake), CAUGHT[mistake.question][mistake.name].split()
    tests = [test for test in MANIFEST.question(mistake.question).tests if test.name.removeprefix("test_") in caught]
    for seed in range(1, MANY):
        assert any(complaint(test, program, seed) for test in tests), f"seed {seed}: full marks"


def test_every_question_has_mistakes_and_variants():
    for question in MANIFEST.questions:
        own = [mistake for mistake in MANIFEST.mistakes if mistake.question == question.id]
        assert len(own) >= 5
        assert {mistake.name for mistake in own} == set(CAUGHT[question.id])
        assert sum(variant.question == question.id for variant in MANIFEST.variants) >= 3
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E01", "E14", "E15"}


def test_answers_that_are_no_answers_get_nothing():
    sources = ["return None", "return 0.0 * x", "return 0.0, 0.0 * x", "return 1.0, x", "raise NotImplementedError"]
    for source in sources:
        for question in MANIFEST.questions:
            program = program_with(question.id, f"def {question.function}(x, *args, **options):\n    {source}")
            for test in question.tests:
                assert complaint(test, program, seed=0), f"{source} passes {test.name} of {question.id}"


@pytest.mark.filterwarnings(WRONG_IN_NUMBERS)
def test_visible_checks_tell_mistakes_apart():
    data = checkdata.build(
        "a01",
        questions=MANIFEST.checks,
        solution_source={question.id: SOLUTIONS[question.solution_cell] for question in MANIFEST.questions},
        mistakes=MANIFEST.mistakes,
        points={question.id: question.points for question in MANIFEST.questions},
        functions={question.id: question.function for question in MANIFEST.questions},
    )
    assert len(data) < 150_000


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
        mistake.name: program_of(mistake).pair_hinge(scores, label, margins=10.0)[0]
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
