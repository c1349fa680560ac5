"""The exact laboratory against closed forms, quadrature, Monte Carlo (lectures 6-9)."""

import itertools

import numpy as np
import pytest

from scratchae.exact import (
    BeliefNet,
    DiscreteLatent,
    LinearGaussian,
    TwoHills,
    derivation,
    estimators,
    inference,
    jensen_steps,
)
from scratchae.formulas import gaussian_divergence as room
from scratchae.formulas.divergences import kl_diag_gaussian_forward
from scratchae.formulas.gaussian_divergence import kl_gaussian, kl_gaussian_forward
from scratchae.gradient_checks import run_checks

LINE = LinearGaussian(2.0, sigma=1.0)  # z ~ N(0, 1), x|z ~ N(2 z, 1)
LOG_P = -2.623657


def q(m, v):
    return np.array([[m]]), np.sqrt(np.array([[[v]]]))


@pytest.mark.lecture06
def test_log_likelihood_and_posterior_of_the_lecture():
    assert LINE.log_likelihood([3.0])[0] == pytest.approx(LOG_P, abs=5e-7)
    mean, covariance = LINE.posterior([3.0])
    assert (mean[0, 0], covariance[0, 0]) == (pytest.approx(1.2), pytest.approx(0.2))


@pytest.mark.lecture06
def test_quadrature_equals_the_closed_form():
    x = np.array([3.0, -1.0, 0.0])
    np.testing.assert_allclose(
        LINE.quadrature(x), LINE.log_likelihood(x), rtol=0, atol=1e-10
    )
    with pytest.raises(ValueError, match="one latent dimension"):
        LinearGaussian(np.ones((3, 2))).quadrature(np.ones((1, 3)))


@pytest.mark.lecture07
@pytest.mark.parametrize(
    "m, v, row",
    [
        (0, 1, (-7.418939, 0, -7.418939, 4.795281)),
        (1, 0.5, (-2.418939, 0.596574, -3.015512, 0.391855)),
        (1.2, 0.2, (-1.498939, 1.124719, -2.623657, 0)),
    ],
)
def test_the_ledger_of_the_bound(m, v, row):
    ledger = LINE.elbo([3.0], *q(m, v))
    for name, value in zip(("reconstruction", "kl", "elbo", "gap"), row, strict=True):
        assert ledger[name][0] == pytest.approx(value, abs=1e-6), name
    total = (ledger["elbo"] + ledger["gap"])[0]
    assert total == pytest.approx(LINE.log_likelihood([3.0])[0], abs=1e-12)


@pytest.mark.lecture07
def test_d_dimensional_bound_plus_gap_is_log_p(rng):
    model = LinearGaussian(rng.normal(size=(5, 3)), rng.normal(size=5), 0.6)
    x = model.sample(20, rng)
    L = np.tril(rng.normal(size=(20, 3, 3)), -1) + np.eye(3) * 0.8
    ledger = model.elbo(x, rng.normal(size=(20, 3)), L)
    np.testing.assert_allclose(
        ledger["elbo"] + ledger["gap"], model.log_likelihood(x), rtol=1e-12
    )
    assert (ledger["gap"] > 0).all()


@pytest.mark.lecture06
def test_samples_have_the_density(rng):
    model = LinearGaussian(np.array([[1.0], [2.0]]), [0.5, -1], 0.7)
    x = model.sample(200_000, rng)
    C = model.W @ model.W.T + 0.49 * np.eye(2)
    np.testing.assert_allclose(np.cov(x.T), C, atol=0.05)
    entropy = 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * C))
    assert model.log_likelihood(x).mean() == pytest.approx(-entropy, abs=0.02)


@pytest.mark.lecture07
def test_every_line_of_the_derivation_is_the_same_number(rng):
    for _ in range(20):
        q, prior = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))
        lines = derivation(q, prior, rng.uniform(0.01, 1, 4))
        *gap, evidence, identity = lines.values()
        np.testing.assert_allclose(gap, gap[0], rtol=0, atol=1e-12)
        assert gap[0] >= 0 and identity == pytest.approx(evidence, abs=1e-12)


@pytest.mark.lecture12
def test_jensen_step_by_step(rng):
    p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    first, second, third, last = jensen_steps(p, q).values()
    assert first == pytest.approx(second, abs=1e-12)
    assert second <= third and third == pytest.approx(0, abs=1e-12)
    assert last == pytest.approx(0, abs=1e-12)
    assert jensen_steps(p, p)["-D(p||q)"] == 0


@pytest.mark.lecture07
def test_discrete_model_sums_to_one_and_its_ledger_adds_up(rng):
    model = DiscreteLatent([0.2, 0.5, 0.3], rng.uniform(0.1, 0.9, (3, 4)))
    x = np.array(list(itertools.product([0.0, 1.0], repeat=4)))
    assert np.exp(model.log_likelihood(x)).sum() == pytest.approx(1, abs=1e-12)
    ledger = model.elbo(x, rng.dirichlet(np.ones(3), size=16))
    np.testing.assert_allclose(
        ledger["elbo"] + ledger["gap"], model.log_likelihood(x), atol=1e-12
    )
    exact = model.elbo(x, model.posterior(x))
    np.testing.assert_allclose(exact["gap"], 0, atol=1e-12)
    frequency = model.sample(100_000, rng).mean(axis=0)
    np.testing.assert_allclose(frequency, model.prior @ model.theta, atol=0.01)


@pytest.mark.lecture07
def test_gradient_fit_finds_the_posterior():
    path = inference.fit_gaussian(LINE, 3.0, start=(-1.0, 0.5))
    np.testing.assert_allclose(path[-1], (1.2, 0.2), rtol=0, atol=1e-8)
    L = np.sqrt(path[-1][1]) * np.ones((1, 1, 1))
    assert LINE.elbo([3.0], [[path[-1][0]]], L)["gap"][0] < 1e-12


@pytest.mark.lecture07
def test_three_estimates_of_one_posterior(rng):
    estimate = inference.importance_sampling(LINE, 3.0, 50_000, rng)
    assert abs(estimate.log_likelihood - LOG_P) < 3 * estimate.log_likelihood_error
    assert abs(estimate.mean - 1.2) < 3 * estimate.mean_error
    chain, accepted = inference.metropolis_hastings(LINE, 3.0, 40_000, rng)
    error = inference.chain_mean_error(chain)
    assert abs(chain.mean() - 1.2) < 3 * error and 0.2 < accepted < 0.8
    assert chain.var() == pytest.approx(0.2, abs=0.02)
    assert error > 1.2 * chain.std() / np.sqrt(len(chain))  # neighbours are alike


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
def test_naive_draws_against_the_dimension(rng):
    assert round(inference.naive_draws(3.0, 1)) == 271
    assert inference.naive_draws(3.0, 10) == pytest.approx(4.9e7, rel=0.02)
    assert inference.naive_draws(3.0, 50) == pytest.approx(2.9e30, rel=0.02)
    weights = np.exp(LINE.log_conditional(np.array([3.0]), rng.normal(size=(10**6, 1))))
    simulated = weights.var() / weights.mean() ** 2 / 0.01
    assert simulated == pytest.approx(271, rel=0.05)


@pytest.mark.lecture09
@pytest.mark.parametrize("mu", [0.0, 0.7, 2.0])
def test_estimators_are_unbiased_with_the_variances_of_the_formula(mu):
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


@pytest.mark.lecture08
def test_gaussian_divergences_of_the_lecture():
    p = ([1, -1], [[1, 0.5], [0.5, 2]])
    r = ([0, 0.5], [[2, -0.3], [-0.3, 1]])
    assert kl_gaussian(*p, [0, 0], np.eye(2)) == pytest.approx(1.220192, abs=5e-7)
    assert kl_gaussian(*p, *r) == pytest.approx(1.635367, abs=5e-7)
    assert kl_gaussian(*r, *p) == pytest.approx(2.113399, abs=5e-7)


@pytest.mark.lecture08
def test_general_divergence_contains_the_diagonal_one_and_is_a_mean(rng):
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


@pytest.mark.lecture08
def test_planted_missing_mahalanobis_gradient_fails(monkeypatch):
    right = room.kl_gaussian_backward

    def without_m(d_kl, cache):
        *rest, m = cache
        return right(d_kl, (*rest, 0 * m))

    monkeypatch.setattr(room, "kl_gaussian_backward", without_m)
    assert not run_checks(["kl_gaussian"]).passed


@pytest.mark.lecture12
def test_forward_fit_covers_both_hills_from_any_start(rng):
    hills = TwoHills()
    for m, log_s in rng.normal(0, 1, size=(3, 2)):
        m, s, value = hills.fit(hills.forward_kl, m, log_s)
        assert m == pytest.approx(0, abs=1e-3) and s == pytest.approx(2.0616, abs=1e-3)
        assert value == pytest.approx(0.72355, abs=5e-6)
    assert hills.reverse_kl(m, np.log(s))[0] == pytest.approx(2.09762, abs=5e-4)


@pytest.mark.lecture12
@pytest.mark.parametrize("start", [-1.0, 1.0])
def test_reverse_fit_picks_the_hill_it_starts_at(start):
    hills = TwoHills()
    m, s, value = hills.fit(hills.reverse_kl, start, 0.0)
    assert m == pytest.approx(np.sign(start) * 1.99, abs=0.01)
    assert s == pytest.approx(0.5, abs=0.01)
    assert value == pytest.approx(0.6932, abs=1e-3)
    assert hills.forward_kl(m, np.log(s))[0] == pytest.approx(15.23, abs=0.3)


@pytest.mark.lecture10
def test_belief_net_sums_to_one_learns_and_samples(rng):
    truth = BeliefNet(9)
    truth.W, truth.b = np.tril(rng.normal(0, 2, (9, 9)), -1), rng.normal(size=9)
    images = np.array(list(itertools.product([0.0, 1.0], repeat=9)))
    assert np.exp(truth.log_likelihood(images)).sum() == pytest.approx(1, abs=1e-12)
    x = truth.sample(4000, rng)
    p = np.exp(truth.log_likelihood(images))
    np.testing.assert_allclose(x.mean(axis=0), p @ images, atol=0.04)
    learned = BeliefNet(9).fit(x, steps=1000)
    mean = np.clip(x.mean(axis=0), 1e-6, 1 - 1e-6)
    independent = np.mean(x @ np.log(mean) + (1 - x) @ np.log1p(-mean))
    assert learned.log_likelihood(x).mean() > independent + 0.5
    assert learned.log_likelihood(x).mean() >= truth.log_likelihood(x).mean() - 1e-3


@pytest.mark.lecture08
@pytest.mark.parametrize("r", [-0.9, 0.3, 0.6])
def test_eq_8_8_no_diagonal_gaussian_comes_closer_than_the_known_gap(r, rng):
    correlated = np.array([[1, r], [r, 1]])
    known = -0.5 * np.log(1 - r * r)
    best = kl_gaussian([0, 0], (1 - r * r) * np.eye(2), [0, 0], correlated)
    assert best == pytest.approx(known, abs=1e-12)
    for variances in rng.uniform(0.05, 2, size=(50, 2)):
        assert kl_gaussian([0, 0], np.diag(variances), [0, 0], correlated) >= known


@pytest.mark.lecture08
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
