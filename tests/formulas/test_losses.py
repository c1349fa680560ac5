"""Losses against hand sums, closed forms and numerical derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchae.formulas.losses import (
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    gaussian_nll_backward,
    gaussian_nll_forward,
    squared_error_backward,
    squared_error_forward,
)
from scratchae.gradcheck import check_gradient

pytestmark = pytest.mark.lecture01


def test_eq_1_2_squared_error_by_hand():
    loss, _ = squared_error_forward(
        np.array([[1.0, 0.5, 0.0]]), np.array([[0.0, 1.0, 0.5]])
    )
    np.testing.assert_allclose(loss, [1 + 0.25 + 0.25])


def test_eq_1_11_bernoulli_nll_equals_minus_log_of_the_probability():
    logits, x = np.array([[2.0, -1.0, 0.5]]), np.array([[1.0, 0.0, 0.0]])
    p = [1 / (1 + math.exp(-a)) for a in logits[0]]
    expected = -math.log(p[0]) - math.log(1 - p[1]) - math.log(1 - p[2])
    np.testing.assert_allclose(bernoulli_nll_forward(logits, x)[0], [expected])


def test_uniform_decoder_costs_784_log_2():
    loss, _ = bernoulli_nll_forward(np.zeros((2, 784)), np.ones((2, 784)))
    np.testing.assert_allclose(loss, 543.427, atol=5e-4)


def test_eq_10_3_probabilities_of_all_images_sum_to_one(rng):
    images = np.array([[(i >> j) & 1 for j in range(6)] for i in range(64)], float)
    logits = np.broadcast_to(rng.normal(size=6), (64, 6))
    total = np.exp(-bernoulli_nll_forward(logits, images)[0]).sum()
    np.testing.assert_allclose(total, 1, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bernoulli_nll_is_exact_at_logits_of_ten_thousand(dtype):
    logits = np.array([[1e4, -1e4, 1e4, -1e4]], dtype)
    x = np.array([[1, 0, 0, 1]], dtype)
    loss, cache = bernoulli_nll_forward(logits, x)
    gradient = bernoulli_nll_backward(np.ones(1, dtype), cache)
    np.testing.assert_array_equal(loss, [2e4])
    np.testing.assert_array_equal(gradient, [[0, 0, 1, -1]])


def test_bernoulli_nll_keeps_a_confident_mistake_that_clipping_would_lose():
    # p = sigmoid(12) > 0.999: a loss that clips p there would say 6.9 nats, not 12.
    loss, _ = bernoulli_nll_forward(np.array([[12.0]]), np.array([[0.0]]))
    np.testing.assert_allclose(loss, 12.000006, atol=1e-6)


def test_eq_10_10_gaussian_density_integrates_to_one():
    grid = np.linspace(-12, 12, 4001)[:, None]
    loss, _ = gaussian_nll_forward(np.full_like(grid, 0.7), np.log(1.3**2), grid)
    area = np.exp(-loss).sum() * (grid[1, 0] - grid[0, 0])
    np.testing.assert_allclose(area, 1, rtol=1e-10)


def test_gaussian_nll_with_unit_variance_is_half_the_squared_error(rng):
    x_hat, x = rng.normal(size=(2, 5, 7))
    half = 0.5 * squared_error_forward(x_hat, x)[0] + 3.5 * math.log(2 * math.pi)
    np.testing.assert_allclose(gaussian_nll_forward(x_hat, 0.0, x)[0], half)


def test_eq_1_10_squared_error_gradient(rng):
    x_hat, x = rng.normal(size=(2, 5, 7))
    d_loss = rng.normal(size=5)
    gradient = squared_error_backward(d_loss, squared_error_forward(x_hat, x)[1])
    check = check_gradient(
        lambda v: squared_error_forward(v, x)[0] @ d_loss, x_hat, gradient
    )
    assert check.max_relative_error < 1e-14, check


def test_eq_1_12_bernoulli_gradient(rng):
    logits, x = rng.normal(size=(5, 7)), rng.uniform(size=(5, 7))
    d_loss = rng.normal(size=5)
    gradient = bernoulli_nll_backward(d_loss, bernoulli_nll_forward(logits, x)[1])
    check = check_gradient(
        lambda v: bernoulli_nll_forward(v, x)[0] @ d_loss, logits, gradient
    )
    assert check.max_relative_error < 1e-14, check


@pytest.mark.parametrize("shape", [(5, 7), (1, 7), (5, 1), (7,), ()])
def test_eq_10_11_log_variance_gradient_has_the_shape_of_the_parameter(rng, shape):
    x_hat, x = rng.normal(size=(2, 5, 7))
    log_var, d_loss = rng.normal(size=shape), rng.normal(size=5)
    _, gradient = gaussian_nll_backward(
        d_loss, gaussian_nll_forward(x_hat, log_var, x)[1]
    )
    check = check_gradient(
        lambda v: gaussian_nll_forward(x_hat, v, x)[0] @ d_loss, log_var, gradient
    )
    assert check.max_relative_error < 1e-13, check


@given(st.permutations(range(5)))
def test_losses_permute_with_the_batch(order):
    rng = np.random.default_rng(0)
    logits, x = rng.normal(size=(5, 7)), rng.uniform(size=(5, 7))
    for loss in (squared_error_forward, bernoulli_nll_forward):
        whole = loss(logits, x)[0]
        np.testing.assert_array_equal(loss(logits[order], x[order])[0], whole[order])


@pytest.mark.mnist
@pytest.mark.lecture10
def test_reference_losses_of_mnist(mnist):
    x, x_test = (a.astype(np.float64) for a in mnist.x)
    mean = np.clip(x.mean(axis=0), 1e-6, 1 - 1e-6)
    logits = np.broadcast_to(np.log(mean / (1 - mean)), x_test.shape)
    independent = bernoulli_nll_forward(logits, x_test)[0].mean()
    assert independent == pytest.approx(205.805, abs=1e-3)
    inside = np.clip(x_test, 1e-300, 1)
    rest = np.clip(1 - x_test, 1e-300, 1)
    floor = -np.sum(x_test * np.log(inside) + (1 - x_test) * np.log(rest), axis=1)
    assert floor.mean() == pytest.approx(45.534, abs=1e-3)
    zero = bernoulli_nll_forward(np.zeros_like(x_test), x_test)[0]
    np.testing.assert_allclose(zero, 543.427, atol=1e-3)


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 1), (1, 2), (3, 1), (3, 2)])
def test_a_variance_that_is_shared_gets_the_sum_of_its_gradients(shape, rng):
    x_hat, x = rng.normal(size=(2, 3, 2))
    log_var = rng.normal(size=shape)
    _, cache = gaussian_nll_forward(x_hat, log_var, x)
    dlog_var = gaussian_nll_backward(np.ones(3), cache)[1]
    assert dlog_var.shape == shape
    report = check_gradient(
        lambda v: gaussian_nll_forward(x_hat, v, x)[0].sum(), log_var, dlog_var
    )
    assert report.passed, report


@pytest.mark.parametrize("a", [17.0, 30.0, 40.0, 100.0, 700.0])
def test_eq_1_11_of_a_pixel_that_is_nearly_certain_is_the_small_rest(a):
    """-log p = log(1 + exp(-a)), which is exp(-a) but for its square."""
    loss, _ = bernoulli_nll_forward(np.array([[a], [-a]]), np.array([[1.0], [0.0]]))
    np.testing.assert_allclose(loss, np.exp(-a) * (1 - np.exp(-a) / 2), rtol=1e-12)


def test_permuting_a_batch_permutes_its_losses(rng):
    logits, x = rng.normal(size=(2, 8, 5))
    order = rng.permutation(8)
    loss = bernoulli_nll_forward(logits, x)[0]
    np.testing.assert_array_equal(
        bernoulli_nll_forward(logits[order], x[order])[0], loss[order]
    )
