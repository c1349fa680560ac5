"""What figures show: the arrays that are drawn and the artists' data, not pixels."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from scratchae import plots


def sheet(axes):
    """The array that an axes shows, with NaN where the paper is."""
    (image,) = axes.images
    return np.ma.filled(image.get_array(), np.nan)


def tile(axes, row, column, height, width):
    """One image of a sheet."""
    top, left = row * (height + 1), column * (width + 1)
    return sheet(axes)[top : top + height, left : left + width]


@pytest.fixture
def images(rng):
    return rng.uniform(size=(5, 6))


# Grids of images
def test_image_grid_is_in_reading_order(images):
    axes = plots.image_grid(images, columns=3, shape=(2, 3)).axes[0]
    for i, image in enumerate(images):
        shown = tile(axes, i // 3, i % 3, 2, 3)
        np.testing.assert_array_equal(shown, image.reshape(2, 3))


def test_image_grid_leaves_paper_between_images_and_after_the_last(images):
    shown = sheet(plots.image_grid(images, columns=3, shape=(2, 3)).axes[0])
    assert shown.shape == (2 * 2 + 1, 3 * 3 + 2)
    assert np.isnan(shown[2]).all() and np.isnan(shown[:, [3, 7]]).all()
    assert np.isnan(shown[3:, 8:]).all()  # the sixth place of five images
    assert np.isfinite(shown).sum() == images.size


def test_image_grid_draws_ink_dark_on_the_scale_from_0_to_1(images):
    (image,) = plots.image_grid(images**4, shape=(2, 3)).axes[0].images
    assert image.get_clim() == (0, 1)
    assert to_rgba(image.cmap(0.0)) == (1, 1, 1, 1)  # no ink is paper
    assert to_rgba(image.cmap(1.0)) == (0, 0, 0, 1)
    assert image.origin == "upper"


def test_photographs_are_light_where_their_numbers_are_high():
    (image,) = plots.image_grid([[0.1, 0.5, 0.6, 0.9]]).axes[0].images
    assert to_rgba(image.cmap(1.0)) == (1, 1, 1, 1)
    assert image.get_clim() == (0, 1)


@pytest.mark.parametrize("numbers, dtype, limits", [
    ((0, 1, 1, 0), np.uint8, (0, 1)),
    ((0, 3, 1, 200), np.uint8, (0, 255)),
    ((0, 3, 1, 16), np.int64, (0, 16)),
    ((-2, 3, 1, 2), float, (-2, 3)),
    ((-5, -4, -5, 2), float, (-5, 2)),
    ((-5, -5, -3, -4), float, (-5, -3)),
    ((0.1, 0.3, np.nan, 0.5), float, (0, 1)),
    ((7, 7, 7, 7), float, (7, 8)),
])
def test_the_grey_scale_is_that_of_the_numbers(numbers, dtype, limits):
    (image,) = plots.image_grid(np.array([numbers], dtype)).axes[0].images
    assert image.get_clim() == limits


@pytest.mark.parametrize("dtype, largest", [(np.uint8, 255), (float, 1)])
def test_colours_are_drawn_as_they_are_on_white_paper(dtype, largest):
    red, blue = [largest, 0, 0], [0, 0, largest]
    images = np.array([[red, blue], [blue, blue]], dtype).reshape(2, 6)
    axes = plots.image_grid(images, columns=2, shape=(1, 2, 3)).axes[0]
    white = [1, 1, 1]
    np.testing.assert_array_equal(
        sheet(axes), [[[1, 0, 0], [0, 0, 1], white, [0, 0, 1], [0, 0, 1]]]
    )


def test_other_colours_are_drawn_from_the_least_number_to_the_largest():
    """As those of scaled pictures are, where the first row decides."""
    rows = {"x": [[-2.0, 0, 2]], "y": [[-1, 1, 4.0]], "z": [[-3, 2, -2]]}
    figure = plots.image_rows(rows, shape=(1, 1, 3))
    shown = [sheet(axes)[0, 0].tolist() for axes in figure.axes]
    assert shown == [[0, 0.5, 1], [0.25, 0.75, 1], [0, 1, 0]]


def test_images_that_have_their_shape_need_not_say_it(images):
    axes = plots.image_grid(images.reshape(5, 3, 2), columns=5).axes[0]
    np.testing.assert_array_equal(tile(axes, 0, 4, 3, 2), images[4].reshape(3, 2))


@pytest.mark.parametrize("x, shape, message", [
    (np.ones((2, 300)), None, r"300 numbers make no square image: give shape=\(height"),
    (np.ones((2, 300)), (20, 20), r"300 numbers make no image of shape \(20, 20\)"),
    (np.ones((2, 8)), (2, 2, 2), r"8 numbers make no image of shape \(2, 2, 2\)"),
    (np.ones((0, 4)), None, "there are no images to draw"),
])
def test_rows_that_are_no_images_are_refused(x, shape, message):
    with pytest.raises(ValueError, match=message):
        plots.image_grid(x, shape=shape)


def test_signed_images_are_scaled_each_by_its_own_largest_size():
    images = np.array([[2.0, -4, 0, 1], [0.1, 0.2, -0.1, 0], [0, 0, 0, 0]])
    axes = plots.image_grid(images, columns=3, signed=True).axes[0]
    assert axes.images[0].get_clim() == (-1, 1)
    for i, largest in enumerate((4, 0.2, 1)):
        np.testing.assert_allclose(
            tile(axes, 0, i, 2, 2), images[i].reshape(2, 2) / largest
        )


def test_signed_images_are_ink_where_positive_as_digits_are(images):
    (image,) = plots.image_grid(images, shape=(2, 3), signed=True).axes[0].images
    assert to_rgba(image.cmap(1.0)) == (0, 0, 0, 1)
    assert to_rgba(image.cmap(0.0)) == (1, 1, 1, 1)


def test_image_grid_is_about_square_by_default(rng):
    shown = sheet(plots.image_grid(rng.uniform(size=(7, 4))).axes[0])
    assert shown.shape == (3 * 3 - 1, 3 * 3 - 1)


def test_image_grid_shows_its_title(images):
    axes = plots.image_grid(images, "five images", shape=(2, 3)).axes[0]
    assert axes.get_title() == "five images"


def test_image_grid_has_no_ticks(images):
    axes = plots.image_grid(images, shape=(2, 3)).axes[0]
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0


def test_image_rows_stand_in_order_each_beside_its_name(images):
    rows = {"original": images, "decoded": images[::-1] / 2}
    figure = plots.image_rows(rows, "a title", shape=(3, 2))
    assert figure.axes[0].get_title() == "a title"
    heights = [axes.get_subplotspec().rowspan.start for axes in figure.axes]
    assert heights == [0, 1]
    for axes, (name, expected) in zip(figure.axes, rows.items(), strict=True):
        assert axes.get_ylabel() == name
        for i, image in enumerate(expected):
            shown = tile(axes, 0, i, 3, 2)
            np.testing.assert_array_equal(shown, image.reshape(3, 2))


def test_image_rows_use_one_grey_scale(images):
    figure = plots.image_rows({"a": images, "b": images / 9}, shape=(2, 3))
    assert {axes.images[0].get_clim() for axes in figure.axes} == {(0, 1)}


def test_no_name_of_a_row_is_cut_off(rng):
    name = "aspect 0.8 to 1.6 times its width"
    rows = {key: rng.uniform(size=(10, 784)) for key in ("slant", "thickness", name)}
    figure = plots.image_rows(rows, "a title")
    figure.canvas.draw()
    label = figure.axes[2].yaxis.label.get_window_extent()
    assert label.x0 >= 0 and figure.axes[2].get_window_extent().x1 <= figure.bbox.x1


def test_a_later_row_has_the_grey_scale_of_the_first(images):
    rows = {"original": images**4, "noisy": images - 0.5, "one": images[:1]}
    figure = plots.image_rows(rows, shape=(2, 3))
    assert {axes.images[0].get_clim() for axes in figure.axes} == {(0, 1)}
    assert {axes.images[0].get_cmap().name for axes in figure.axes} == {"gray_r"}


def test_a_shorter_row_is_filled_with_paper(images):
    figure = plots.image_rows({"0": images, "1": images[:2]}, shape=(2, 3))
    shown = sheet(figure.axes[1])
    assert shown.shape == (2, 5 * 4 - 1) and np.isnan(shown[:, 7:]).all()
    figure = plots.image_rows({"0": images[:2], "1": images}, shape=(2, 3))
    assert [sheet(axes).shape for axes in figure.axes] == [(2, 5 * 4 - 1)] * 2


@pytest.mark.parametrize("side, gap", [(8, 1), (28, 1), (56, 2), (84, 3)])
def test_the_paper_between_images_grows_with_them(side, gap):
    shown = sheet(plots.image_grid(np.ones((2, side * side)), columns=2).axes[0])
    assert shown.shape == (side, 2 * side + gap)
    assert np.isnan(shown).sum() == side * gap


def test_an_image_has_one_area_whatever_its_shape(rng):
    tall, wide = (plots.image_grid(rng.uniform(size=(40, 36)), columns=10, shape=shape)
                  .get_size_inches() for shape in ((9, 4), (4, 9)))
    assert tall == pytest.approx([10 * 0.3, 4 * 0.675])
    assert wide == pytest.approx([10 * 0.675, 4 * 0.3])


def test_one_channel_is_grey_and_a_missing_pixel_is_paper():
    grey = plots.image_grid(np.ones((1, 4)) / 2, shape=(2, 2, 1)).axes[0]
    assert sheet(grey).shape == (2, 2)
    pixels = np.array([[np.nan, np.nan, np.nan, 1, 0, 0]])
    colours = plots.image_grid(pixels, shape=(1, 2, 3)).axes[0]
    np.testing.assert_array_equal(sheet(colours), [[[1, 1, 1], [1, 0, 0]]])


@pytest.mark.parametrize("numbers, black", [((0, 0.2, 1), 1), ((0, 0.3, 1), 0)])
def test_strokes_are_ink_and_photographs_are_light(numbers, black):
    """By the middle number, in the lowest quarter or not."""
    (image,) = plots.image_grid([numbers], shape=(1, 3)).axes[0].images
    assert to_rgba(image.cmap(float(black))) == (0, 0, 0, 1)
