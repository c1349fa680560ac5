"""One digit drawn again and again while one of its factors varies."""

import numpy as np
import pytest

from scratchae.data import vary_strokes

INDEX = np.arange(28)


def leans(images):
    """-cov(x, y) / var(y) of the ink of each image : (n,)."""
    x = images.reshape(-1, 28, 28).astype(float)
    x /= x.sum(axis=(1, 2), keepdims=True)
    columns, rows = x.sum(axis=1) @ INDEX, x.sum(axis=2) @ INDEX
    cov = np.einsum("nyx,y,x->n", x, INDEX, INDEX) - columns * rows
    return -cov / (x.sum(axis=2) @ INDEX**2 - rows**2)


def test_one_factor_varies_and_nothing_else():
    """Lean and ink are measured on the page."""
    slants = np.array([-15.0, 0, 15, 30])
    x = vary_strokes(1, "slant", slants)
    assert x.shape == (4, 784) and x.dtype == np.float32
    lean = np.diff(leans(x)) / np.diff(np.tan(np.radians(slants)))
    np.testing.assert_allclose(lean, 1, atol=0.2)
    x = vary_strokes(1, "thickness", [1.5, 2.5, 4.0])
    assert (np.diff(x.sum(axis=1)) > 0.2 * x[0].sum()).all()
    np.testing.assert_allclose(leans(x), leans(x)[0], atol=0.05)


def test_a_value_gives_one_image_whatever_the_others_are():
    one = vary_strokes(7, "slant", [20.0])
    among = vary_strokes(7, "slant", [0, 20, 5])
    np.testing.assert_allclose(among[1:2], one, atol=1e-5)
    assert not np.array_equal(vary_strokes(7, "slant", [20], 1), one)


@pytest.mark.parametrize("digit, factor, words", [
    (10, "slant", "'digit' parameter of vary_strokes"),
    (7, "skeleton", "'factor' parameter of vary_strokes"),
    (7, "slan", "'factor' parameter of vary_strokes"),
])
def test_what_cannot_vary_is_refused(digit, factor, words):
    with pytest.raises(ValueError, match=words):
        vary_strokes(digit, factor, [1.0])


@pytest.mark.parametrize("digit", [0, 9])
def test_the_first_and_the_last_digit_vary_too(digit):
    assert vary_strokes(digit, "slant", [0.0, 20.0]).shape == (2, 784)
