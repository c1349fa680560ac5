"""Penalties: hand values, batch coupling, and mistakes that must fail (lecture 03)."""

import numpy as np
import pytest

from scratchae.formulas import penalties
from scratchae.gradcheck import check_gradient, numerical_gradient

pytestmark = pytest.mark.lecture03
PHI = {  # and its derivative, from h
    "sigmoid": (lambda a: 1 / (1 + np.exp(-a)), lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
}


H = np.array([[1.0, -2.0, 0.0], [0.5, 0.0, 0.25]])


def test_eq_3_1_l1_by_hand():
    np.testing.assert_array_equal(penalties.l1_forward(H)[0], [3.0, 0.75])


def test_eq_3_2_l1_gradient_by_hand_and_0_at_the_kink():
    _, cache = penalties.l1_forward(H)
    dh = penalties.l1_backward(np.array([1.0, 2.0]), cache)
    np.testing.assert_array_equal(dh, [[1, -1, 0], [2, 0, 2]])


def test_eq_3_3_kl_sparsity_by_hand():
    # one unit, means 0.5 against rho 0.25: 1/4 log(1/2) + 3/4 log(3/2)
    h = np.array([[0.25], [0.75]])
    penalty, _ = penalties.kl_sparsity_forward(h, 0.25)
    assert penalty == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(1.5))


def test_eq_3_4_kl_sparsity_gradient_by_hand():
    # (0.75 / 0.5 - 0.25 / 0.5) / 2 images
    _, cache = penalties.kl_sparsity_forward(np.array([[0.25], [0.75]]), 0.25)
    np.testing.assert_allclose(penalties.kl_sparsity_backward(1, cache), 0.5)


def test_kl_sparsity_is_zero_where_every_mean_is_rho_and_positive_elsewhere(rng):
    assert penalties.kl_sparsity_forward(np.full((4, 3), 0.1), 0.1)[0] == 0
    assert penalties.kl_sparsity_forward(rng.uniform(0.2, 0.9, (4, 3)), 0.1)[0] > 0


def test_kl_sparsity_couples_the_batch(rng):
    h = rng.uniform(0.1, 0.9, size=(5, 3))
    _, cache = penalties.kl_sparsity_forward(h, 0.1)
    gradient = penalties.kl_sparsity_backward(1.0, cache)
    assert (gradient == gradient[0]).all()  # every image moves the mean alike
    uncoupled = (0.9 / (1 - h) - 0.1 / h) / len(h)  # each image its own mean: wrong
    for wrong in (uncoupled, len(h) * gradient, -gradient):
        assert not check_gradient(
            lambda h: penalties.kl_sparsity_forward(h, 0.1)[0], h, wrong
        ).passed


def test_swapped_rho_and_rho_hat_is_seen_by_the_hand_value():
    h = np.array([[0.25], [0.75]])
    swapped = 0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75)
    assert abs(penalties.kl_sparsity_forward(h, 0.25)[0] - swapped) > 0.01


def test_eq_3_5_top_k_keeps_the_largest_and_passes_their_gradient_only():
    h = np.array([[3.0, -1.0, 2.0, 0.0]])
    kept, mask = penalties.top_k_forward(h, 2)
    np.testing.assert_array_equal(kept, [[3, 0, 2, 0]])
    dh = np.array([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(penalties.top_k_backward(dh, mask), [[1, 0, 3, 0]])
    report = check_gradient(
        lambda h: np.sum(penalties.top_k_forward(h, 2)[0] * dh), h, dh
    )
    assert not report.passed  # gradient to dropped units: the planted mistake


@pytest.mark.parametrize(("width", "k"), [(3, 1), (7, 2), (9, 8), (5, 5), (400, 30)])
def test_top_k_of_any_width_keeps_what_sorting_keeps(width, k, rng):
    h = rng.normal(size=(50, width))
    least = np.sort(h, axis=1)[:, [width - k]]
    kept, _ = penalties.top_k_forward(h, k)
    np.testing.assert_array_equal(kept, np.where(h >= least, h, 0))


def test_top_k_of_more_units_than_there_are_changes_nothing(rng):
    h = rng.normal(size=(3, 4))
    np.testing.assert_array_equal(penalties.top_k_forward(h, 9)[0], h)


@pytest.mark.parametrize("activation", penalties.CONTRACTIVE_ACTIVATIONS)
def test_eq_3_6_penalty_is_the_norm_of_the_numerical_jacobian(activation, rng):
    x, W = rng.normal(size=(3, 7)), rng.normal(size=(7, 4))
    phi, _ = PHI[activation]
    penalty, _ = penalties.contractive_forward(phi(x @ W), W, activation)
    for i in range(3):
        jacobian = np.array(
            [numerical_gradient(lambda v, j=j: phi(v @ W)[j], x[i]) for j in range(4)]
        )
        assert penalty[i] == pytest.approx(np.sum(jacobian**2), rel=1e-12)


@pytest.mark.parametrize("activation", PHI)
def test_eq_3_7_contractive_gradient_is_both_paths_and_not_one(activation, rng):
    x, W = rng.normal(size=(3, 7)), rng.normal(size=(7, 4))
    phi, slope = PHI[activation]

    def total(W):
        return penalties.contractive_forward(phi(x @ W), W, activation)[0].sum()

    h = phi(x @ W)
    _, cache = penalties.contractive_forward(h, W, activation)
    dh, dW = penalties.contractive_backward(np.ones(3), cache)
    assert check_gradient(total, W, dW + x.T @ (dh * slope(h))).passed
    assert not check_gradient(total, W, dW).passed


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_keeps_k_units_of_a_row_however_many_are_equal(k):
    """As those of a ReLU that are off: only what is kept has a gradient."""
    h = np.array([[0.0, 0.0, 0.0, 0.0], [5.0, 5.0, 5.0, 5.0], [0.0, 2.0, 0.0, 2.0]])
    kept, mask = penalties.top_k_forward(h, k)
    assert mask.sum(axis=1).tolist() == [k] * 3
    np.testing.assert_array_equal(kept.sum(axis=1), [0, 5 * k, min(2 * k, 4)])
    assert penalties.top_k_backward(np.ones((3, 4)), mask).sum() == 3 * k


@pytest.mark.parametrize("k", [0, 1, 3, 4, 9])
def test_eq_3_5_keeps_as_many_as_are_asked_for(k, rng):
    h = rng.normal(size=(5, 4))
    kept, mask = penalties.top_k_forward(h, k)
    assert (mask.sum(axis=1) == min(k, 4)).all()
    np.testing.assert_array_equal(kept, np.where(mask, h, 0))


def test_a_contractive_penalty_of_another_activation_is_refused_in_words(rng):
    h, W = rng.random((3, 4)), rng.random((7, 4))
    with pytest.raises(ValueError, match=r"among \['sigmoid', 'tanh'\]; got 'relu'"):
        penalties.contractive_forward(h, W, "relu")
