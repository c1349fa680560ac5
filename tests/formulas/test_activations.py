"""Activations against closed forms, numerical derivatives and planted mistakes."""

import math

import numpy as np
import pytest

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradcheck import check_gradient

pytestmark = pytest.mark.lecture01
NAMES = sorted(ACTIVATIONS)
# Each value computed with Python's math module from the textbook definition.
BY_HAND = {
    "identity": lambda a: a,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "tanh": lambda a: math.sinh(a) / math.cosh(a),
    "relu": lambda a: max(a, 0.0),
    "leaky_relu": lambda a: max(a, 0.01 * a),
    "elu": lambda a: a if a > 0 else math.exp(a) - 1,
    "softplus": lambda a: math.log1p(math.exp(a)),
    "silu": lambda a: a / (1 + math.exp(-a)),
}
# (value at -1e4, value at 1e4, derivative at -1e4, derivative at 1e4)
LIMITS = {
    "identity": (-1e4, 1e4, 1, 1),
    "sigmoid": (0, 1, 0, 0),
    "tanh": (-1, 1, 0, 0),
    "relu": (0, 1e4, 0, 1),
    "leaky_relu": (-100, 1e4, 0.01, 1),
    "elu": (-1, 1e4, 0, 1),
    "softplus": (0, 1e4, 0, 1),
    "silu": (0, 1e4, 0, 1),
}


def test_every_activation_has_an_independent_value():
    assert NAMES == sorted(BY_HAND) == sorted(LIMITS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_eq_1_5_forward_equals_the_textbook_definition(name, dtype):
    a = np.array([[-3.0, -0.5, 0.0], [0.25, 1.0, 4.0]], dtype)
    h, _ = ACTIVATIONS[name].forward(a)
    expected = [[BY_HAND[name](float(v)) for v in row] for row in a]
    np.testing.assert_allclose(h, expected, rtol=4 * np.finfo(dtype).eps, atol=0)
    assert h.dtype == dtype


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_derivatives_are_finite_limits_at_ten_thousand(name, dtype):
    with np.errstate(all="raise", under="ignore"):
        a = np.array([[-1e4, 1e4]], dtype)
        h, cache = ACTIVATIONS[name].forward(a)
        da = ACTIVATIONS[name].backward(np.ones_like(a), cache)
    np.testing.assert_allclose(np.r_[h[0], da[0]], LIMITS[name], rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_eq_1_6_derivative_by_complex_step(name, rng):
    a = rng.uniform(0.1, 3, size=(5, 7)) * rng.choice([-1, 1], size=(5, 7))
    dh = rng.normal(size=(5, 7))
    _, forward, backward, _ = ACTIVATIONS[name]
    da = backward(dh, forward(a)[1])
    check = check_gradient(lambda a: np.sum(forward(a)[0] * dh), a, da)
    assert check.max_relative_error < 1e-14, check


@pytest.mark.parametrize("name", NAMES)
def test_kinked_are_those_whose_slope_or_bend_jumps_at_zero(name):
    """There the gradient check must stay on its side, and He's weights are for them."""
    _, forward, backward, kinked = ACTIVATIONS[name]
    a = 1e-4 * np.array([[-2.0, -1.0, 1.0, 2.0]])
    slopes = backward(np.ones_like(a), forward(a)[1])[0]
    left, right = np.diff(slopes)[[0, 2]] / 1e-4
    assert (abs(slopes[2] - slopes[1]) > 0.01 or abs(right - left) > 0.01) == kinked


@pytest.mark.parametrize("name", NAMES)
def test_backward_twice_gives_the_same_answer(name, rng):
    a, dh = rng.normal(size=(2, 5, 7))
    _, cache = ACTIVATIONS[name].forward(a)
    first = ACTIVATIONS[name].backward(dh, cache).copy()
    np.testing.assert_array_equal(ACTIVATIONS[name].backward(dh, cache), first)
