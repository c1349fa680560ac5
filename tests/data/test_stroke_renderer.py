"""The renderer against plain geometry, and the pen paths it is given."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.data.skeletons import catmull_rom, skeleton_tables
from scratchae.data.strokes import SOFTNESS, render
from scratchae.nn import plain

INDEX = np.arange(28)


def straight_stroke(start, end, thickness, n_points=64):
    """Arguments of `render` for one even straight stroke, in float64."""
    start, end = np.array(start, dtype=float), np.array(end, dtype=float)
    t = (np.arange(n_points) + 0.5) / n_points
    x, y = (start + t[:, None] * (end - start)).T[:, None]  # (1, p) each
    weight = np.full_like(x, np.linalg.norm(end - start) / n_points)
    return x, y, weight, np.array([float(thickness)])


def distance_from_line(start, end):
    """Distance of every pixel's middle from the infinite line, (28, 28)."""
    (x0, y0), (x1, y1) = start, end
    cross = (x1 - x0) * (INDEX[:, None] - y0) - (y1 - y0) * (INDEX[None] - x0)
    return np.abs(cross) / np.hypot(x1 - x0, y1 - y0)


def covered_part(start, end, thickness, fine=16):
    """Share of each pixel within thickness/2 of the infinite line, by counting."""
    offsets = (np.arange(fine) + 0.5) / fine - 0.5
    at = (INDEX[:, None] + offsets).ravel()
    (x0, y0), (x1, y1) = start, end
    cross = (x1 - x0) * (at[:, None] - y0) - (y1 - y0) * (at[None] - x0)
    inside = np.abs(cross) / np.hypot(x1 - x0, y1 - y0) < thickness / 2
    return inside.reshape(28, fine, 28, fine).mean(axis=(1, 3))


@pytest.mark.parametrize("thickness", [1.2, 2.4, 4.0])
@pytest.mark.parametrize("end", [(50.0, 14.3), (52.0, 41.0), (29.0, 60.0)])
def test_straight_stroke_is_exact_distance_with_a_one_pixel_edge(thickness, end):
    start = (-24.0, -31.0) if end[1] > 20 else (-22.0, 14.3)
    image = render(*straight_stroke(start, end, thickness, n_points=400))[0]
    d = distance_from_line(start, end)
    expected = np.clip(thickness / 2 + 0.5 - d, 0, 1)
    np.testing.assert_allclose(image, expected, atol=1e-6)


@pytest.mark.parametrize("which", ["numpy", "numba"])
@pytest.mark.parametrize("start, end, thickness", [
    ((-24.0, -31.0), (52.0, 41.0), 12), ((-24.0, 14.3), (52.0, 14.3), 11),
    ((14.3, 52.0), (14.3, -24.0), 11),
])
def test_a_thick_pen_has_the_edge_of_a_thin_one(start, end, thickness, which):
    """6.5 pixels from its middle there is ink of 1e-20 only."""
    with backend(which):
        image = render(*straight_stroke(start, end, thickness, n_points=400))[0]
    d = distance_from_line(start, end)
    expected = np.clip(thickness / 2 + 0.5 - d, 0, 1)
    np.testing.assert_allclose(image, expected, atol=1e-3)


def test_straight_stroke_covers_pixels_as_counting_on_a_fine_grid_does():
    start, end = (-24.0, -30.0), (52.0, 47.0)
    image = render(*straight_stroke(start, end, 2.4, n_points=400))[0]
    assert np.abs(image - covered_part(start, end, 2.4)).max() < 0.12


def test_render_equals_a_plain_loop_over_pixels_and_points(rng):
    x, y = rng.uniform(3, 24, size=(2, 2, 5))
    weight, thickness = rng.uniform(0.3, 1.5, size=(2, 5)), np.array([1.5, 3.0])
    expected = np.empty((2, 28, 28))
    for n, r, c in np.ndindex(expected.shape):
        d2 = (c - x[n]) ** 2 + (r - y[n]) ** 2
        ink = sum(weight[n] * np.exp(-d2 / (2 * SOFTNESS**2)))
        ink = max(ink / (SOFTNESS * np.sqrt(2 * np.pi)), 1e-30)
        d = np.sqrt(max(-2 * SOFTNESS**2 * np.log(ink), 0))
        expected[n, r, c] = min(max(thickness[n] / 2 + 0.5 - d, 0), 1)
    np.testing.assert_allclose(render(x, y, weight, thickness), expected, atol=1e-10)


def test_stroke_end_is_round():
    image = render(*straight_stroke((-40.0, 14.0), (14.0, 14.0), 5, n_points=400))[0]
    reach = image.sum(axis=1)[12:17]  # ink per row, the stroke ends in column 14
    assert reach[2] > reach[1] > reach[0] and np.allclose(reach, reach[::-1])


def test_spacing_of_the_points_leaves_no_mark():
    start, end = (-22.0, -15.0), (50.0, 42.0)  # 92 pixels long: 1.1 and 0.1 apart
    coarse = render(*straight_stroke(start, end, 2.4, n_points=84))
    fine = render(*straight_stroke(start, end, 2.4, n_points=920))
    np.testing.assert_allclose(coarse, fine, atol=0.005)


def test_render_keeps_float32():
    arguments = (a.astype(np.float32) for a in straight_stroke((4, 4), (9, 9), 2))
    assert render(*arguments).dtype == np.float32


def test_points_without_weight_leave_no_ink():
    x, y, weight, thickness = straight_stroke((4, 4), (9, 9), 2)
    assert not render(x, y, 0 * weight, thickness).any()


def test_planted_swap_of_rows_and_columns_changes_the_image():
    x, y, weight, thickness = straight_stroke((4, 14), (23, 14), 2)
    right = np.clip(1.5 - np.abs(INDEX - 14.0), 0, 1)  # column 14 of a level stroke
    wrong = render(y, x, weight, thickness)[0, :, 14]
    np.testing.assert_allclose(
        render(x, y, weight, thickness)[0, :, 14], right, atol=1e-6
    )
    assert np.abs(wrong - right).max() > 0.9


def test_planted_missing_brush_normalisation_changes_the_image():
    x, y, weight, thickness = straight_stroke((-30, 14.3), (58, 14.3), 2.4, 400)
    wrong = render(x, y, weight * SOFTNESS * np.sqrt(2 * np.pi), thickness)
    assert np.abs(wrong - render(x, y, weight, thickness)).max() > 0.1


def test_render_names_shapes_that_do_not_fit():
    x, y, weight, thickness = straight_stroke((4, 4), (9, 9), 2)
    with pytest.raises(ValueError, match=r"thickness of shape \(n,\). Got .*\(1, 63\)"):
        render(x, y, weight[:, 1:], thickness)


# The pen paths


def test_catmull_rom_goes_through_its_control_points(rng):
    control = rng.normal(size=(6, 2))
    points, _ = catmull_rom(control, np.arange(6.0))
    np.testing.assert_allclose(points, control, atol=1e-14)


def test_catmull_rom_slope_is_the_derivative(rng):
    control, u, h = rng.normal(size=(6, 2)), rng.uniform(0.01, 4.99, size=50), 1e-6
    u = u[np.abs(u - np.round(u)) > 2 * h]
    ahead, behind = catmull_rom(control, u + h)[0], catmull_rom(control, u - h)[0]
    np.testing.assert_allclose(
        catmull_rom(control, u)[1], (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-8
    )


def test_catmull_rom_has_no_kink_at_a_control_point(rng):
    control, eps = rng.normal(size=(6, 2)), 1e-9
    before = catmull_rom(control, np.arange(1, 5) - eps)[1]
    after = catmull_rom(control, np.arange(1, 5) + eps)[1]
    np.testing.assert_allclose(before, after, atol=1e-6)


def test_tables_give_the_length_of_every_style():
    control, position, slope, *_ = skeleton_tables()
    points, pieces = position @ control, np.linalg.norm(slope @ control, axis=2)
    gaps = np.linalg.norm(np.diff(points, axis=1), axis=2)  # a pen lift is one long gap
    np.testing.assert_allclose(
        np.median(gaps, axis=1), np.median(pieces, axis=1), rtol=0.05
    )


def test_points_stand_in_the_middle_of_equal_pieces():
    control, position, _, digit, _ = skeleton_tables()
    bar = np.flatnonzero(digit == 1)[0]  # a plain stroke from y = 0 to y = 1
    rows = (position @ control)[bar, :, 1]
    np.testing.assert_allclose(rows, (np.arange(64) + 0.5) / 64, atol=1e-4)


def test_every_digit_has_several_styles_whose_shares_sum_to_one():
    *_, digit, share = skeleton_tables()
    assert np.bincount(digit).min() >= 4
    np.testing.assert_allclose(np.bincount(digit, weights=share), 1)


@pytest.mark.parametrize("dtype, limit", [("float32", 1e-4), ("float64", 1e-10)])
def test_compiled_renderer_equals_its_twin(rng, kernels, dtype, limit):
    shape = (50, 40)  # more images than all threads take at a time
    x, y = rng.uniform(-3, 31, size=(2, *shape)).astype(dtype)
    weight = rng.uniform(0.2, 1, size=shape).astype(dtype)
    thickness = rng.uniform(1.5, 3, size=50).astype(dtype)
    page = (x, y, weight, thickness, 28, SOFTNESS)
    np.testing.assert_allclose(kernels.render(*page), plain.render(*page), atol=limit)


@pytest.mark.parametrize("which", ["numpy", "numba"])
def test_where_strokes_cross_the_paper_is_as_dark_as_under_either(which):
    """More ink than of one stroke is no distance from it."""
    level, upright = ((-24.0, 14.0), (52.0, 14.0)), ((14.0, -24.0), (14.0, 52.0))
    one, other = (straight_stroke(*ends, 1.2, 400) for ends in (level, upright))
    both = [np.concatenate(pair, axis=1) for pair in zip(one[:3], other[:3],
                                                         strict=True)]
    with backend(which):
        crossed = render(*both, one[3])[0]
        apart = np.maximum(render(*one)[0], render(*other)[0])
    assert apart[14, 14] == pytest.approx(1) and (crossed >= apart - 1e-6).all()
