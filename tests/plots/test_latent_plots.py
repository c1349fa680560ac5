"""Pictures of a plane of codes: where each class, ellipse and decoded image stands."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.markers import MarkerStyle
from test_plots import tile

from scratchae import plots
from scratchae.plots.style import CLASS_COLOURS


# Grids of codes
def test_quantile_grid_has_z1_to_the_right_and_z2_upwards(rng):
    grid = plots.quantile_grid(rng.normal(size=(50, 2)), 5).reshape(5, 5, 2)
    assert (np.diff(grid[:, :, 0], axis=1) > 0).all()
    assert (np.diff(grid[:, :, 0], axis=0) == 0).all()
    assert (np.diff(grid[:, :, 1], axis=0) < 0).all()  # the top row comes first
    assert (np.diff(grid[:, :, 1], axis=1) == 0).all()


def test_quantile_grid_has_a_like_share_of_the_codes_in_each_step(rng):
    codes = np.column_stack([rng.normal(size=4000), np.exp(rng.normal(size=4000))])
    grid = plots.quantile_grid(codes, 4).reshape(4, 4, 2)
    for line, own in ((grid[1, :, 0], codes[:, 0]), (grid[::-1, 1, 1], codes[:, 1])):
        counts = np.histogram(own, [-np.inf, *line, np.inf])[0]
        assert [*counts] == [500, 1000, 1000, 1000, 500]


def test_quantile_grid_of_one_model_in_other_units_is_its_own_in_those_units(rng):
    """Two models whose codes differ in scale and place are treated alike."""
    codes = rng.normal(size=(500, 2))
    np.testing.assert_allclose(plots.quantile_grid(7 * codes - 3, 5),
                               7 * plots.quantile_grid(codes, 5) - 3)


def test_decoded_grids_show_each_model_under_its_name(rng):
    grids = {"AE": rng.uniform(size=(4, 9)), "VAE": rng.uniform(size=(4, 9))}
    figure = plots.decoded_grids(grids, "decoded")
    assert figure.get_suptitle() == "decoded"
    for axes, (name, images) in zip(figure.axes, grids.items(), strict=True):
        assert axes.get_title() == name
        for i, image in enumerate(images):
            shown = tile(axes, i // 2, i % 2, 3, 3)
            np.testing.assert_array_equal(shown, image.reshape(3, 3))


def test_decoded_grids_have_one_grey_scale_of_all(rng):
    grids = {"a": rng.uniform(size=(4, 9)), "b": rng.uniform(-2, 3, size=(4, 9))}
    figure = plots.decoded_grids(grids)
    limits = (grids["b"].min(), grids["b"].max())
    assert {axes.images[0].get_clim() for axes in figure.axes} == {limits}


def test_decoded_grids_take_the_shape_of_an_item(rng):
    images = rng.uniform(size=(4, 6))
    axes = plots.decoded_grids({"VAE": images}, shape=(3, 2)).axes[0]
    np.testing.assert_array_equal(tile(axes, 1, 1, 3, 2), images[3].reshape(3, 2))


def test_a_decoded_plane_has_the_code_z1_on_its_x_axis_and_z2_on_its_y_axis():
    """Decode a code into an image that is the code: the places must be right."""
    codes = plots.quantile_grid(np.array([[-1.0, -1.0], [0, 0], [1, 1]]), 3)
    figure = plots.decoded_grids({"codes": np.repeat(codes, 2, axis=1)})
    top_right = tile(figure.axes[0], 0, 2, 2, 2)
    bottom_left = tile(figure.axes[0], 2, 0, 2, 2)
    assert (top_right > 0).all() and (bottom_left < 0).all()
    top_left = tile(figure.axes[0], 0, 0, 2, 2)
    assert (top_left[0] < 0).all() and (top_left[1] > 0).all()


@pytest.fixture
def posteriors(rng):
    labels = np.array([3, 7, 3, 7, 7, 3, 9])
    points, mu = rng.normal(size=(2, 7, 2))
    return points, mu, rng.uniform(0.1, 1, size=(7, 2)), labels


def test_points_left_and_ellipses_right_under_their_titles(posteriors):
    figure = plots.points_and_ellipses(*posteriors, ("points", "ellipses"))
    assert [axes.get_title() for axes in figure.axes] == ["points", "ellipses"]
    for axes in figure.axes:
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("code 1", "code 2")


def test_points_are_drawn_where_they_are_in_their_classs_colour(posteriors):
    points, _, _, labels = posteriors
    axes = plots.points_and_ellipses(*posteriors, ("a", "b")).axes[0]
    for i, (label, dots) in enumerate(zip((3, 7, 9), axes.collections, strict=True)):
        np.testing.assert_array_equal(dots.get_offsets(), points[labels == label])
        assert to_hex(dots.get_facecolor()[0]) == CLASS_COLOURS[i].lower()


def test_ellipses_have_the_standard_deviations_as_half_axes(posteriors):
    _, mu, sigma, labels = posteriors
    figure = plots.points_and_ellipses(*posteriors, ("a", "b"))
    figure.canvas.draw()
    drawn_classes = zip((3, 7, 9), figure.axes[1].collections, strict=True)
    for i, (label, drawn) in enumerate(drawn_classes):
        own = labels == label
        np.testing.assert_array_equal(drawn.get_offsets(), mu[own])
        for circle, (s1, s2) in zip(drawn.get_transforms(), sigma[own], strict=True):
            np.testing.assert_allclose(circle[:2, :2], [[s1, 0], [0, s2]])
        assert to_hex(drawn.get_edgecolor()[0]) == CLASS_COLOURS[i].lower()


def test_ellipses_are_measured_on_the_axes_and_lie_inside_them(posteriors):
    figure = plots.points_and_ellipses(*posteriors, ("a", "b"))
    axes, mu = figure.axes[1], posteriors[1]
    assert all(drawn._units == "xy" for drawn in axes.collections)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left <= mu[:, 0].min() and mu[:, 0].max() <= right
    assert low <= mu[:, 1].min() and mu[:, 1].max() <= high


def test_class_names_stand_at_the_median_of_their_points(posteriors):
    points, mu, sigma, labels = posteriors
    figure = plots.points_and_ellipses(9 * points, mu, sigma, labels, ("a", "b"))
    for axes, centres in zip(figure.axes, (9 * points, mu), strict=True):
        assert [text.get_text() for text in axes.texts] == ["3", "7", "9"]
        for text in axes.texts:
            median = np.median(centres[labels == int(text.get_text())], axis=0)
            np.testing.assert_allclose(text.xy, median)
            np.testing.assert_allclose(text.get_position(), median, atol=1e-4)


@pytest.mark.parametrize("classes", [2, 10])
def test_no_class_name_hides_another_and_a_line_leads_to_the_median(classes, rng):
    """All classes around one place, as 4 and 9 of MNIST are."""
    at, labels = 1e-3 * rng.normal(size=(classes, 2)), np.arange(classes)
    at = np.vstack([at, [[-1, -1], [1, 1]]])
    labels = np.append(labels, [classes, classes + 1])
    axes = plots.points_and_ellipses(at, at, at, labels, ("a", "b")).axes[0]
    places = axes.transLimits.transform([text.get_position() for text in axes.texts])
    away = np.hypot(*(places[:, None] - places).T) + np.eye(len(places))
    assert away.min() > 0.065 and (places > 0).all() and (places < 1).all()
    for text, median in zip(axes.texts, at, strict=True):
        np.testing.assert_array_equal(text.xy, median)
        assert text.arrow_patch is not None


def test_the_key_names_every_class_in_its_colour(posteriors):
    (key,) = plots.points_and_ellipses(*posteriors, ("a", "b")).legends
    assert [text.get_text() for text in key.get_texts()] == ["3", "7", "9"]
    colours = [mark.get_color() for mark in key.legend_handles]
    assert colours == [*CLASS_COLOURS[:3]]


@pytest.mark.parametrize("classes, colours", [(10, 10), (70, 10)])
def test_classes_differ_in_colour_and_then_in_their_mark(classes, colours):
    """Digits 0 and 7 must not share a colour."""
    at = np.ones((classes, 2))
    figure = plots.points_and_ellipses(at, at, at, np.arange(classes), ("", ""))
    looks = {(mark.get_color(), mark.get_marker())
             for mark in figure.legends[0].legend_handles}
    assert len(looks) == classes and len({colour for colour, _ in looks}) == colours


def test_classes_may_have_names(rng):
    at = rng.uniform(size=(3, 2))
    names = np.array(["coat", "bag", "coat"])
    figure = plots.points_and_ellipses(at, at, at, names, ("", ""))
    (key,) = figure.legends
    assert [text.get_text() for text in key.get_texts()] == ["bag", "coat"]


def test_points_have_the_marks_of_the_key(posteriors):
    figure = plots.points_and_ellipses(*posteriors, ("a", "b"))
    for dots, mark in zip(figure.axes[0].collections, figure.legends[0].legend_handles,
                          strict=True):
        alone = MarkerStyle(mark.get_marker())
        expected = alone.get_path().transformed(alone.get_transform())
        np.testing.assert_allclose(dots.get_paths()[0].vertices, expected.vertices)


def test_codes_on_a_circle_stand_in_order_beside_it_and_what_it_decodes_to(rng):
    angles = np.linspace(0, 2 * np.pi, 9)
    codes = {"odd": rng.normal(size=(9, 2)), "even": rng.normal(size=(9, 2))}

    def decode(z):
        return np.tile([*z[0], 0.25, 0.75], 1)[None]  # its pixels tell the code

    figure = plots.codes_on_circle(codes, angles, decode)
    for axes, (title, points) in zip(figure.axes, codes.items(), strict=True):
        assert axes.get_title() == title
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("h1", "h2")
        (dots,), (circle,) = axes.collections, axes.lines
        np.testing.assert_array_equal(dots.get_offsets(), points)
        np.testing.assert_array_equal(dots.get_array(), angles)
        np.testing.assert_allclose(np.hypot(*circle.get_data()), 1)
        assert axes.get_aspect() == 1
    assert not figure.axes[0].images and len(figure.axes[1].images) == 12
    for image in figure.axes[1].images:
        left, right, low, high = image.get_extent()
        place = np.array([left + right, low + high]) / 2
        np.testing.assert_allclose(image.get_array()[0], place / 1.6, atol=1e-12)
        np.testing.assert_array_equal(image.get_array()[1], [0.25, 0.75])
        assert image.origin == "lower" and image.get_clim() == (0, 1)
        assert max(right, high) <= 2 <= 2.4 and right - left == pytest.approx(0.7)


def test_one_model_alone_has_a_circle_too(rng):
    codes = {"alone": rng.normal(size=(9, 2))}
    figure = plots.codes_on_circle(codes, np.arange(9), lambda z: np.zeros((1, 4)))
    assert len(figure.axes) == 1 and len(figure.axes[0].images) == 12
