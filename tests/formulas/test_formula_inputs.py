"""Formulas with inputs of another type or size than usual."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.formulas.corruption import (
    add_gaussian_noise,
    mask,
    salt_and_pepper,
    shift_images,
)
from scratchae.formulas.gaussian_divergence import kl_gaussian
from scratchae.formulas.lbfgs import inverse_hessian_times
from scratchae.formulas.subspaces import near_one, principal_angles
from scratchae.formulas.wiener import denoising_error
from scratchae.nn.backend import ops


@pytest.mark.parametrize("corrupt", [add_gaussian_noise, mask, salt_and_pepper])
def test_a_level_of_numpys_float64_keeps_images_in_float32(corrupt, rng):
    x, random = rng.random((2, 5, 4), np.float32)
    assert corrupt(x, random, np.float64(0.3)).dtype == np.float32


@pytest.mark.parametrize("which", ["numpy", "numba"])
def test_the_lower_half_of_the_draws_is_pepper_the_upper_salt_the_rest_the_image(which):
    x, uniform = np.full((1, 5), 0.5), np.array([[0.0, 0.14, 0.16, 0.29, 0.31]])
    with backend(which):
        specks = ops.salt_and_pepper(x, uniform, 0.3)
    np.testing.assert_array_equal(specks, [[0, 0, 1, 1, 0.5]])


def test_images_that_are_moved_far_away_are_empty_and_need_no_room():
    x = np.ones((2, 6))
    moved = shift_images(x, np.array([[1.0, 0.0], [0.0, -1.0]]), 1e9, (2, 3))
    np.testing.assert_array_equal(moved, 0)


def test_an_image_that_is_moved_by_its_own_width_is_empty_and_by_less_is_not():
    x, to_the_right = np.ones((1, 6)), np.array([[0.0], [1.0]])
    assert shift_images(x, to_the_right, 3.0, (2, 3)).sum() == 0
    assert shift_images(x, to_the_right, 2.0, (2, 3)).tolist() == [[0, 0, 1] * 2]


def test_a_divergence_takes_lists_of_ints_and_unsigned_ones():
    """KL(N(1, 4) || N(0, 1)) = 1/2 (4 + 1 - 1 - log 4)."""
    for one, zero in (([1], [0]), np.array([[1], [0]], np.uint8)):
        assert kl_gaussian(one, [[4]], zero, [[1]]) == pytest.approx(2 - np.log(2))


def test_a_plane_in_float32_is_at_no_angle_to_itself(rng):
    plane = rng.normal(size=(2, 6)).astype(np.float32)
    np.testing.assert_allclose(principal_angles(plane, plane), 0, atol=1e-13)


def test_the_error_of_a_denoiser_is_added_up_in_float64():
    """A = 0 and c = 0 leave |x|^2."""
    x = np.full((3, 4), 1e-25, np.float32)
    A, c = np.zeros((4, 4), np.float32), np.zeros(4, np.float32)
    error = denoising_error(A, c, x, 1.0)
    assert error == pytest.approx(4e-50, rel=1e-5, abs=0)


def test_a_first_step_is_at_most_one_long_and_a_short_one_is_left_alone():
    for guess in (1.0, np.array([2.0, 3.0])):
        long, short = np.array([30.0, 40.0]), np.array([0.03, 0.04])
        step = inverse_hessian_times(long, [], guess)
        np.testing.assert_allclose(step, guess * long / np.linalg.norm(guess * long))
        np.testing.assert_allclose(inverse_hessian_times(short, [], guess),
                                   guess * short)


def test_a_step_after_the_first_starts_from_the_guess_as_the_latest_scales_it(rng):
    """The matrix of the BFGS update (Liu & Nocedal 1989, algorithm 2.1)."""
    guess, dx, g = rng.uniform(0.1, 9, 4), rng.normal(size=4), rng.normal(size=4)
    dg = dx * [1.0, 2.0, 3.0, 0.5]
    scale = dx @ dg / (dg @ (guess * dg))
    V = np.eye(4) - np.outer(dg, dx) / (dx @ dg)
    H = V.T @ np.diag(scale * guess) @ V + np.outer(dx, dx) / (dx @ dg)
    np.testing.assert_allclose(inverse_hessian_times(g, [(dx, dg)], guess), H @ g)


@pytest.mark.parametrize("x", [[-3e-200, 0.0], [3e200, -5.0], [-1.0, -2.0], [0.0, 0.0]])
def test_numbers_of_either_sign_are_brought_near_one_by_a_power_of_two(x):
    near, power = near_one(np.array(x))
    assert np.frexp(power)[0] == 0.5 and (near * power).tolist() == x
    assert 0.5 <= np.abs(near).max() < 1 or not any(x)
