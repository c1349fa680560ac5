"""A normal fitted to two hills: the gradients, and which hills each way wants."""


import numpy as np
import pytest

from scratchae.exact import (
    TwoHills,
)
from scratchae.gradcheck import check_gradient, numerical_gradient


@pytest.mark.lecture12
@pytest.mark.parametrize("divergence", [
    pytest.param(TwoHills.forward_kl, id="eq_12_3"),
    pytest.param(TwoHills.reverse_kl, id="eq_12_4"),
])
@pytest.mark.parametrize("m, log_s", [(0.7, -0.3), (-1.9, -0.6), (0.0, 0.9)])
def test_gradient_of_the_divergence_of_two_hills(divergence, m, log_s):
    hills = TwoHills()
    _, *gradient = divergence(hills, m, log_s)
    check = check_gradient(
        lambda p: divergence(hills, *p)[0], np.array([m, log_s]), np.array(gradient)
    )
    assert check.max_relative_error < 1e-9, check


@pytest.mark.lecture12
@pytest.mark.parametrize("centre, scale", [(2.0, 0.5), (1.0, 0.7), (0.3, 1.5)])
def test_hills_stand_where_they_are_asked_to(centre, scale, rng):
    hills, x = TwoHills(centre, scale), rng.normal(0, 3, size=7)
    bell = [np.exp(-0.5 * ((x - c) / scale) ** 2) / scale for c in (-centre, centre)]
    expected = np.log(np.mean(bell, axis=0) / np.sqrt(2 * np.pi))
    np.testing.assert_allclose(hills.log_density(x), expected)
    slopes = numerical_gradient(lambda v: np.sum(hills.log_density(v)), x, "richardson")
    np.testing.assert_allclose(hills.score(x), slopes, atol=1e-8)
    grid = np.linspace(-12, 12, 1201)
    assert np.sum(np.exp(hills.log_density(grid))) * 24 / 1200 == pytest.approx(1)
    if centre == 0.3:  # nearly one hill, which a normal can follow
        m, s, value = hills.fit(hills.forward_kl, 0.5, 0.0)
        assert s**2 == pytest.approx(centre**2 + scale**2, rel=1e-3)
        assert abs(m) < 1e-3 and 0 < value < 1e-3


@pytest.mark.lecture12
def test_steps_of_the_fit_become_shorter_until_the_last_is_none():
    """Two steps of Adam: the first is half the rate long, the second nothing."""
    hills = TwoHills()
    m, s, value = hills.fit(hills.forward_kl, 1.0, -0.5, steps=2, rate=0.1)
    assert m == pytest.approx(1 - 0.05, abs=1e-6)  # the mean is at 0
    assert np.log(s) == pytest.approx(-0.5 + 0.05, abs=1e-6)  # it is wider
    assert value == hills.forward_kl(m, np.log(s))[0]


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
    assert m == pytest.approx(np.sign(start) * 1.9998, abs=1e-4)
    assert s == pytest.approx(0.5004, abs=1e-4)
    assert value == pytest.approx(0.69305, abs=1e-5)
    assert hills.forward_kl(m, np.log(s))[0] == pytest.approx(15.28, abs=0.01)


@pytest.mark.lecture12
def test_at_the_rounded_optimum_both_divergences_are_others():
    """N(1.99, 0.5^2), which the lecture puts beside it, is told from the optimum."""
    hills = TwoHills()
    assert hills.reverse_kl(1.99, np.log(0.5))[0] == pytest.approx(0.6932, abs=5e-5)
    assert hills.forward_kl(1.99, np.log(0.5))[0] == pytest.approx(15.227, abs=5e-4)


@pytest.mark.lecture12
@pytest.mark.parametrize("c, s", [(2.0, 0.5), (20.0, 1.0), (2.0, 0.01), (1e3, 1e-3)])
@pytest.mark.parametrize("m, log_s", [(0.0, 0.0), (0.5, np.log(2)), (-3.0, 2.0)])
def test_hills_far_away_or_narrow_have_their_divergence(c, s, m, log_s):
    """Apart they have the entropy of one and log 2; E_P[u^2] is exact for all."""
    value, dm, dlog_s = TwoHills(c, s).forward_kl(m, log_s)
    u2 = (c**2 + s**2 + m**2) / np.exp(2 * log_s)
    assert dm == pytest.approx(m / np.exp(2 * log_s), abs=1e-9 * u2)
    assert dlog_s == pytest.approx(1 - u2, rel=1e-9)
    expected = log_s - np.log(s) - 0.5 - np.log(2) + 0.5 * u2
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-3 * (s == 0.5))
