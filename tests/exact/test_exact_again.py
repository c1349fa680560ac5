"""The models whose log p is known: fitted again, at their edges, by default."""

import itertools
import math
import warnings

import numpy as np
import pytest
from scipy.stats import norm

from scratchae.exact import (
    BeliefNet,
    DiscreteLatent,
    LinearGaussian,
    TwoHills,
    derivation,
    estimators,
    jensen_steps,
)


@pytest.mark.lecture06
def test_a_second_fit_of_a_belief_net_goes_on_from_the_first(rng):
    x = (rng.random((40, 3)) < [0.2, 0.5, 0.9]).astype(float)
    net = BeliefNet(3)
    net.W[2, 0], net.b[...] = 0.7, (1.0, 2.0, 3.0)
    assert net.fit(x, steps=0) is net
    np.testing.assert_array_equal(net.b, [1, 2, 3])
    assert net.W[2, 0] == 0.7 and np.count_nonzero(net.W) == 1
    net.fit(x, steps=1, learning_rate=0.1)  # Adam's first step is the rate
    np.testing.assert_allclose(np.abs(net.b - [1, 2, 3]), 0.1, rtol=1e-4)
    assert abs(net.W[2, 0] - 0.7) == pytest.approx(0.1, rel=1e-4)


@pytest.mark.lecture06
def test_a_belief_nets_gradient_leaves_pixels_that_come_later_out(rng):
    x = (rng.random((9, 4)) < 0.5).astype(float)
    W = rng.normal(size=(4, 4))
    value, dW, db = BeliefNet(4).loss(W, np.zeros(4), x)
    below, db_below = BeliefNet(4).loss(np.tril(W, -1), np.zeros(4), x)[::2]
    assert value == below and not np.triu(dW).any() and db.all()
    np.testing.assert_array_equal(db, db_below)


@pytest.mark.lecture06
def test_pixels_of_a_belief_net_without_weights_are_coins_of_their_own(rng):
    net = BeliefNet(3)
    net.b[...] = np.log([0.2 / 0.8, 1, 9])
    means = net.sample(20_000, rng).mean(axis=0)
    np.testing.assert_allclose(means, [0.2, 0.5, 0.9], atol=0.015)


@pytest.mark.lecture07
def test_a_cause_that_never_occurs_is_worth_nothing_and_no_warning():
    model = DiscreteLatent([0.0, 1.0], [[0.5], [0.25]])
    x = np.array([[1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.posterior(x), [[0, 1]])
        assert model.log_likelihood(x)[0] == pytest.approx(np.log(0.25))
        assert model.elbo(x, np.array([[0.0, 1.0]]))["kl"][0] == 0
    with np.errstate(divide="ignore"):  # q where the prior has nothing
        assert model.elbo(x, np.array([[0.5, 0.5]]))["kl"][0] == np.inf


@pytest.mark.lecture07
@pytest.mark.filterwarnings("error")
def test_a_pixel_that_a_cause_always_makes_white_or_black_is_known_by_it():
    """p(white) = 1/2 1 + 1/2 1/4, p(black) = 1/2 3/4; the second pixel is black."""
    model = DiscreteLatent([0.5, 0.5], [[1.0, 0.0], [0.25, 0.0]])
    x = np.array([[1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(np.exp(model.log_conditional(x)), [[1, 0.25], [0, 0.75]])
    np.testing.assert_allclose(np.exp(model.log_likelihood(x)), [0.625, 0.375])
    np.testing.assert_allclose(model.posterior(x), [[0.8, 0.2], [0, 1]])
    ledger = model.elbo(x, model.posterior(x))
    np.testing.assert_allclose(ledger["elbo"], np.log([0.625, 0.375]))
    np.testing.assert_allclose(ledger["gap"], 0, atol=1e-15)
    assert (model.log_likelihood(np.array([[0.0, 1.0]])) == -np.inf).all()
    assert (model.sample(50, np.random.default_rng(0))[:, 1] == 0).all()


@pytest.mark.lecture07
def test_causes_of_a_discrete_model_are_drawn_by_their_prior(rng):
    model = DiscreteLatent([0.1, 0.2, 0.7], np.eye(3) * 0.98 + 0.01)
    drawn = model.sample(20_000, rng)
    assert set(np.unique(drawn)) == {0, 1} and drawn.shape == (20_000, 3)
    expected = np.array([0.1, 0.2, 0.7]) * 0.98 + 0.01
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.012)


@pytest.mark.lecture12
def test_a_fit_to_two_hills_gives_the_divergence_where_it_ends():
    hills = TwoHills(centre=1.5, scale=0.8)
    m, s, value = hills.fit(hills.forward_kl, 0.7, 1.0)
    assert (m, s) == pytest.approx((0, np.sqrt(1.5**2 + 0.8**2)), abs=1e-3)
    assert value == pytest.approx(hills.forward_kl(m, np.log(s))[0])
    assert value < hills.forward_kl(0.7, 1.0)[0] - 0.1


@pytest.mark.lecture12
def test_a_fit_to_two_hills_begins_where_it_is_told():
    hills = TwoHills()
    m, s, value = hills.fit(hills.reverse_kl, 0.3, -0.2, steps=1)  # the last is none
    assert (m, s) == pytest.approx((0.3, np.exp(-0.2)))
    first = hills.fit(hills.reverse_kl, 0.3, -0.2, steps=2, rate=0.1)
    assert abs(first[0] - 0.3) == pytest.approx(0.05, rel=1e-4)  # half of the rate


@pytest.mark.lecture06
def test_b_and_sigma_are_those_of_every_dimension_unless_told_otherwise():
    W = np.array([[1.0], [2.0], [0.0]])
    plain, told = LinearGaussian(W), LinearGaussian(W, np.zeros(3), 1)
    shifted = LinearGaussian(W, 3.0)
    np.testing.assert_array_equal(plain.b, told.b, strict=True)
    assert plain.sigma == told.sigma == 1
    with pytest.raises(ValueError, match="broadcast"):
        LinearGaussian(W, [1.0, 2.0])
    x = np.array([[0.3, -1.0, 0.5]])
    assert shifted.log_likelihood(x + 3) == pytest.approx(plain.log_likelihood(x))
    np.testing.assert_allclose(shifted.posterior(x + 3)[0], plain.posterior(x)[0])


@pytest.mark.filterwarnings("error")
def test_an_image_that_no_cause_makes_has_no_posterior():
    model = DiscreteLatent([0.5, 0.5], [[1.0, 0.5], [1.0, 0.2]])
    x = [[1, 0], [0, 1]]
    assert np.isneginf(model.log_likelihood(x)).tolist() == [False, True]
    for ask in model.posterior, lambda x: model.elbo(x, np.full((2, 2), 0.5)):
        with pytest.raises(ValueError, match=r"^no z makes the image in row 1: .* 0"):
            ask(x)
    with pytest.raises(ValueError, match=r"^no z makes this x: p\(x\) is 0"):
        derivation([0.5, 0.5], model.prior, [0, 0])


@pytest.mark.filterwarnings("error")
def test_a_q_of_whole_numbers_on_a_cause_that_is_impossible_has_no_bound():
    model = DiscreteLatent([0.5, 0.5], [[1.0, 0.5], [0.5, 0.2]])
    ledger = model.elbo(np.array([[0, 1], [0, 1]]), np.array([[1, 0], [0, 1]]))
    assert ledger["elbo"][0] == -np.inf and ledger["gap"][0] == np.inf
    assert ledger["gap"][1] == 0 and ledger["elbo"][1] == pytest.approx(np.log(0.05))


@pytest.mark.lecture06
@pytest.mark.parametrize("sigma", [1.0, 1e-3, 1e-7, 1e-9])
@pytest.mark.parametrize("d, k", [(3, 1), (5, 2), (2, 2), (2, 4)])
def test_eq_6_3_keeps_a_sigma_that_is_far_below_w(d, k, sigma, rng):
    """Along the axes of the covariance, and by the bound: at q = p(z|x) nothing is
    missing, and no bound is above log p."""
    model = LinearGaussian(rng.normal(size=(d, k)), rng.normal(size=d), sigma)
    x = model.sample(4, rng)
    axes, s, _ = np.linalg.svd(model.W)
    std = np.hypot(np.append(s, [0] * d)[:d], sigma)
    by_axis = norm.logpdf((x - model.b) @ axes, scale=std).sum(axis=1)
    np.testing.assert_allclose(model.log_likelihood(x), by_axis, rtol=1e-9)
    if k > d:
        return  # what x does not tell of z is lost beside a precision of 1e18
    mean, covariance = model.posterior(x)
    L = np.repeat(np.linalg.cholesky(covariance)[None], len(x), axis=0)
    np.testing.assert_allclose(model.elbo(x, mean, L)["elbo"], by_axis, rtol=1e-6)


@pytest.mark.lecture07
@pytest.mark.parametrize("far", [0.3, 0.05, 0.01, 1e-9])
def test_eq_7_5_a_gap_is_finite_where_the_bound_is(far, rng):
    """p(z|x) of the other classes is e^-700 and less, and not 0."""
    theta = np.where(rng.random((3, 784)) < 0.5, far, 1 - far)
    model, q = DiscreteLatent([0.2, 0.3, 0.5], theta), np.full((2, 3), 1 / 3)
    x = model.sample(2, rng)
    ledger = model.elbo(x, q)
    assert np.isfinite(ledger["gap"]).all() and (ledger["gap"] > 0).all()
    np.testing.assert_allclose(ledger["elbo"] + ledger["gap"], model.log_likelihood(x),
                               rtol=1e-11)


@pytest.mark.lecture09
def test_variances_of_whole_numbers_do_not_wrap_around():
    for mu, kind in itertools.product((2, 300, 50_000), (np.int16, np.int32, np.int64)):
        mu = kind(mu % np.iinfo(kind).max)
        exact = int(mu)
        found = estimators.variances(mu)
        assert found["score"] == pytest.approx(exact**4 + 14 * exact**2 + 15)
        assert found["score with mean baseline"] == pytest.approx(8 * exact**2 + 10)
        assert estimators.mean_baseline(mu) == pytest.approx(exact**2 + 1)


@pytest.mark.lecture12
def test_eq_12_1_first_lines_are_one_number_though_q_is_tiny():
    first, second, *_ = jensen_steps([0.5, 0.5], [1e-320, 1.0]).values()
    expected = -math.log(0.5) + 0.5 * math.log(1e-320)
    assert (first, second) == (pytest.approx(expected), pytest.approx(expected))
