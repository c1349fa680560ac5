"""KL divergence, reparameterization and binarisation: what a gradient check cannot see
is compared with Monte Carlo and moments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scratchae.formulas.corruption import binarize
from scratchae.formulas.divergences import (
    free_bits_backward,
    free_bits_forward,
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.reparameterization import (
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_cholesky_backward,
    reparameterize_cholesky_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.gradcheck import check_gradient

pytestmark = pytest.mark.lecture10
DRAWS = 200_000


def log_normal(z, mu, sigma):
    """log N(z; mu, diag(sigma^2)) written out, independent of the formulas."""
    return np.sum(
        -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi)), 1
    )


def test_kl_is_zero_at_the_standard_normal():
    np.testing.assert_array_equal(
        kl_diag_gaussian_forward(np.zeros((2, 3)), np.zeros((2, 3)))[0], 0
    )


def test_eq_10_4_kl_equals_monte_carlo_with_the_models_own_sampler(rng):
    mu, log_var = np.array([[0.5, -1.0]]), np.array([[-1.0, 0.3]])
    eps = rng.standard_normal((DRAWS, 2))
    z, _ = reparameterize_diag_forward(mu, log_var, eps)
    terms = log_normal(z, mu, np.exp(0.5 * log_var)) - log_normal(z, 0, np.ones(2))
    error = terms.std() / np.sqrt(DRAWS)
    kl = kl_diag_gaussian_forward(mu, log_var)[0][0]
    assert abs(terms.mean() - kl) < 3 * error


@given(arrays(float, (2, 3, 4), elements=st.floats(-30, 30)))
def test_kl_is_never_negative(values):
    assert (kl_diag_gaussian_forward(*values)[0] >= 0).all()


def test_eq_10_6_sampler_std_is_exp_of_half_log_var(rng):
    log_var = np.array([[-2.0, 0.0, 1.5]])
    eps = rng.standard_normal((DRAWS, 3))
    z, _ = reparameterize_diag_forward(np.zeros_like(log_var), log_var, eps)
    expected = np.exp(0.5 * log_var[0])
    np.testing.assert_allclose(z.std(axis=0), expected, rtol=5 / np.sqrt(DRAWS))


def test_sampler_mean_is_mu(rng):
    mu = np.array([[3.0, -2.0]])
    z, _ = reparameterize_diag_forward(mu, 0 * mu, rng.standard_normal((DRAWS, 2)))
    np.testing.assert_allclose(z.mean(axis=0), mu[0], atol=4 / np.sqrt(DRAWS))


@pytest.mark.parametrize("index, name", [(0, "mu"), (1, "log_var")])
def test_eq_10_5_kl_gradients(rng, index, name):
    point = list(rng.normal(size=(2, 5, 3)))
    d_kl = rng.normal(size=5)
    gradient = kl_diag_gaussian_backward(d_kl, kl_diag_gaussian_forward(*point)[1])

    def loss(v):
        moved = [v if i == index else p for i, p in enumerate(point)]
        return kl_diag_gaussian_forward(*moved)[0] @ d_kl

    check = check_gradient(loss, point[index], gradient[index], name=name)
    assert check.max_relative_error < 1e-14, check


@pytest.mark.parametrize("index, name", [(0, "mu"), (1, "log_var")])
def test_eq_10_7_gradients_with_frozen_noise(rng, index, name):
    mu, log_var, eps, dz = rng.normal(size=(4, 5, 3))
    point = [mu, log_var]
    gradient = reparameterize_diag_backward(
        dz, reparameterize_diag_forward(mu, log_var, eps)[1]
    )

    def loss(v):
        moved = [v if i == index else p for i, p in enumerate(point)]
        return np.sum(reparameterize_diag_forward(*moved, eps)[0] * dz)

    check = check_gradient(loss, point[index], gradient[index], name=name)
    assert check.max_relative_error < 1e-14, check


@pytest.mark.lecture09
def test_eq_9_4_the_factor_by_hand_and_the_way_back():
    log_var, lower = np.log([[1.0, 4.0, 9.0]]), np.array([[5.0, 6.0, 7.0]])
    L, cache = cholesky_factor_forward(log_var, lower)
    np.testing.assert_allclose(L, [[[1, 0, 0], [5, 2, 0], [6, 7, 3]]])
    dL = np.arange(1.0, 10).reshape(1, 3, 3)
    dlog_var, dlower = cholesky_factor_backward(dL, cache)
    np.testing.assert_allclose(dlog_var, [[0.5, 5, 13.5]])  # half of L_jj dL_jj
    np.testing.assert_array_equal(dlower, [[4, 7, 8]])


@pytest.mark.lecture09
@pytest.mark.parametrize("index", [0, 1], ids=["mu", "L"])
def test_eq_9_6_gradients_with_frozen_noise(rng, index):
    mu, eps, dz = rng.normal(size=(3, 5, 3))
    point = [mu, np.tril(rng.normal(size=(5, 3, 3)))]
    _, cache = reparameterize_cholesky_forward(*point, eps)
    gradient = reparameterize_cholesky_backward(dz, cache)[index]

    def loss(v):
        moved = [np.tril(v) if i == index == 1 else v if i == index else p
                 for i, p in enumerate(point)]
        return np.sum(reparameterize_cholesky_forward(*moved, eps)[0] * dz)

    check = check_gradient(loss, point[index], gradient)
    assert check.max_relative_error < 1e-13, check


def test_binarisation_has_the_grey_value_as_its_mean(rng):
    x = np.array([[0.0, 0.2, 0.5, 1.0]])
    ones = binarize(x, rng.random((DRAWS, 4))).mean(axis=0)
    np.testing.assert_allclose(ones, x[0], atol=2.5 / np.sqrt(DRAWS))


def test_binarisation_leaves_black_and_white_alone(rng):
    x = rng.integers(0, 2, size=(50, 6)).astype(np.float32)
    np.testing.assert_array_equal(binarize(x, rng.random(x.shape)), x)


@pytest.mark.lecture11
def test_eq_11_6_free_bits_by_hand():
    """The floor holds for the mean over images, not for an image, nor for a sum.

    With log_var = 0 an image's divergence is mu^2 / 2. By dimension: (8, 0), mean 4,
    above the floor; (1/2, 1/2), on it; (0, 0.32), mean 0.16, below.
    """
    mu = np.array([[4.0, 1.0, 0.0], [0.0, -1.0, 0.8]])
    total, cache = free_bits_forward(mu, np.zeros((2, 3)), floor=0.5)
    assert total == pytest.approx(4 + 0.5 + 0.5)
    dmu, dlog_var = free_bits_backward(3.0, cache)
    np.testing.assert_allclose(dmu, [[3 / 2 * 4, 0, 0], [0, 0, 0]])  # d_total / n mu
    np.testing.assert_array_equal(dlog_var, 0)
    assert free_bits_forward(mu, np.zeros((2, 3)), floor=0.0)[0] == pytest.approx(4.66)
    # and of log_var: 1/2 (e^v - 1 - v), whose gradient is 1/2 (e^v - 1) / n
    log_var = np.log([[4.0, 1.0], [1.0, 1.0]])
    total, cache = free_bits_forward(np.zeros((2, 2)), log_var, floor=0.1)
    assert total == pytest.approx((3 - np.log(4)) / 4 + 0.1)
    dmu, dlog_var = free_bits_backward(1.0, cache)
    np.testing.assert_array_equal(dmu, 0)
    np.testing.assert_allclose(dlog_var, [[3 / 4, 0], [0, 0]])
