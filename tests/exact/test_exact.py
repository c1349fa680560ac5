"""Models whose log p(x) is known, against hand values, quadrature and derivatives."""

import itertools
import math

import numpy as np
import pytest

from scratchae.exact import (
    BeliefNet,
    DiscreteLatent,
    LinearGaussian,
    derivation,
    jensen_steps,
)
from scratchae.gradcheck import check_gradient, numerical_gradient

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
def test_eq_6_1_bayes_theorem_by_hand():
    """A pixel is white with 0.9 and 0.3: white 0.18 and 0.24, black 0.02 and 0.56."""
    model = DiscreteLatent([0.2, 0.8], [[0.9], [0.3]])
    posterior = model.posterior(np.array([[1.0], [0.0]]))
    np.testing.assert_allclose(posterior, [[3 / 7, 4 / 7], [1 / 29, 28 / 29]])


@pytest.mark.lecture06
def test_eq_6_3_the_density_of_three_numbers_is_the_integral_over_their_cause(rng):
    model = LinearGaussian([[2.0], [-1.0], [0.5]], [0.5, 0, -1], 0.7)
    x = model.sample(5, rng)
    np.testing.assert_allclose(model.log_likelihood(x), model.quadrature(x), rtol=1e-10)


@pytest.mark.lecture06
def test_eq_6_4_the_posterior_has_the_top_and_the_curvature_of_the_joint(rng):
    model = LinearGaussian(rng.normal(size=(4, 2)), rng.normal(size=4), 0.6)
    x = model.sample(3, rng)
    means, covariance = model.posterior(x)
    for row, mean in zip(x, means, strict=True):
        def slope(z, row=row):
            return numerical_gradient(lambda z: model.log_joint(row, z), z)

        np.testing.assert_allclose(slope(mean), 0, atol=1e-10)
        curvature = [slope(mean + step) for step in np.eye(2)]
        np.testing.assert_allclose(curvature, -np.linalg.inv(covariance), rtol=1e-9)


@pytest.mark.lecture06
def test_eq_6_2_quadrature_equals_the_closed_form():
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
def test_eq_7_6_the_ledger_of_the_bound(m, v, row):
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
@pytest.mark.parametrize("line", [
    pytest.param("sum of q log(q / p(z|x))", id="eq_7_1"),
    pytest.param("E_q[log q - log p(z|x)]", id="eq_7_2"),
    pytest.param("Bayes inserted", id="eq_7_3"),
    pytest.param("log p(x) taken out", id="eq_7_4"),
    pytest.param("logarithm split", id="between (7.3) and (7.4)"),
])
def test_every_line_of_the_derivation_is_the_divergence(line, rng):
    for _ in range(20):
        q, prior = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))
        likelihood = rng.uniform(0.01, 1, 4)
        joint = [a * b for a, b in zip(likelihood, prior, strict=True)]
        expected = sum(
            a * math.log(a / (b / sum(joint))) for a, b in zip(q, joint, strict=True)
        )
        lines = derivation(q, prior, likelihood)
        assert lines[line] == pytest.approx(expected, abs=1e-12)


@pytest.mark.lecture07
def test_eq_7_5_the_identity_by_hand():
    """p(x) = 1/2 0.6 + 1/2 0.2 = 0.4, p(z|x) = (3/4, 1/4); q = (1/2, 1/2)."""
    half, likelihood = np.array([0.5, 0.5]), np.array([0.6, 0.2])
    lines = derivation(half, half, likelihood)
    assert lines["log p(x)"] == pytest.approx(math.log(0.4))
    end = lines["E_q[log p(x|z)] - KL(q, prior) + KL(q, posterior)"]
    assert end == pytest.approx(math.log(0.4))
    gap = lines["sum of q log(q / p(z|x))"]
    assert gap == pytest.approx(0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25))
    skewed = derivation(np.array([0.8, 0.2]), half, likelihood)  # KL to the prior too
    assert [*skewed.values()][-1] == pytest.approx(math.log(0.4))


@pytest.mark.lecture12
def test_eq_12_1_jensen_step_by_step(rng):
    p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    first, second, third, last = jensen_steps(p, q).values()
    assert first == pytest.approx(second, abs=1e-12)
    assert second <= third and third == pytest.approx(0, abs=1e-12)
    assert last == pytest.approx(0, abs=1e-12)
    assert jensen_steps(p, p)["-D(p||q)"] == 0
    steps = jensen_steps([0.5, 0.5, 0], [0.2, 0.3, 0.5])  # a sum where p > 0, and all
    assert [*steps.values()][2:] == pytest.approx([np.log(0.5), 0], abs=1e-15)


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


@pytest.mark.lecture06
def test_the_grid_reaches_where_the_posterior_is_unless_told_otherwise():
    """At x = 20 it lies around 8."""
    exact = LINE.log_likelihood([20.0])
    np.testing.assert_allclose(LINE.quadrature([20.0]), exact, rtol=1e-9)
    np.testing.assert_allclose(LINE.quadrature([20.0], 300, 14.0), exact, rtol=1e-9)
    assert LINE.quadrature([20.0], width=7.0)[0] < exact[0] - 1
    with pytest.raises(ValueError, match="one latent dimension; got k = 2"):
        LinearGaussian(np.ones((3, 2))).quadrature(np.zeros(3))


@pytest.mark.lecture06
def test_eq_6_6_log_p_is_a_sum_over_pixels_that_look_at_earlier_ones(rng):
    net = BeliefNet(5)
    net.W, net.b = np.tril(rng.normal(0, 2, (5, 5)), -1), rng.normal(size=5)
    x = (rng.random((4, 5)) < 0.5).astype(float)
    for image, log_p in zip(x, net.log_likelihood(x), strict=True):
        total = 0.0
        for j in range(5):
            logit = net.b[j] + sum(net.W[j, i] * image[i] for i in range(j))
            p = 1 / (1 + math.exp(-logit))
            total += math.log(p if image[j] else 1 - p)
        assert log_p == pytest.approx(total, rel=1e-12)


@pytest.mark.lecture06
def test_eq_6_7_gradient_of_the_belief_net(rng):
    net, x = BeliefNet(5), (rng.random((4, 5)) < 0.5).astype(float)
    W, b = rng.normal(size=(5, 5)), rng.normal(size=5)
    _, dW, db = net.loss(W, b, x)
    for check in (check_gradient(lambda W: net.loss(W, b, x)[0], W, dW),
                  check_gradient(lambda b: net.loss(W, b, x)[0], b, db)):
        assert check.max_relative_error < 1e-13, check
    assert (np.triu(dW) == 0).all()


@pytest.mark.lecture10
def test_belief_net_takes_the_steps_it_is_told(rng):
    x = (rng.random((40, 3)) < [0.2, 0.5, 0.9]).astype(float)
    net = BeliefNet(3).fit(x, steps=1, learning_rate=0.2)  # Adam's first is the rate
    np.testing.assert_allclose(net.b, 0.2 * np.sign(x.mean(axis=0) - 0.5), rtol=1e-5)
    usual, told = BeliefNet(3).fit(x), BeliefNet(3).fit(x, 500, 0.05)
    np.testing.assert_array_equal(usual.W, told.W)
    none = BeliefNet(3).fit(x, steps=0)
    assert not none.W.any() and not none.b.any()


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


@pytest.mark.lecture11
def test_eq_11_5_the_gap_is_that_of_the_family_and_that_of_the_encoder(rng):
    """A diagonal q misses its best mean by delta, its best variances by the factors r.

    What that costs beyond the best of the family: 1/2 delta P delta^T for the mean, P
    the inverse of the posterior's covariance, and 1/2 (r - 1 - log r) for a variance.
    """
    model = LinearGaussian(np.array([[1.0, 0.9], [0.2, 1.0], [0.7, 0.7]]), sigma=0.5)
    x = model.sample(1, rng)
    mean, covariance = model.posterior(x)
    P = np.linalg.inv(covariance)
    delta, r = np.array([0.3, -0.2]), np.array([1.5, 0.4])
    best = model.elbo(x, mean, np.diag(np.diagonal(P) ** -0.5)[None])
    L = np.diag(np.sqrt(r / np.diagonal(P)))[None]
    encoder = model.elbo(x, mean + delta, L)
    family = 0.5 * np.log(np.diagonal(P).prod() * np.linalg.det(covariance))
    amortisation = 0.5 * delta @ P @ delta + 0.5 * np.sum(r - 1 - np.log(r))
    log_p = model.log_likelihood(x)[0]
    assert log_p - best["elbo"][0] == pytest.approx(family)
    assert best["elbo"][0] - encoder["elbo"][0] == pytest.approx(amortisation)
    assert encoder["gap"][0] == pytest.approx(family + amortisation)


@pytest.mark.lecture07
def test_a_cause_that_q_rules_out_adds_nothing_to_any_line():
    """0 log 0 is 0: q = (1, 0), p(z|x) = (3/4, 1/4), so the divergence is log 4/3."""
    half, likelihood = np.array([0.5, 0.5]), np.array([0.6, 0.2])
    lines = [*derivation(np.array([1.0, 0.0]), half, likelihood).values()]
    assert lines[:5] == pytest.approx([math.log(4 / 3)] * 5)
    assert lines[5:] == pytest.approx([math.log(0.4)] * 2)


@pytest.mark.lecture07
def test_the_ledger_adds_up_where_probabilities_are_too_small_for_a_float(rng):
    model = DiscreteLatent([0.2, 0.8, 0.0], rng.uniform(0.1, 0.9, (3, 2000)))
    x = model.sample(4, rng)
    ledger = model.elbo(x, np.tile([0.5, 0.5, 0.0], (4, 1)))
    np.testing.assert_allclose(ledger["elbo"] + ledger["gap"], model.log_likelihood(x))
    np.testing.assert_allclose(model.posterior(x).sum(axis=1), 1)
    assert (model.log_likelihood(x) < -800).all()


@pytest.mark.lecture06
@pytest.mark.parametrize("sigma", [1e-5, 1e-3, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("w", [0.01, 2.0, 300.0])
def test_a_grid_follows_the_posterior_however_narrow_it_is(w, sigma):
    model, x = LinearGaussian(w, 0.5, sigma), np.array([3.0, -40.0, 0.5])
    np.testing.assert_allclose(
        model.quadrature(x), model.log_likelihood(x), rtol=1e-9, atol=1e-8)
