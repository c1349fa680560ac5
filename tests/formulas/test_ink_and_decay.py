"""Two formulas by hand: ink of a brush, and decoupled weight decay."""

import numpy as np
import pytest

from scratchae.formulas.brush import render
from scratchae.formulas.optimizers import weight_decay_step


@pytest.mark.parametrize("softness", [0.6, 1.7])
def test_ink_of_points_whose_columns_are_rows_is_the_image_turned_over(softness, rng):
    x, y = rng.uniform(3, 9, (2, 4, 30))
    weight, thickness = rng.uniform(0.5, 1, (4, 30)), np.full(4, 1.5)
    image = render(x, y, weight, thickness, 12, softness)
    turned = render(y, x, weight, thickness, 12, softness)
    assert (image > 0).any() and (image < 1).any()
    np.testing.assert_allclose(turned, image.transpose(0, 2, 1), atol=1e-12)


@pytest.mark.lecture01
def test_eq_1_17_a_twentieth_of_the_weights_is_left_out():
    weights = np.array([2.0, -4.0, 0.0])
    weight_decay_step(weights, 0.1, 0.5)
    np.testing.assert_allclose(weights, [1.9, -3.8, 0])
