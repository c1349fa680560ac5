"""The gradient of what the decoder's output costs, each row counted by its own weight:
the importance-weighted bound gives its samples any weights at all."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.formulas.losses import mean_weights
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels, SquaredError
from scratchae.nn.own import read_only
from scratchae.nn.parameters import Parameters

WEIGHTS = {  # of four rows; in the first, all rows count as in a mean
    "a mean": [0.25, 0.25, 0.25, 0.25], "one as in a mean": [0.25, 0.5, 0.0, 2.0],
    "all but one": [0.25, 0.25, 0.25, 0.1], "one row alone": [0, 0, 0, 1],
    "two signs": [-0.25, 0.25, 1.0, -1.0],
}


def probability(out):
    return 1 / (1 + np.exp(-out))


BY_HAND = {  # the distribution, and the gradient of its loss in the output
    "squared error": (SquaredError, lambda out, x: 2 * (out - x)),
    "bernoulli": (BernoulliPixels, lambda out, x: probability(out) - x),
    "gaussian": (lambda: GaussianPixels(0.3), lambda out, x: (out - x) / 0.3),
}


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_row_counts_by_its_weight(kind, weights, engine, dtype, rng):
    make, slope = BY_HAND[kind]
    out, x = rng.normal(size=(4, 3)).astype(dtype), rng.random((4, 3)).astype(dtype)
    pixels, weight = make(), np.array(WEIGHTS[weights], dtype)
    pixels.attach(Parameters({}, dtype))
    with backend(engine):
        _, cache = pixels.forward(out, x)
        found = pixels.backward(weight, cache)
    expected = weight[:, None] * slope(out.astype(float), x.astype(float))
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
    assert found.dtype == dtype


@pytest.mark.parametrize("kind", [SquaredError, BernoulliPixels])
def test_the_weights_of_a_mean_are_no_pass_over_the_pixels(kind, rng):
    """1/n is in the gradient already; 1/7 is rounded, so a second one would show."""
    out, x = rng.random((2, 7, 3)).astype(np.float32)
    pixels, each = kind(), mean_weights(7, np.dtype(np.float32))
    _, cache = pixels.forward(out, x)
    made, _ = cache
    assert pixels.backward(each, cache) is made
    assert pixels.backward(read_only(each), cache) is made  # as a piece of one's own
    np.testing.assert_array_equal(pixels.backward(each.copy(), cache), made)
    with pytest.raises(ValueError, match="read-only"):
        each[0] = 1


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_variance_is_moved_by_the_rows_weights_too(weights, rng):
    """-log p = |x - out|^2 / (2 v) + 3/2 log(2 pi v), of three pixels and v = e^a."""
    out, x = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    pixels, weight = GaussianPixels(), np.array(WEIGHTS[weights])
    parameters = Parameters(pixels.shapes, np.float64)
    pixels.attach(parameters)
    parameters.values["pixel_log_var"][...] = np.log(0.7)
    losses, cache = pixels.forward(out, x)
    pixels.backward(weight, cache)
    squares = np.sum((x - out) ** 2, axis=1)
    np.testing.assert_allclose(
        losses, squares / 1.4 + 1.5 * np.log(2 * np.pi * 0.7), rtol=1e-12)
    np.testing.assert_allclose(
        parameters.gradients["pixel_log_var"], weight @ (1.5 - squares / 1.4),
        rtol=1e-12, atol=1e-14)
    assert pixels.variance == pytest.approx(0.7, rel=1e-12)
