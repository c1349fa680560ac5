"""One digit drawn again and again while one of its factors varies."""

import numpy as np
import pytest

from scratchae.data import strokes, vary_strokes
from scratchae.data.skeletons import STYLES

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


FACTORS = [*strokes.NORMAL, *strokes.LOG_NORMAL]


@pytest.fixture(scope="module")
def hands():
    """What is drawn of a 4 by each of 400 seeds: styles, factors and jitter."""
    drawn = []

    def draw(style, f, noise):
        drawn.append((style, f, noise))
        return np.zeros((len(style), 28, 28), np.float32)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes, "_draw_chunk", draw)
        for seed in range(400):
            vary_strokes(4, "slant", [-5.0, 0, 5], seed)
    return drawn


def test_another_hand_writes_each_style_as_often_as_the_digits_do(hands):
    first = sum(len(STYLES[digit]) for digit in range(4))
    kinds = np.array([style for style, _, _ in hands]) - first
    assert (kinds == kinds[:, :1]).all()
    share = np.bincount(kinds[:, 0], minlength=len(STYLES[4])) / len(hands)
    expected = np.array([share for share, *_ in STYLES[4]])
    error = np.sqrt(expected * (1 - expected) / len(hands))
    assert (np.abs(share - expected) < 4 * error).all()


@pytest.mark.parametrize("name", FACTORS)
def test_another_hand_has_factors_of_its_own_and_one_hand_keeps_them(name, hands):
    f = np.array([f[name][:, 0] for _, f, _ in hands])
    if name == "slant":
        np.testing.assert_array_equal(f, [[-5.0, 0, 5]] * len(hands))
        return
    assert (f == f[:, :1]).all()
    median, spread = (strokes.NORMAL | strokes.LOG_NORMAL)[name]
    f = np.log(f[:, 0] / median) if name in strokes.LOG_NORMAL else f[:, 0] - median
    assert abs(f.mean()) < 4 * spread / 20
    assert f.std() == pytest.approx(spread, rel=0.15)


def test_another_hand_wobbles_and_presses_in_its_own_way(hands):
    noise = np.array([noise for _, _, noise in hands])
    assert (noise == noise[:, :1]).all()
    one = noise[:, 0].astype(float)
    assert np.abs(one.mean(axis=0)).max() < 5 / 20
    assert np.abs(one.std(axis=0) - 1).max() < 0.2
    mixed = np.abs(np.corrcoef(one.T) - np.eye(one.shape[1]))
    assert mixed.max() < 6 / 20


@pytest.mark.parametrize("values, message", [
    ([], "0 sample"), ([0, np.nan], "Input values contains NaN in 1 of 2"),
    ([np.inf], "Input values contains infinity"), (["a"], "could not convert string"),
])
def test_values_that_are_no_numbers_or_none_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        vary_strokes(3, "slant", values)


def test_one_value_is_one_digit():
    np.testing.assert_array_equal(vary_strokes(3, "slant", 5),
                                  vary_strokes(3, "slant", [5]))
