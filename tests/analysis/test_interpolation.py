"""The way from one code to another: straight, or along an arc."""

import numpy as np
import pytest

from scratchae.analysis import interpolate


@pytest.fixture
def ends(rng):
    return rng.normal(size=5), rng.normal(size=5)


@pytest.mark.parametrize("way", ["linear", "spherical"])
def test_both_ends_are_among_the_codes(way, ends):
    codes = interpolate(*ends, 7, way)
    assert codes.shape == (7, 5)
    np.testing.assert_allclose(codes[[0, -1]], ends, rtol=1e-12)


def test_the_line_is_divided_evenly():
    np.testing.assert_allclose(interpolate([0, 2], [4, 0], 5),
                               [[0, 2], [1, 1.5], [2, 1], [3, 0.5], [4, 0]])


def test_a_quarter_circle_is_divided_into_equal_angles():
    degrees = np.radians([0, 30, 60, 90])
    expected = 2 * np.column_stack([np.cos(degrees), np.sin(degrees)])
    np.testing.assert_allclose(interpolate([2, 0], [0, 2], 4, "spherical"), expected,
                               atol=1e-12)


def test_an_arc_stays_in_the_plane_of_its_ends_and_its_length_changes_evenly(ends):
    a, b = ends
    codes = interpolate(a, b, 9, "spherical")
    np.testing.assert_allclose(
        np.linalg.norm(codes, axis=1),
        np.linspace(np.linalg.norm(a), np.linalg.norm(b), 9))
    directions = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    steps = np.einsum("nk,nk->n", directions[:-1], directions[1:])
    np.testing.assert_allclose(steps, steps[0])
    assert np.linalg.matrix_rank(codes, tol=1e-9) == 2


def test_half_way_between_normal_draws_the_line_is_nearer_to_zero_by_root_two(rng):
    a, b = rng.standard_normal((2, 100_000))
    line, arc = (np.linalg.norm(interpolate(a, b, 3, way)[1]) / np.linalg.norm(a)
                 for way in ("linear", "spherical"))
    assert line == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert arc == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("other", [3.0, 1 + 1e-9, 0.0])
def test_parallel_vectors_and_zero_give_the_straight_line(other, ends):
    a, _ = ends
    np.testing.assert_allclose(interpolate(a, other * a, 6, "spherical"),
                               interpolate(a, other * a, 6), rtol=1e-12)


def test_a_nearly_parallel_arc_is_as_exact_as_any(ends):
    a, b = ends
    b = a + 1e-9 * (b - a @ b / (a @ a) * a)
    np.testing.assert_allclose(interpolate(a, b, 5, "spherical"), interpolate(a, b, 5),
                               rtol=1e-12)


def test_opposite_directions_are_refused(ends):
    with pytest.raises(ValueError, match="opposite directions; expected way='linear'"):
        interpolate(ends[0], -2 * ends[0], 5, "spherical")


@pytest.mark.parametrize("short", [1e-5, 1e-7])
def test_directions_are_opposite_but_for_a_millionth(short):
    """An arc that falls so little short of half a circle has no certain side."""
    ends = [1, 0], [-np.cos(short), np.sin(short)]
    if short < 1e-6:
        with pytest.raises(ValueError, match="opposite directions"):
            interpolate(*ends, 3, "spherical")
    else:
        middle = [np.sin(short / 2), np.cos(short / 2)]
        np.testing.assert_allclose(interpolate(*ends, 3, "spherical")[1], middle,
                                   atol=1e-9)


@pytest.mark.parametrize("arguments, message", [
    (([1, 2], [1, 2, 3]), "a of 2 numbers and b of 3"),
    (([[1, 2]], [1, 2]), r"one code, a : \(k,\); got the shape \(1, 2\)"),
    (([1, np.nan], [1, 2]), "a contains NaN"),
    (([1, 2], [1, 2], 1), r"The 'n' parameter of interpolate must be an int .*\[2"),
    (([1, 2], [1, 2], 3, "sferical"), "Did you mean 'spherical'"),
])
def test_what_cannot_be_interpolated_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        interpolate(*arguments)


@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e170, 1e300])
def test_an_arc_is_the_same_in_any_unit(unit):
    a, b = np.array([3.0, 1.0, -2.0]), np.array([0.5, 2.0, 1.0])
    arc = interpolate(a, b, 5, "spherical")
    scaled = interpolate(unit * a, unit * b, 5, "spherical")
    np.testing.assert_allclose(scaled / unit, arc, rtol=1e-12)
