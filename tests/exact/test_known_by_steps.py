"""Fits that are followed step by step, and errors by hand from the same draws."""

import numpy as np
import pytest

from scratchae.analysis import factor_directions
from scratchae.exact import BeliefNet, LinearGaussian, TwoHills, inference

LINE = LinearGaussian(2.0, sigma=1.0)  # z ~ N(0, 1), x|z ~ N(2 z, 1)


def adam(theta, gradient, rates):
    """The path's end by the paper's algorithm, its means as weighted sums."""
    past = []
    for rate in rates:
        past.append(np.asarray(gradient(theta), dtype=float))
        age = np.arange(len(past))[::-1]
        first = np.average(past, axis=0, weights=0.9**age)
        second = np.average(np.square(past), axis=0, weights=0.999**age)
        theta = theta - rate * first / (np.sqrt(second) + 1e-8)
    return theta


@pytest.mark.lecture06
def test_a_belief_net_goes_the_way_of_adam_in_more_steps_than_one(rng):
    x = (rng.random((40, 2)) < [0.2, 0.6]).astype(float)

    def gradient(theta):
        logits = np.stack([np.full(40, theta[0]), theta[1] + theta[2] * x[:, 0]])
        off = 1 / (1 + np.exp(-logits)) - x.T  # (2, n)
        return off[0].mean(), off[1].mean(), np.mean(off[1] * x[:, 0])

    net = BeliefNet(2).fit(x, steps=4, learning_rate=0.3)
    expected = adam(np.zeros(3), gradient, [0.3] * 4)
    np.testing.assert_allclose([*net.b, net.W[1, 0]], expected, rtol=1e-6)


@pytest.mark.lecture12
def test_a_fit_to_two_hills_goes_the_way_of_adam_at_a_rate_that_falls_to_zero():
    def gradient(theta):  # P has the mean 0 and the variance 2^2 + 0.5^2
        m, s = theta[0], np.exp(theta[1])
        return m / s**2, 1 - (4.25 + m**2) / s**2

    hills = TwoHills()
    m, s, _ = hills.fit(hills.forward_kl, 1.0, 0.2, steps=5, rate=0.2)
    expected = adam(np.array([1.0, 0.2]), gradient, [0.16, 0.12, 0.08, 0.04, 0])
    np.testing.assert_allclose([m, np.log(s)], expected, rtol=1e-6)


@pytest.mark.lecture11
@pytest.mark.parametrize("block", [10, 1000])  # repeats in blocks of 2, and in one
def test_the_error_of_a_bound_counts_all_repeats_whatever_the_block(
        block, monkeypatch):
    monkeypatch.setattr(inference, "BLOCK", block)
    value, error = inference.importance_weighted_bound(
        LINE, 3.0, 4, 7, np.random.default_rng(5), m=1.0, v=0.5)
    rng, widths = np.random.default_rng(5), [2, 2, 2, 1] if block == 10 else [7]
    eps = np.hstack([rng.standard_normal((4, width)) for width in widths])
    z = 1 + np.sqrt(0.5) * eps
    joint = -0.5 * ((3 - 2 * z) ** 2 + z**2) - np.log(2 * np.pi)
    q = np.exp(-0.5 * eps**2) / np.sqrt(2 * np.pi * 0.5)
    bounds = np.log(np.mean(np.exp(joint) / q, axis=0))
    assert value == pytest.approx(bounds.mean())
    assert error == pytest.approx(np.sqrt(bounds.var() / 6))  # 7 values: 1 / (7 - 1)


@pytest.mark.lecture07
@pytest.mark.parametrize("n, trusted", [(1, False), (150, False), (3000, True)])
def test_where_few_samples_decide_both_errors_of_an_estimate_are_infinite(n, trusted):
    estimate = inference.importance_sampling(LINE, 3.0, n, np.random.default_rng(0))
    z = np.random.default_rng(0).standard_normal(n)
    w = np.exp(-0.5 * (3 - 2 * z) ** 2)  # the prior is the proposal
    size = w.sum() ** 2 / np.sum(w**2)
    assert estimate.effective_sample_size == pytest.approx(size)
    assert (size > 110) == trusted and not 90 < size < 110
    assert np.isfinite(estimate.log_likelihood_error) == trusted
    assert np.isfinite(estimate.mean_error) == trusted
    mean = np.average(z, weights=w)
    assert estimate.mean == pytest.approx(mean)
    if trusted:
        scatter = np.sqrt(np.sum((w * (z - mean)) ** 2)) / w.sum()
        assert estimate.mean_error == pytest.approx(scatter)


@pytest.mark.parametrize("n", [60, 61])
def test_r2_is_the_share_of_the_variance_of_the_rows_that_it_is_measured_on(n, rng):
    codes = rng.normal(size=(n, 1))
    f = 2 * codes[:, 0] + rng.normal(size=n)
    f[n // 2 :] *= 3  # another variance than the rows that are fitted
    slope, constant = np.polyfit(codes[: n // 2, 0], f[: n // 2], 1)
    others, theirs = codes[n // 2 :, 0], f[n // 2 :]
    missed = np.sum((theirs - slope * others - constant) ** 2)
    spread = np.sum((theirs - theirs.mean()) ** 2)
    (r2, step), = factor_directions(codes, {"f": f}).values()
    assert r2 == pytest.approx(1 - missed / spread, rel=1e-9)
    assert step == pytest.approx(1 / slope)


@pytest.mark.lecture07
@pytest.mark.parametrize("sigma", [0.25, 1.0, 3.0])
def test_the_usual_step_goes_half_of_the_way_to_the_posteriors_mean(sigma):
    """The bound is a parabola in m, whose curvature is the posterior's precision."""
    model = LinearGaussian([[2.0], [-1.0]], [0.5, 0.0], sigma)
    x = np.array([3.0, 1.0])
    precision = 1 + 5 / sigma**2
    mean = (2 * 2.5 - 1 * 1.0) / sigma**2 / precision
    path = inference.fit_gaussian(model, x, start=(-1.0, 0.0), steps=3)
    np.testing.assert_allclose(path[:, 0] - mean, (-1 - mean) * 0.5 ** np.arange(4))
