"""Entropy, divergences of discrete distributions, and the worms (slides S21-S27)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scratchae.data import worms
from scratchae.formulas.information import (
    cross_entropy,
    entropy,
    jensen_shannon,
    kl_divergence,
)

pytestmark = pytest.mark.lecture05

WEIGHTS = arrays(np.float64, 6, elements=st.floats(1e-3, 1))


def observed():
    return worms.load_worms() / 1000


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_eq_5_1_the_binomial_adds_ten_coins(t):
    q = np.ones(1)
    for _ in range(10):  # one more place: no tooth, or one
        q = np.convolve(q, [1 - t, t])
    np.testing.assert_allclose(worms.binomial(t), q, atol=1e-15)


def test_eq_5_2_entropies_of_the_lecture():
    assert entropy([0.5, 0.5]) == 1
    assert entropy([1, 0, 0]) == 0
    assert entropy(np.full(6, 1 / 6)) == pytest.approx(2.585, abs=5e-4)
    assert entropy(observed()) == pytest.approx(3.1210, abs=5e-5)
    assert entropy([0.5, 0.5], base=np.e) == pytest.approx(np.log(2))


def test_eq_5_3_divergences_of_the_slide():
    p, binomial = observed(), worms.binomial(0.57)
    assert p @ np.arange(11) == pytest.approx(5.700, abs=5e-4)
    assert kl_divergence(p, worms.uniform()) == pytest.approx(0.3384, abs=5e-5)
    assert kl_divergence(p, binomial) == pytest.approx(0.4772, abs=5e-5)
    assert kl_divergence(binomial, p) == pytest.approx(0.3298, abs=5e-5)
    assert round(kl_divergence(p, worms.uniform()), 3) == 0.338  # as on slide S25
    assert round(kl_divergence(p, binomial), 3) == 0.477


@pytest.mark.parametrize("t", [0.3, 0.57, 0.8])
def test_eq_5_4_slope_of_the_divergence_in_the_binomials_probability(t):
    p, i, step = observed(), np.arange(11), 1e-6
    ends = (kl_divergence(p, worms.binomial(t + s), np.e) for s in (step, -step))
    numeric = np.subtract(*ends) / (2 * step)
    assert numeric == pytest.approx(-np.sum(p * (i / t - (10 - i) / (1 - t))), abs=1e-7)


def test_best_parameters_of_the_worm_models():
    grid = np.arange(1, 100) / 100
    ad_hoc = [kl_divergence(observed(), worms.ad_hoc(p)) for p in grid]
    assert grid[np.argmin(ad_hoc)] == 0.47
    assert min(ad_hoc) == pytest.approx(0.3376, abs=5e-5)
    binomial = [kl_divergence(observed(), worms.binomial(p)) for p in grid]
    assert grid[np.argmin(binomial)] == 0.57  # moment matching: mean / 10


@pytest.mark.lecture12
def test_eq_12_2_cross_entropies_of_the_appendix():
    p = observed()
    assert cross_entropy(p, worms.uniform()) == pytest.approx(3.4594, abs=5e-5)
    assert cross_entropy(p, worms.binomial(0.57)) == pytest.approx(3.5982, abs=5e-5)


def test_zeros_cost_no_warning():
    with np.errstate(all="raise"):
        for measure in (kl_divergence, cross_entropy, jensen_shannon):
            assert measure([1, 0, 0], [0.5, 0.5, 0]) > 0
        assert entropy([1, 0]) == 0


def test_infinite_where_q_is_zero_and_p_is_not():
    assert kl_divergence([0.5, 0.5], [1, 0]) == np.inf
    assert cross_entropy([0.5, 0.5], [1, 0]) == np.inf
    assert kl_divergence([1, 0], [0.5, 0.5]) == 1
    assert jensen_shannon([1, 0], [0, 1]) == 1


@given(WEIGHTS, WEIGHTS)
def test_laws(a, b):
    p, q = a / a.sum(), b / b.sum()
    assert entropy(p) <= np.log2(6) + 1e-12
    assert entropy(np.outer(p, q).ravel()) == pytest.approx(entropy(p) + entropy(q))
    assert kl_divergence(p, q) >= 0
    assert kl_divergence(p, p) == 0
    expected = cross_entropy(p, q) - entropy(p)
    assert kl_divergence(p, q) == pytest.approx(expected, abs=1e-9)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-12)
    assert jensen_shannon(p, q) <= 1


def test_of_two_that_are_nearly_equal_no_divergence_is_negative(rng):
    for p in rng.dirichlet(np.ones(6), size=500):
        q = p * (1 + 1e-12 * rng.standard_normal(6))
        assert kl_divergence(p, q) >= 0 and jensen_shannon(p, q) >= 0
        assert np.sqrt(jensen_shannon(p, q)) < 1e-6


@given(WEIGHTS, WEIGHTS)
def test_every_measure_in_nats_is_its_bits_times_log_two(a, b):
    p, q = a / a.sum(), b / b.sum()
    assert entropy(p, base=np.e) == pytest.approx(entropy(p) * np.log(2))
    for measure in (cross_entropy, kl_divergence, jensen_shannon):
        nats = measure(p, q, base=np.e)
        assert nats == pytest.approx(measure(p, q) * np.log(2), abs=1e-12)


def test_swapped_arguments_are_noticed():
    p, q = observed(), worms.binomial(0.57)
    assert abs(kl_divergence(p, q) - kl_divergence(q, p)) > 0.1


@pytest.mark.parametrize(
    "p, q, base, message",
    [
        ([0.5, 0.6], [0.5, 0.5], 2, "p expects probabilities that sum to 1"),
        ([0.5, 0.5 + 1e-8], [0.5, 0.5], 2, "p expects probabilities that sum to 1"),
        ([0.5, 0.5], [0.5, 0.5 - 1e-8], 2, "q expects probabilities that sum to 1"),
        ([0.5, 0.5], [1.5, -0.5], 2, "q expects probabilities of at least 0"),
        ([0.5, 0.5], [1.0], 2, "one shape"),
        ([0.5, 0.5], [0.5, 0.5], 1, "base expects"),
        ([0.5, np.nan], [0.5, 0.5], 2, "p expects probabilities"),
    ],
)
def test_bad_input(p, q, base, message):
    with pytest.raises(ValueError, match=message):
        kl_divergence(p, q, base)


def test_models_are_distributions():
    for q in (worms.uniform(), worms.binomial(0.3), worms.ad_hoc(0.47)):
        assert q.shape == (11,) and q.sum() == pytest.approx(1)
    counts = worms.load_worms()
    assert counts.sum() == 1000
    counts[0] = 7  # the caller's own
    assert worms.load_worms()[0] == 3
    with pytest.raises(ValueError, match="probability"):
        worms.binomial(1.2)


MEASURES = {"entropy": lambda p, q, base: entropy(p, base), "cross": cross_entropy,
            "kl": kl_divergence, "js": jensen_shannon}
every_measure = pytest.mark.parametrize("name", MEASURES)


@every_measure
def test_what_is_certain_is_worth_zero_and_not_minus_zero(name):
    assert str(MEASURES[name]([0.0, 1.0], [0.0, 1.0], 2)) == "0.0"


@every_measure
@pytest.mark.parametrize("base", [1, 0, -2.0, np.nan, 0.5])
def test_no_measure_counts_in_a_base_in_which_information_is_not_positive(name, base):
    with pytest.raises(ValueError, match="base expects a number above 1; got"):
        MEASURES[name]([0.25, 0.75], [0.5, 0.5], base)


@every_measure
@pytest.mark.parametrize("bad", [[0.5, 0.6], [1.5, -0.5], [], [np.inf, 0]])
def test_no_measure_takes_numbers_that_are_no_distribution(name, bad):
    with pytest.raises(ValueError, match="^p expects probabilities"):
        MEASURES[name](bad, [0.5, 0.5], 2)
    if name != "entropy":
        with pytest.raises(ValueError, match="^q expects probabilities"):
            MEASURES[name]([0.5, 0.5], bad, 2)


@pytest.mark.parametrize("name", ["cross", "kl", "js"])
def test_distributions_of_other_shapes_are_told_theirs_in_their_order(name):
    with pytest.raises(ValueError, match=r"one shape; got \(2,\) and \(3,\)"):
        MEASURES[name]([0.5, 0.5], [0.25, 0.25, 0.5], 2)


def test_a_divergence_from_a_tiny_probability_is_finite():
    """log2(0.5 / 1e-320) is far in range, 0.5 / 1e-320 is not."""
    expected = 0.5 * (np.log2(0.5) - np.log2(1e-320)) + 0.5 * np.log2(0.5)
    assert kl_divergence([0.5, 0.5], [1e-320, 1.0]) == pytest.approx(expected)
    assert kl_divergence([0.5, 0.5], [0.0, 1.0]) == np.inf
