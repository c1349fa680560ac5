"""Routes to a posterior and a gradient that are known: fits, draws, estimators."""

import numpy as np
import pytest

from scratchae.exact import LinearGaussian, estimators, inference
from scratchae.gradcheck import check_gradient, numerical_gradient

LINE = LinearGaussian(2.0, sigma=1.0)  # z ~ N(0, 1), x|z ~ N(2 z, 1)
LOG_P = -2.623657


@pytest.mark.lecture07
def test_gradient_fit_finds_the_posterior():
    path = inference.fit_gaussian(LINE, 3.0, start=(-1.0, 0.5))
    np.testing.assert_allclose(path[-1], (1.2, 0.2), rtol=0, atol=1e-8)
    L = np.sqrt(path[-1][1]) * np.ones((1, 1, 1))
    assert LINE.elbo([3.0], [[path[-1][0]]], L)["gap"][0] < 1e-12


@pytest.mark.lecture07
def test_eq_7_7_gradient_of_the_bound_in_mean_and_log_variance(rng):
    """Of the bound in closed form, which `LinearGaussian.elbo` computes."""
    model, x = LinearGaussian([[2.0], [-0.5]], [0.3, 0.1], 0.8), np.array([[3.0, 1.0]])

    def bound(p):
        return model.elbo(x, [[p[0]]], [[[np.exp(0.5 * p[1])]]])["elbo"][0]

    for m, log_v in rng.normal(size=(5, 2)):
        value, *gradient = inference.gaussian_fit_gradient(model, x[0], m, log_v)
        point = np.array([m, log_v])
        assert value == pytest.approx(bound(point), abs=1e-12)
        check = check_gradient(bound, point, np.array(gradient), "richardson")
        assert check.max_relative_error < 1e-8, check


@pytest.mark.lecture07
def test_a_fit_takes_the_steps_it_is_told_from_where_it_is_told():
    m, log_v = 0.1, 0.2
    _, dm, dlog_v = inference.gaussian_fit_gradient(LINE, np.array([3.0]), m, log_v)
    for rate, step in ((0.05, 0.05), (None, 0.5 / 5)):  # half of 1 / (1 + 2^2)
        path = inference.fit_gaussian(LINE, 3.0, (m, log_v), steps=1, rate=rate)
        np.testing.assert_allclose(
            path, [(m, np.exp(log_v)), (m + step * dm, np.exp(log_v + dlog_v))])
    assert inference.fit_gaussian(LINE, 3.0, steps=7).shape == (8, 2)
    np.testing.assert_array_equal(inference.fit_gaussian(LINE, 3.0)[0], [0, 1])


@pytest.mark.lecture07
def test_a_chain_starts_where_and_steps_as_far_as_it_is_told(rng):
    still, accepted = inference.metropolis_hastings(LINE, 3.0, 5, rng, 0.0, start=7.0)
    assert (still == 7).all() and accepted == 1
    chain, accepted = inference.metropolis_hastings(LINE, 3.0, 200, rng, 50.0, 1.2)
    moved = np.diff(chain, prepend=1.2) != 0
    assert accepted == moved.mean() < 0.2  # a refused step repeats the number before


@pytest.mark.lecture07
def test_a_chain_proposes_the_steps_that_were_drawn_times_its_own():
    class Drawn:
        def standard_normal(self, n):
            return np.array([0.1, 0.2, -0.05])

        def random(self, n):
            return np.full(n, 1e-300)  # every proposal is accepted

    chain, accepted = inference.metropolis_hastings(LINE, 3.0, 3, Drawn(), 4.0, 1.0)
    np.testing.assert_allclose(chain, [1.4, 2.2, 2.0])
    default, _ = inference.metropolis_hastings(LINE, 3.0, 3, Drawn())
    np.testing.assert_allclose(default, [0.1, 0.3, 0.25])


@pytest.mark.lecture11
def test_the_bound_without_noise_is_one_log_weight_in_all_repeats(monkeypatch):
    monkeypatch.setattr(inference, "BLOCK", 10)
    expected = LINE.log_joint(np.array([3.0]), np.array([0.4])) + 0.5 * np.log(
        2 * np.pi * 0.3)
    shapes = []

    class NoNoise:
        def standard_normal(self, size):
            shapes.append(size)
            return np.zeros(size)

    value, error = inference.importance_weighted_bound(
        LINE, 3.0, 4, 7, NoNoise(), m=0.4, v=0.3)
    assert value == pytest.approx(expected) and error == pytest.approx(0, abs=1e-12)
    assert shapes == [(4, 2), (4, 2), (4, 2), (4, 1)]


@pytest.mark.lecture07
def test_importance_sampling_finds_evidence_and_posterior(rng):
    estimate = inference.importance_sampling(LINE, 3.0, 50_000, rng)
    assert abs(estimate.log_likelihood - LOG_P) < 3 * estimate.log_likelihood_error
    assert abs(estimate.mean - 1.2) < 3 * estimate.mean_error


@pytest.mark.lecture07
@pytest.mark.parametrize("x", [3.0, 60.0])
def test_weights_are_compared_with_the_largest_however_small_all_are(x, rng):
    """At 60 every log-weight is below -30 000."""
    model = LinearGaussian(np.ones((20, 1)))
    mean, covariance = model.posterior(np.full((1, 20), x))
    estimate = inference.importance_sampling(
        model, np.full(20, x), 4000, rng, m=mean.item() + 0.1, v=1.5 * covariance.item()
    )
    log_p = model.log_likelihood(np.full((1, 20), x)).item()
    assert estimate.log_likelihood == pytest.approx(log_p, abs=0.05)
    assert abs(estimate.mean - mean.item()) < 4 * estimate.mean_error < 0.1


@pytest.mark.lecture07
def test_eq_7_8_the_chain_has_the_posteriors_mean_variance_and_rate(rng):
    """The rate at which steps are accepted is a double integral: min(1, p'/p)."""
    chain, accepted = inference.metropolis_hastings(LINE, 3.0, 40_000, rng)
    assert abs(chain.mean() - 1.2) < 3 * inference.chain_mean_error(chain)
    assert chain.var() == pytest.approx(0.2, abs=0.02)
    nodes, mass = np.polynomial.hermite_e.hermegauss(60)
    z, step = 1.2 + np.sqrt(0.2) * nodes[:, None], nodes
    log_ratio = ((z - 1.2) ** 2 - (z + step - 1.2) ** 2) / (2 * 0.2)
    mass = mass / mass.sum()
    expected = mass @ np.minimum(1, np.exp(log_ratio)) @ mass
    assert accepted == pytest.approx(expected, abs=0.02)


@pytest.mark.lecture07
def test_eq_7_9_error_of_a_chain_by_hand_and_above_that_of_independent_draws(rng):
    # two batches with the means 1 and 3: std sqrt(2), over sqrt(2)
    chain = np.array([0, 2, 5, 1, 9.0])  # the last fills no batch
    for length in (4, 5):
        assert inference.chain_mean_error(chain[:length], 2) == pytest.approx(1)
    chain, _ = inference.metropolis_hastings(LINE, 3.0, 20_000, rng)
    independent = chain.std() / np.sqrt(len(chain))
    assert inference.chain_mean_error(chain) > 1.2 * independent
    assert inference.chain_mean_error(chain) == inference.chain_mean_error(chain, 50)


@pytest.mark.lecture07
def test_every_error_of_an_estimate_is_its_scatter_over_seeds():
    def standardised(rng):
        few = inference.importance_sampling(LINE, 3.0, 4000, rng)
        bound = inference.importance_weighted_bound(LINE, 3.0, 5, 300, rng)
        steps = rng.normal(size=2000)
        for i in range(1, len(steps)):  # a chain of known mean whose draws are alike
            steps[i] += 0.5 * steps[i - 1]
        return (
            (few.log_likelihood - LOG_P) / few.log_likelihood_error,
            (few.mean - 1.2) / few.mean_error,
            (bound[0] + 3.1468) / bound[1],
            steps.mean() / inference.chain_mean_error(steps),
        )

    off = np.array([standardised(np.random.default_rng(seed)) for seed in range(300)])
    np.testing.assert_allclose(off.std(axis=0), 1, atol=0.15)


@pytest.mark.lecture07
def test_the_posterior_as_proposal_has_no_error(rng):
    estimate = inference.importance_sampling(LINE, 3.0, 100, rng, m=1.2, v=0.2)
    assert estimate.log_likelihood == pytest.approx(LOG_P, abs=1e-6)
    assert estimate.effective_sample_size == pytest.approx(100)


@pytest.mark.lecture11
@pytest.mark.parametrize("K, bound", [(1, -7.419), (5, -3.147), (50, -2.652),
                                      (500, -2.626)])
def test_importance_weighted_bound(K, bound, rng):
    value, error = inference.importance_weighted_bound(LINE, 3.0, K, 40_000, rng)
    assert abs(value - bound) < 3 * error + 5e-4
    assert value - 3 * error < LOG_P


@pytest.mark.lecture06
def test_eq_6_5_naive_draws_against_the_dimension(rng):
    assert round(inference.naive_draws(3.0, 1)) == 271
    assert inference.naive_draws(3.0, 10) == pytest.approx(4.9e7, rel=0.02)
    assert inference.naive_draws(3.0, 50) == pytest.approx(2.9e30, rel=0.02)
    weights = np.exp(LINE.log_conditional(np.array([3.0]), rng.normal(size=(10**6, 1))))
    simulated = weights.var() / weights.mean() ** 2 / 0.01
    assert simulated == pytest.approx(271, rel=0.05)
    few = inference.naive_draws(3.0, 1, error=0.2)
    assert few == pytest.approx(inference.naive_draws(3.0, 1) / 4)
    assert inference.naive_draws(1.5, 2, w=1.0, sigma=0.5) == pytest.approx(
        inference.naive_draws(3.0, 2))  # another unit of x


@pytest.mark.lecture09
@pytest.mark.parametrize("estimate", [
    pytest.param(estimators.score_function, id="eq_9_1"),
    pytest.param(estimators.pathwise, id="eq_9_2"),
])
def test_estimator_has_the_slope_of_the_mean_as_its_mean(estimate):
    """Means over eps as sums over ten points, exact for these polynomials."""
    eps, mass = np.polynomial.hermite_e.hermegauss(10)
    mass = mass / mass.sum()
    for mu in (-1.5, 0.0, 0.7):
        slope = numerical_gradient(lambda m: mass @ (m + eps) ** 2, np.array([mu]))
        assert mass @ estimate(mu, eps) == pytest.approx(slope[0], abs=1e-12)


@pytest.mark.lecture09
@pytest.mark.parametrize("mu", [0.0, 0.7, 2.0])
def test_eq_9_3_estimators_have_the_variances_of_the_formula(mu):
    eps = np.random.default_rng(1).normal(size=4_000_000)
    baseline = estimators.mean_baseline(mu)
    samples = {
        "pathwise": estimators.pathwise(mu, eps),
        "score": estimators.score_function(mu, eps),
        "score with mean baseline": estimators.score_function(mu, eps, baseline),
    }
    for name, expected in estimators.variances(mu).items():
        each = samples[name]
        assert each.var() == pytest.approx(expected, rel=0.02), name
        assert abs(each.mean() - 2 * mu) < 4 * np.sqrt(expected / eps.size)
