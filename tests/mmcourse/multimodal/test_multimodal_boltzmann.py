"""The Boltzmann machine: each probability against a list of all states, its learning against the exact gradient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.gradcheck import numerical_gradient
from mmcourse.multimodal.multimodal_boltzmann import (
    Machine,
    all_states,
    clamped_gibbs,
    conditional,
    contrastive_divergence,
    energy,
    free_energy,
    hidden_given,
    sigmoid,
    train,
    visible_given,
)


def machine_of(seed, D=4, H=3, size=1.0):
    rng = np.random.default_rng(seed)
    return Machine(size * rng.normal(size=(D, H)), rng.normal(size=D), rng.normal(size=H))


def listed(machine):
    """All states of all units, and their probabilities."""
    D = len(machine.visible_bias)
    states = all_states(D + len(machine.hidden_bias))
    weight = np.exp(-energy(machine, states[:, :D], states[:, D:]))
    return states[:, :D], states[:, D:], weight / weight.sum()


def test_energy_by_hand():
    machine = Machine(np.array([[2.0], [-1.0]]), np.array([0.5, 0.0]), np.array([3.0]))
    assert energy(machine, np.array([1.0, 1.0]), np.array([1.0])) == -(2 - 1 + 0.5 + 3)
    assert energy(machine, np.array([1.0, 1.0]), np.array([0.0])) == -0.5


@given(st.integers(0, 1000))
def test_conditionals_and_free_energy_are_what_a_list_of_all_states_gives(seed):
    machine = machine_of(seed)
    x, h, p = listed(machine)
    some = np.array([1.0, 0.0, 1.0, 1.0])
    fits = (x == some).all(axis=1)
    np.testing.assert_allclose(hidden_given(machine, some), p[fits] @ h[fits] / p[fits].sum(), atol=1e-10)
    above = np.array([0.0, 1.0, 1.0])
    fits = (h == above).all(axis=1)
    np.testing.assert_allclose(visible_given(machine, above), p[fits] @ x[fits] / p[fits].sum(), atol=1e-10)
    visible = all_states(4)
    marginal = np.exp(-free_energy(machine, visible))
    wanted = [p[(x == state).all(axis=1)].sum() for state in visible]
    np.testing.assert_allclose(marginal / marginal.sum(), wanted, atol=1e-10)


def test_the_exact_conditional_and_clamped_gibbs_agree():
    machine = machine_of(5, D=5, H=2, size=2.0)
    x, _, p = listed(machine)
    known, given_ = np.array([True, True, True, False, False]), np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    fits = (x[:, :3] == given_[:3]).all(axis=1)
    wanted = p[fits] @ x[fits] / p[fits].sum()
    found = conditional(machine, given_, known)
    np.testing.assert_allclose(found.probability @ found.states, wanted, atol=1e-10)
    history = clamped_gibbs(np.random.default_rng(0), machine, np.tile(given_, (400, 1)), known, steps=400)[50:]
    assert np.array_equal(history[..., :3], np.broadcast_to(given_[:3], (350, 400, 3)))  # clamped
    np.testing.assert_allclose(history.mean(axis=(0, 1)), wanted, atol=0.01)  # 140,000 correlated draws


def test_unknown_units_forget_where_they_began():
    machine, known = machine_of(6), np.array([True, False, False, False])
    means = [
        clamped_gibbs(np.random.default_rng(1), machine, np.tile(x, (2000, 1)), known, 30)[10:].mean(axis=(0, 1))
        for x in ([1.0, 0, 0, 0], [1.0, 1, 1, 1])
    ]
    np.testing.assert_allclose(*means, atol=0.02)


def test_long_contrastive_divergence_is_the_gradient_of_the_likelihood():
    machine, data = machine_of(7, size=0.5), np.array([[1.0, 1, 0, 0], [0, 1, 1, 0]])

    def likelihood(W):
        other = machine._replace(weights=W)
        log_z = np.logaddexp.reduce(-free_energy(other, all_states(4)))
        return (-free_energy(other, data)).mean() - log_z

    exact = numerical_gradient(likelihood, machine.weights)
    batch = np.repeat(data, 20_000, axis=0)
    stepped = contrastive_divergence(np.random.default_rng(2), machine, batch, lr=1.0, steps=40)
    np.testing.assert_allclose(stepped.weights - machine.weights, exact, atol=0.015)  # 1 / sqrt(40,000), three times


def test_the_positive_part_alone_by_hand():
    machine = Machine(np.zeros((1, 1)), np.array([-1e4]), np.zeros(1))  # what it makes of anything is 0
    stepped = contrastive_divergence(np.random.default_rng(0), machine, np.ones((10, 1)), lr=0.1)
    assert stepped.weights[0, 0] == pytest.approx(0.05)  # 0.1 · (1 · 1/2 − 0)
    assert stepped.visible_bias[0] == pytest.approx(-1e4 + 0.1) and stepped.hidden_bias[0] == pytest.approx(0)


def test_training_learns_what_goes_together():
    rng = np.random.default_rng(3)
    coins = rng.integers(2, size=(400, 2))
    x = np.hstack([coins, 1 - coins]).astype(float)  # tags are the opposite of the pixels
    machine = train(rng, x, hidden=6, epochs=60, lr=0.2)
    for state in all_states(2):
        found = conditional(machine, np.array([*state, 0, 0]), np.array([True, True, False, False]))
        assert np.array_equal(found.states[found.probability.argmax(), 2:], 1 - state)


def test_extremes_stay_finite():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]
    assert np.isfinite(free_energy(machine_of(8, size=1e4), all_states(4))).all()


def test_errors():
    machine = machine_of(9)
    with pytest.raises(ValueError, match="0 or 1: compare pixels with a threshold"):
        train(np.random.default_rng(0), np.array([[0.5]]), hidden=1)
    with pytest.raises(ValueError, match=r"`known` must have shape \(4,\) or \(2, 4\), got \(3,\)"):
        clamped_gibbs(np.random.default_rng(0), machine, np.zeros((2, 4)), np.ones(3, bool), 1)
    wide = machine_of(10, D=20)
    with pytest.raises(ValueError, match=r"20 unknown units have 2\^20 states; at most 16"):
        conditional(wide, np.zeros(20), np.zeros(20, bool))
