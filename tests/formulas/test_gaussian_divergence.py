"""The divergence between Gaussians: the slide's formula, means, derivatives."""

import numpy as np
import pytest

from scratchae.exact import LinearGaussian
from scratchae.formulas import gaussian_divergence as room
from scratchae.formulas.divergences import kl_diag_gaussian_forward
from scratchae.formulas.gaussian_divergence import kl_gaussian, kl_gaussian_forward
from scratchae.gradcheck import check_gradient
from scratchae.gradient_checks import run_checks

pytestmark = pytest.mark.lecture08


def test_gaussian_divergences_of_the_lecture():
    p = ([1, -1], [[1, 0.5], [0.5, 2]])
    r = ([0, 0.5], [[2, -0.3], [-0.3, 1]])
    assert kl_gaussian(*p, [0, 0], np.eye(2)) == pytest.approx(1.220192, abs=5e-7)
    assert kl_gaussian(*p, *r) == pytest.approx(1.635367, abs=5e-7)
    assert kl_gaussian(*r, *p) == pytest.approx(2.113399, abs=5e-7)


def test_eq_8_1_is_the_slides_formula_with_inverse_and_determinants(rng):
    mu0, mu1 = rng.normal(size=(2, 4))
    S0, S1 = (a @ a.T + 0.1 * np.eye(4) for a in rng.normal(size=(2, 4, 4)))
    inverse, step = np.linalg.inv(S1), mu1 - mu0
    slide = 0.5 * (
        np.log(np.linalg.det(S1) / np.linalg.det(S0)) - 4 + np.trace(inverse @ S0)
        + step @ inverse @ step
    )
    assert kl_gaussian(mu0, S0, mu1, S1) == pytest.approx(slide, rel=1e-11)


@pytest.fixture
def two_pairs(rng):
    """Means (2, 3) and lower factors (2, 3, 3) with a positive diagonal."""
    factors = np.tril(0.4 * rng.normal(size=(2, 2, 3, 3)), -1)
    L0, L1 = factors + np.eye(3) * rng.uniform(0.5, 1.5, size=(2, 2, 1, 3))
    return [rng.normal(size=(2, 3)), L0, rng.normal(size=(2, 3)), L1]


@pytest.mark.parametrize("index", [
    pytest.param(2, id="eq_8_2"), pytest.param(0, id="eq_8_3"),
    pytest.param(1, id="eq_8_4"), pytest.param(3, id="eq_8_5"),
])
def test_gradient_of_the_divergence(index, two_pairs):
    d_kl = np.array([1.0, -0.5])

    def value(v):
        lower = np.tril(v) if index % 2 else v  # of a factor the rest is not free
        moved = [lower if i == index else p for i, p in enumerate(two_pairs)]
        return kl_gaussian_forward(*moved)[0] @ d_kl

    gradient = room.kl_gaussian_backward(d_kl, kl_gaussian_forward(*two_pairs)[1])
    check = check_gradient(value, two_pairs[index], gradient[index])
    assert check.max_relative_error < 1e-12, check


@pytest.mark.parametrize("index", [0, 1], ids=["mu", "L"])
def test_eq_8_7_gradient_of_the_divergence_from_the_prior(index, two_pairs):
    point, d_kl = two_pairs[:2], np.array([1.0, -0.5])

    def value(v):
        moved = [np.tril(v) if i == index == 1 else v if i == index else p
                 for i, p in enumerate(point)]
        return room.kl_standard_gaussian_forward(*moved)[0] @ d_kl

    _, cache = room.kl_standard_gaussian_forward(*point)
    gradient = room.kl_standard_gaussian_backward(d_kl, cache)[index]
    check = check_gradient(value, point[index], gradient)
    assert check.max_relative_error < 1e-12, check


def test_eq_8_6_contains_the_diagonal_divergence_and_is_a_mean(rng):
    mu, log_var = rng.normal(size=(2, 5, 3))
    L = np.exp(0.5 * log_var)[:, :, None] * np.eye(3)
    unit = np.broadcast_to(np.eye(3), L.shape)
    general, _ = kl_gaussian_forward(mu, L, np.zeros_like(mu), unit)
    np.testing.assert_allclose(general, kl_diag_gaussian_forward(mu, log_var)[0])
    standard, _ = room.kl_standard_gaussian_forward(mu, L)
    np.testing.assert_allclose(general, standard)
    full = L + np.tril(rng.normal(size=L.shape), -1)
    eps = rng.normal(size=(200_000, 3))
    z = mu[0] + eps @ full[0].T
    log_q = -0.5 * np.sum(eps**2, axis=1) - 0.5 * log_var[0].sum()
    ratio = log_q + 0.5 * np.sum(z**2, axis=1)
    error = ratio.std() / np.sqrt(len(ratio))
    value = room.kl_standard_gaussian_forward(mu[:1], full[:1])[0][0]
    assert abs(ratio.mean() - value) < 3 * error


def test_planted_missing_mahalanobis_gradient_fails(monkeypatch):
    right = room.kl_gaussian_backward

    def without_m(d_kl, cache):
        *rest, m = cache
        return right(d_kl, (*rest, 0 * m))

    monkeypatch.setattr(room, "kl_gaussian_backward", without_m)
    assert not run_checks(["kl_gaussian"]).passed


@pytest.mark.parametrize("r", [-0.9, 0.3, 0.6])
def test_eq_8_8_no_diagonal_gaussian_comes_closer_than_the_known_gap(r, rng):
    correlated = np.array([[1, r], [r, 1]])
    known = -0.5 * np.log(1 - r * r)
    best = kl_gaussian([0, 0], (1 - r * r) * np.eye(2), [0, 0], correlated)
    assert best == pytest.approx(known, abs=1e-12)
    for variances in rng.uniform(0.05, 2, size=(50, 2)):
        assert kl_gaussian([0, 0], np.diag(variances), [0, 0], correlated) >= known


def test_full_covariance_beats_diagonal_by_the_known_gap(rng):
    model = LinearGaussian(np.array([[1.0, 0.9], [0.2, 1.0], [0.7, 0.7]]), sigma=0.5)
    x = model.sample(5, rng)
    mean, covariance = model.posterior(x)
    precision = np.linalg.inv(covariance)
    # The best diagonal q has the inverse diagonal of the precision as its variances.
    best = np.diag(1 / np.sqrt(np.diagonal(precision)))
    known = 0.5 * (
        np.log(np.diagonal(precision)).sum() - np.linalg.slogdet(precision)[1]
    )
    gaps = {
        name: model.elbo(x, mean, np.broadcast_to(L, (5, 2, 2)))["gap"]
        for name, L in (("diagonal", best), ("full", np.linalg.cholesky(covariance)),
                        ("marginal", np.diag(np.sqrt(np.diagonal(covariance)))))
    }
    np.testing.assert_allclose(gaps["diagonal"], known, rtol=1e-10)
    np.testing.assert_allclose(gaps["full"], 0, atol=1e-12)
    assert known > 0.3 and (gaps["marginal"] > known).all()
