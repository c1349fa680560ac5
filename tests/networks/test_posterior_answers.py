"""What a posterior says of itself, against a factor that is written out by hand."""

import numpy as np
import pytest

from scratchae import VariationalAutoencoder, backend
from scratchae.formulas.gaussian_divergence import kl_gaussian
from scratchae.networks.posteriors import POSTERIORS

pytestmark = pytest.mark.lecture09
K = 3
MU, LOG_VAR, LOWER = [0.5, -1.0, 2.0], [-0.6, 0.4, 1.2], [0.7, -0.3, 0.9]
HEADS = {"diagonal": MU + LOG_VAR, "full": MU + LOG_VAR + LOWER}
every = pytest.mark.parametrize("name", POSTERIORS)


def factor(name):
    """L : (3, 3), of which the full posterior alone has numbers below the diagonal."""
    a, b, c = LOWER if name == "full" else (0, 0, 0)
    s, t, u = np.exp(0.5 * np.array(LOG_VAR))
    return np.array([[s, 0, 0], [a, t, 0], [b, c, u]])


@every
def test_eq_9_5_covariance_and_deviation_are_those_of_the_factor(name):
    """Of two images, the second with another factor: half of it."""
    posterior, L = POSTERIORS[name](K), factor(name)
    half = np.r_[MU, np.array(LOG_VAR) - 2 * np.log(2), np.array(LOWER) / 2]
    heads = np.array([HEADS[name], half[: len(HEADS[name])]])
    Sigma = L @ L.T
    np.testing.assert_allclose(posterior.covariance(heads), [Sigma, Sigma / 4])
    spread = np.sqrt(np.diag(Sigma))
    np.testing.assert_allclose(posterior.std(heads), [spread, spread / 2])


@every
def test_samples_come_from_the_factor_and_standardising_takes_them_back(name, rng):
    posterior, head = POSTERIORS[name](K), np.array([HEADS[name]] * 5)
    eps = rng.normal(size=(5, K))
    by_hand = [MU + factor(name) @ e for e in eps]
    np.testing.assert_allclose(posterior.sample(head, eps), by_hand)
    for which in ("numpy", "numba"):
        with backend(which):
            np.testing.assert_allclose(posterior.forward(head, eps)[0], by_hand)
    z = np.array(by_hand)
    np.testing.assert_allclose(posterior.standardised(z, head[0]), eps, rtol=1e-9)


@every
def test_eq_8_6_divergences_add_up_to_that_of_the_covariance(name):
    posterior, L = POSTERIORS[name](K), factor(name)
    divergences = posterior.divergences(np.array([HEADS[name]]))
    expected = kl_gaussian(MU, L @ L.T, np.zeros(K), np.eye(K))
    assert divergences.shape == (1, K)
    assert divergences.sum() == pytest.approx(expected, rel=1e-12)


@every
def test_a_model_tells_means_deviations_and_covariances_of_its_posterior(name, rng):
    x = rng.normal(size=(20, 5))
    model = VariationalAutoencoder(K, (), decoder="gaussian", posterior=name, epochs=1,
                                   random_state=0, verbose=False, dtype="float64")
    with backend("numpy"):
        values = model.fit(x).parameters_.values
        values["encoder.0.W"][...], values["encoder.0.b"][...] = 0, HEADS[name]
        mean, std = model.encode_distribution(x)
        again, covariance = model.encode_distribution(x, return_cov=True)
    Sigma = factor(name) @ factor(name).T
    for found, expected in ((mean, MU), (again, MU), (std, np.sqrt(np.diag(Sigma))),
                            (covariance, Sigma)):
        np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape))
        assert len(found) == 20


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every
def test_no_digit_of_a_divergence_near_the_prior_is_lost(name, dtype, rng):
    """By the series of sigma^2 - 1 - log_var, a^2 / 2 + a^3 / 6 + a^4 / 24."""
    posterior, eps = POSTERIORS[name](K), np.finfo(dtype).eps
    head = (1e-4 * rng.normal(size=(20, posterior.size))).astype(dtype)
    mu, a, below = np.split(head.astype(float), [3, 6], axis=1)
    series = mu**2 + a**2 / 2 + a**3 / 6 + a**4 / 24
    for i, entry in zip((1, 2, 2), below.T, strict=False):  # L_10, L_20, L_21
        series[:, i] += entry**2
    found = posterior.divergences(head)
    assert found.dtype == dtype and (found >= 0).all()
    np.testing.assert_allclose(found, series / 2, atol=4 * eps * np.abs(a).max())
    np.testing.assert_allclose(found.sum(axis=1),
                               posterior.forward(head, np.zeros((20, 3), dtype))[1],
                               atol=16 * eps * np.abs(a).max())
