"""The best linear denoiser against least squares over noise that has its moments.

Noise of +-sigma sqrt(d) along each axis, all alike, has mean 0 and covariance
sigma^2 I. So the mean of a square over these 2 d points is that over N(0, sigma^2 I).
"""

import numpy as np
import pytest

from scratchae.formulas.wiener import denoising_error, wiener_denoiser

pytestmark = pytest.mark.lecture04
D, SIGMA = 4, 0.7


@pytest.fixture
def x(rng):
    """(30, D) images whose pixels depend on each other."""
    return rng.normal(size=(30, D)) @ rng.normal(size=(D, D)) + [1.0, 2.0, -3.0, 0.0]


def noisy(x):
    """Each image with each noise : (30 * 2 D, D), and the clean images beside them."""
    points = SIGMA * np.sqrt(D) * np.vstack([np.eye(D), -np.eye(D)])
    return (x[:, None] + points).reshape(-1, D), np.repeat(x, 2 * D, axis=0)


def test_eq_4_4_the_error_of_any_linear_denoiser_is_its_mean_over_the_noise(x, rng):
    A, c = rng.normal(size=(D, D)), rng.normal(size=D)
    seen, clean = noisy(x)
    by_hand = np.sum((seen @ A + c - clean) ** 2) / len(clean)
    assert denoising_error(A, c, x, SIGMA) == pytest.approx(by_hand, rel=1e-12)


def test_eq_4_3_the_best_linear_denoiser_is_that_of_least_squares(x):
    A, c = wiener_denoiser(x.mean(axis=0), np.cov(x.T, bias=True), SIGMA)
    seen, clean = noisy(x)
    columns = np.column_stack([seen, np.ones(len(seen))])
    expected = np.linalg.lstsq(columns, clean, rcond=None)[0]
    np.testing.assert_allclose(A, expected[:D], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(c, expected[D], rtol=1e-9)
