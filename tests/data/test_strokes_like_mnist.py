"""Drawn digits resemble MNIST where that is measured."""

import numpy as np
import pytest

from scratchae.data.strokes import load_strokes


@pytest.fixture(scope="module")
def digits():
    return load_strokes(n_train=3000, n_test=200, random_state=0)


def nearest_neighbour_error(digits):
    """Share of test images whose nearest training image is of another class."""
    (x, x_test), (y, y_test) = digits.x, digits.labels
    distance = (x**2).sum(axis=1) - 2 * x_test @ x.T  # + |x_test|^2, the same per row
    return np.mean(y[distance.argmin(axis=1)] != y_test)


def test_ink_reaches_the_border_as_rarely_as_in_mnist(digits):
    images = digits.x[0].reshape(-1, 28, 28)
    inner = images[:, 1:-1, 1:-1].max(axis=(1, 2))
    border = images.copy()
    border[:, 1:-1, 1:-1] = 0
    assert inner.min() > 0.5 and np.mean(border.max(axis=(1, 2)) > 0.5) < 0.02


def test_mean_pixel_is_near_that_of_mnist(digits):
    assert digits.x[0].mean() == pytest.approx(0.131, abs=0.01)


def test_thirty_components_leave_about_the_error_they_leave_on_mnist(digits):
    x, x_test = digits.x
    *_, components = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    rest = x_test - x.mean(axis=0)
    rest = rest - rest @ components[:30].T @ components[:30]
    assert (rest**2).sum(axis=1).mean() == pytest.approx(13.866, rel=0.2)


@pytest.mark.mnist
def test_thickness_of_strokes_is_near_that_of_mnist(digits, mnist):
    real = mnist.x[1].reshape(-1, 28, 28)
    ours = digits.x[0].reshape(-1, 28, 28)
    assert _thickness(ours) == pytest.approx(_thickness(real), rel=0.1)


def _thickness(x):
    """Twice the area over the length of the outline, median over images."""
    down, right = np.diff(x, axis=1)[:, :, 1:], np.diff(x, axis=2)[:, 1:]
    outline = np.hypot(down, right).sum(axis=(1, 2))
    return np.median(2 * x.sum(axis=(1, 2)) / outline)


def test_nearest_neighbour_reads_most_digits_but_not_all():
    assert 0.01 < nearest_neighbour_error(load_strokes(5000, 500)) < 0.12


@pytest.mark.slow
def test_nearest_neighbour_error_lies_between_half_and_eight_per_cent():
    assert 0.005 <= nearest_neighbour_error(load_strokes(20_000, 2_000)) <= 0.08
