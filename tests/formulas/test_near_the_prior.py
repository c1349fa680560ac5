"""A posterior that is nearly the prior: no digit is lost by a subtraction of ones."""

import numpy as np
import pytest
from without_numba import numba_or_skip

from scratchae import backend
from scratchae.formulas.divergences import free_bits_backward, free_bits_forward
from scratchae.nn.backend import ops

pytestmark = pytest.mark.lecture10
NEAR = np.logspace(-6, -1, 30)
LOG_VAR = np.concatenate([-NEAR, NEAR])
BELOW = {"gaussian": 0, "cholesky": 60 * 59 // 2}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind, where", [
    ("gaussian", "numba"), ("cholesky", "numba"), ("gaussian", "numpy"),
    ("cholesky", "numpy")])
def test_a_head_keeps_all_digits_of_a_small_divergence(kind, where, dtype):
    """By its series: sigma^2 - 1 - log_var = a^2/2 + a^3/6 + a^4/24 + ..."""
    a = LOG_VAR.astype(dtype).astype(float)
    head = np.concatenate([0 * a, a, np.zeros(BELOW[kind])])[None].astype(dtype)
    zeros, eps = np.zeros((1, 60), dtype), np.finfo(dtype).eps
    if where == "numba":
        numba_or_skip()
    with backend(where):
        _, kl, cache = getattr(ops, f"{kind}_head_forward")(head, zeros)
        gradient = getattr(ops, f"{kind}_head_backward")(zeros, 1.0, cache)[0, 60:120]
    powers = a ** np.arange(1, 12)[:, None] / np.cumprod(np.arange(1.0, 12))[:, None]
    np.testing.assert_allclose(gradient, powers.sum(axis=0) / 2, rtol=8 * eps)
    assert kl[0] == pytest.approx(powers[1:].sum() / 2, abs=4 * eps * np.abs(a).sum())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_free_bits_keep_all_digits_of_a_small_divergence(dtype):
    """Above a floor of 0, two rows of one head: the series above, and half of it."""
    a = LOG_VAR.astype(dtype).astype(float)
    log_var, eps = np.tile(a.astype(dtype), (2, 1)), np.finfo(dtype).eps
    total, cache = free_bits_forward(0 * log_var, log_var, 0.0)
    powers = a ** np.arange(1, 12)[:, None] / np.cumprod(np.arange(1.0, 12))[:, None]
    expected = powers[1:].sum(axis=0) / 2
    assert total == pytest.approx(expected.sum(), abs=4 * eps * np.abs(a).sum())
    above, gradient = cache[2], free_bits_backward(1.0, cache)[1][0]
    assert above[expected > 4 * eps * np.abs(a)].all()
    np.testing.assert_allclose(gradient[above], powers.sum(axis=0)[above] / 4,
                               rtol=8 * eps)
