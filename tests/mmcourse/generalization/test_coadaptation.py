"""Ablations: by hand, by brute force through the whole network, and what the measures must not depend on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.foundations.losses import cross_entropy
from mmcourse.generalization import blinking
from mmcourse.generalization import coadaptation as co
from mmcourse.gradcheck import numerical_gradient

seeds = st.integers(0, 2**32 - 1)


def random_net(seed=0, N=2, B=9, H=5, C=3, size=1.0):
    rng = np.random.default_rng(seed)
    hidden = size * np.maximum(rng.normal(size=(N, B, H)), 0)
    return co.Readout(hidden, rng.normal(size=(N, H, C)), rng.normal(size=(N, 1, C)), rng.integers(C, size=(N, B)))


def one_image(terms):
    """One network, one image of class 0, two classes; unit j adds terms[j] to the logit of class 0."""
    weights = np.stack([terms, np.zeros(len(terms))], axis=-1)[None]
    return co.Readout(np.ones((1, 1, len(terms))), weights, np.zeros((1, 1, 2)), np.zeros((1, 1), dtype=int))


def softplus(z):
    return np.logaddexp(0, z)


def test_rises_by_hand():
    net = one_image([2.0, -1.0])  # loss log(1 + e^-z), z = 1
    assert co.loss_of(net).item() == pytest.approx(softplus(-1))
    assert co.rises(net)[0].tolist() == pytest.approx([softplus(1) - softplus(-1), softplus(-2) - softplus(-1)])
    assert co.rises(net, [0, 1])[0].tolist() == pytest.approx([0, softplus(0) - softplus(1)])
    excess = softplus(0) + softplus(-1) - softplus(1) - softplus(-2)
    np.testing.assert_allclose(co.pair_excess(net)[0], [[0, excess], [excess, 0]])
    assert co.cancellation(net).item() == pytest.approx(2 / 3)  # 3 said, 1 arrives


def test_ablation_equals_a_pass_through_the_whole_network():
    data = blinking.cohort([0, 1], n=60)
    layers = blinking.train([np.random.default_rng(0), np.random.default_rng(1)], *data.train, hidden=(9, 7), steps=30)
    images, labels = data.test.images[:, :40], data.test.labels[:, :40]
    net = co.last_layer(layers, blinking.forward(layers, images), labels)
    np.testing.assert_allclose(co.loss_of(net), blinking.loss(layers, images, labels))
    for j in range(7):
        mask = (np.arange(7) != j).astype(float)
        without = blinking.loss(layers, images, labels, [np.ones(9), mask])
        np.testing.assert_allclose(co.rises(net)[:, j], without - co.loss_of(net), atol=1e-12)


@given(seeds)
def test_rises_and_pairs_are_differences_of_losses(seed):
    net = random_net(seed)
    ones = np.ones(5)
    full = co.loss_of(net)
    single = np.stack([co.loss_of(net, ones - np.eye(5)[j]) for j in range(5)], axis=1) - full[:, None]
    np.testing.assert_allclose(co.rises(net), single, atol=1e-10)
    excess = co.pair_excess(net)
    for i, j in [(0, 1), (2, 4)]:
        both = co.loss_of(net, ones - np.eye(5)[i] - np.eye(5)[j]) - full
        np.testing.assert_allclose(excess[:, i, j], both - single[:, i] - single[:, j], atol=1e-10)
    np.testing.assert_allclose(excess, np.swapaxes(excess, 1, 2), atol=1e-10)
    np.testing.assert_allclose(co.pair_excess(net, [3]), excess[:, 3:4])


def test_units_of_different_images_have_nothing_to_do_with_each_other():
    hidden = np.eye(4)[None]  # each unit speaks for one image
    net = co.Readout(hidden, random_net(N=1, H=4).weights, np.zeros((1, 1, 3)), np.array([[0, 1, 2, 0]]))
    np.testing.assert_allclose(co.pair_excess(net), 0, atol=1e-12)


def test_a_copy_covers_for_its_twin_and_a_remedy_makes_sense_only_beside_its_disease():
    assert co.pair_excess(one_image([3.0, 3.0]))[0, 0, 1] > 0.1
    assert co.pair_excess(one_image([-6.0, 6.0]))[0, 0, 1] < -0.1


def test_the_slope_in_the_company_is_what_a_rise_begins_with():
    net = random_net(3)
    slope = numerical_gradient(lambda c: co.loss_of(net, c)[0], np.ones(5))
    step = 1e-5
    small = [co.loss_of(net, 1 - step * np.eye(5)[j])[0] - co.loss_of(net)[0] for j in range(5)]
    np.testing.assert_allclose(small, -step * slope, atol=1e-8)


@given(seeds)
def test_cancellation_is_a_share_that_no_scale_changes(seed):
    net = random_net(seed)
    share = co.cancellation(net)
    assert ((share >= -1e-12) & (share <= 1)).all()
    for size in (1e-4, 1e4):
        np.testing.assert_allclose(co.cancellation(net._replace(hidden=size * net.hidden)), share, atol=1e-9)
    agreed = net._replace(weights=np.abs(net.weights))
    np.testing.assert_allclose(co.cancellation(agreed), 0, atol=1e-12)


@given(seeds, st.permutations(range(5)))
def test_the_names_of_units_do_not_matter(seed, order):
    net, order = random_net(seed), list(order)
    renamed = net._replace(hidden=net.hidden[..., order], weights=net.weights[:, order])
    np.testing.assert_allclose(co.rises(renamed), co.rises(net)[:, order], atol=1e-10)
    np.testing.assert_allclose(co.cancellation(renamed), co.cancellation(net))
    np.testing.assert_allclose(co.correlation(renamed), co.correlation(net))
    assert (co.carriers(co.rises(renamed)) == co.carriers(co.rises(net))).all()


def test_correlation_equals_numpys_pair_by_pair():
    net = random_net(1, B=30)
    for h, got in zip(net.hidden, co.correlation(net)):
        pairs = [abs(np.corrcoef(h[:, i], h[:, j])[0, 1]) for i in range(5) for j in range(i)]
        assert got == pytest.approx(np.mean(pairs))


def test_carriers_by_hand():
    assert co.carriers(np.array([4.0, 3.0, 2.0, 1.0])).item() == 2  # 7 of 10
    assert co.carriers(np.array([5.0, 5.0, -3.0])).item() == 1
    assert co.carriers(np.array([5.0, 5.0, -3.0]), share=1.0).item() == 2
    assert co.carriers(np.array([[0.0, -1.0], [0.0, 1.0]])).tolist() == [0, 1]  # nobody is missed


def test_accuracy_with_all_with_none_and_in_between():
    net, rng = random_net(2), np.random.default_rng(0)
    told = (net.hidden @ net.weights + net.bias).argmax(axis=-1) == net.labels
    np.testing.assert_allclose(co.accuracy_left(rng, net, 5, draws=1), told.mean(axis=1))
    nobody = net.bias[:, 0].argmax(axis=-1)[:, None] == net.labels
    np.testing.assert_allclose(co.accuracy_left(rng, net, 0), nobody.mean(axis=1))
    every = np.mean([co.accuracy_of(net, 1 - np.eye(5)[j]) for j in range(5)], axis=0)
    np.testing.assert_allclose(co.accuracy_left(rng, net, 4, draws=4000), every, atol=0.02)
    with pytest.raises(ValueError, match="`left` must be between 0 and the 5 units that there are, got 6"):
        co.accuracy_left(rng, net, 6)


def test_departures_take_one_at_a_time_the_most_missed_first():
    net = random_net(4)
    companies = co.departures(net)
    np.testing.assert_array_equal(companies.sum(axis=-1), np.repeat([[5, 4, 3, 2, 1, 0]], 2, axis=0).T)
    assert (np.diff(companies, axis=0) <= 0).all()
    for before, after in zip(companies, companies[1:]):
        gone = (before - after).argmax(axis=-1)
        rises = np.where(before > 0, co.rises(net, before), -np.inf)
        np.testing.assert_array_equal(gone, rises.argmax(axis=-1))
    np.testing.assert_array_equal(co.departures(net, [4, 0, 1, 2, 3])[1], [[1, 1, 1, 1, 0]] * 2)


def test_help_in_company_is_the_mean_over_halves():
    net = random_net(5, H=4)
    halves = [np.isin(np.arange(4), pair) for pair in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]]
    expected = [np.mean([co.rises(net, half)[:, j] for half in halves if half[j]], axis=0) for j in range(4)]
    got = co.help_in_company(np.random.default_rng(0), net, draws=4000)
    np.testing.assert_allclose(got, np.stack(expected, axis=1), atol=0.05)


def test_a_loss_of_large_logits_is_finite():
    net = random_net(0, size=1e4)
    assert np.isfinite(co.rises(net)).all()
    np.testing.assert_allclose(co.loss_of(net), cross_entropy(net.hidden @ net.weights + net.bias, net.labels).mean(1))
