"""What readers see of a figure beside its data: grids, limits, frames, sizes."""

import warnings

import numpy as np
import pytest
from matplotlib.colors import to_hex

from scratchae import plots
from scratchae.plots.style import COLOURS


def has_grid(axis):
    return axis.get_gridlines()[0].get_visible()


@pytest.mark.parametrize("horizontal", [False, True])
def test_grid_lines_of_bars_are_those_that_their_ends_are_read_against(horizontal):
    axes = plots.bars({"a": 1, "b": 2}, "", horizontal=horizontal).axes[0]
    assert has_grid(axes.xaxis) == horizontal and has_grid(axes.yaxis) != horizontal


def test_charts_have_a_grid_behind_them_and_no_frame_above_or_on_the_right():
    axes = plots.curves({"a": ([0, 1], [0, 1])}, "", "").axes[0]
    assert has_grid(axes.xaxis) and has_grid(axes.yaxis) and axes.get_axisbelow()
    shown = {name for name, spine in axes.spines.items() if spine.get_visible()}
    assert shown == {"left", "bottom"}


def test_images_have_no_ticks_and_no_frame():
    for figure in (plots.image_grid(np.eye(4)), plots.image_rows({"a": np.eye(4)})):
        axes = figure.axes[0]
        assert not len(axes.get_xticks()) and not len(axes.get_yticks())
        assert not any(spine.get_visible() for spine in axes.spines.values())


def test_the_first_ring_of_codes_is_seen_whole_and_the_others_near_the_circle(rng):
    far = 30 * rng.normal(size=(9, 2))
    codes = {"far": far, "two": far, "three": far}
    figure = plots.codes_on_circle(codes, np.arange(9), lambda z: np.zeros((1, 4)))
    first, *others = figure.axes
    for limits, values in zip((first.get_xlim(), first.get_ylim()), far.T, strict=True):
        assert limits[0] < values.min() and values.max() < limits[1]
    for axes in others:
        assert (*axes.get_xlim(), *axes.get_ylim()) == (-2, 2, -2, 2)


def test_panels_stand_in_rows_of_four_and_no_row_is_empty():
    for count, rows in ((3, 1), (4, 1), (5, 2), (8, 2)):
        series = {str(i): {"a": ([0, 1], [0, i])} for i in range(count)}
        axes = plots.panels(series, "").axes
        assert len(axes) == 4 * rows
        assert axes[0].get_subplotspec().get_geometry()[:2] == (rows, 4)


def test_the_narrowest_layer_is_the_code_wherever_it_stands():
    for sizes in ((9, 2, 5), (8, 4, 2, 9), (3, 9)):
        dots = plots.network(sizes).axes[0].collections
        marked = [to_hex(d.get_facecolor()[0]) == COLOURS[1].lower() for d in dots]
        assert marked == [size == min(sizes) for size in sizes]


def test_layers_of_one_unit_are_one_dot_each():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dots = plots.network((1, 1)).axes[0].collections
    assert [len(d.get_offsets()) for d in dots] == [1, 1]


def test_a_grid_of_images_is_as_wide_as_its_images_and_as_high_as_its_rows():
    for shape, wide, high in (((3, 3), 0.5, 0.5), ((2, 8), 1.0, 0.25)):
        images = np.zeros((20, np.prod(shape)))
        figure = plots.image_grid(images, columns=10, shape=shape, scale=0.5)
        assert figure.get_size_inches() == pytest.approx((10 * wide, 2 * high))


def test_rows_of_images_share_the_grey_scale_of_the_first():
    rows = {"x": [[0.0, 1, 0, 0]], "noisy": [[-3.0, 5, 0, 0]], "dark": [[9.0] * 4]}
    figure = plots.image_rows({name: np.array(row) for name, row in rows.items()})
    assert {axes.images[0].get_clim() for axes in figure.axes} == {(0, 1)}
    assert [axes.get_ylabel() for axes in figure.axes] == [*rows]


def test_a_column_without_a_number_is_drawn_without_a_warning():
    x = np.array([[1.0, np.nan], [2, np.nan], [3, np.nan]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plots.bar_rows({"": x}, "uv")
        assert len(plots.pair_plots(x, "uv").axes) == 4
    assert [text.get_text() for text in figure.axes[1].texts] == ["-"] * 3
    assert figure.axes[0].get_xlim() == (0, 4.5)


def test_rows_of_images_leave_room_for_the_longest_name():
    names = ("x", "a name that is longer than three images")
    rows = dict.fromkeys(names, np.zeros((3, 4)))
    figure = plots.image_rows(rows, scale=0.5)
    figure.canvas.draw()
    for axes in figure.axes:
        assert axes.yaxis.label.get_window_extent().x0 >= 0
        assert axes.images[0].get_window_extent().width > 1.2 * figure.dpi


@pytest.mark.parametrize("side, gap", [(2, 1), (28, 1), (84, 3)])
def test_between_images_is_a_line_of_paper_as_wide_as_they_are_large(side, gap):
    figure = plots.image_grid(np.zeros((2, side * side)), columns=2)
    assert figure.axes[0].images[0].get_array().shape == (side, 2 * side + gap)


def test_grids_of_decoded_images_have_one_grey_scale():
    grids = {"plain": np.zeros((4, 9)), "loud": np.full((4, 9), 7.0)}
    for order in (grids, dict(reversed(grids.items()))):
        axes = plots.decoded_grids(order).axes
        assert {a.images[0].get_clim() for a in axes} == {(0, 7)}
        assert [a.get_title() for a in axes] == [*order]


def test_every_node_of_a_graph_lies_in_view():
    nodes = {"x": (0, 0), "z": (2.5, 1)}
    axes = plots.graphs({"": (nodes, [("x", "z")], set(), set())}).axes[0]
    assert axes.get_xlim() == (-0.4, 2.9) and axes.get_ylim() == (1.5, -0.5)


def test_a_figure_is_written_beside_its_place_and_then_put_there(tmp_path, monkeypatch):
    figure = plots.curves({"a": ([0, 1], [0, 1])}, "", "")
    path = plots.save_figure(figure, tmp_path / "new" / "below" / "a.png")
    before = path.read_bytes()

    def fails(file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fails)
    with pytest.raises(OSError, match="disk full"):
        plots.save_figure(figure, path)
    assert path.read_bytes() == before and [*path.parent.iterdir()] == [path]


def test_the_key_of_panels_lies_below_them():
    figure = plots.panels({"p": {"a": ([0, 1], [0, 1]), "b": ([0, 1], [1, 0])}}, "x")
    figure.canvas.draw()
    (key,), (axes, *_) = figure.legends, figure.axes
    assert key.get_window_extent().y1 <= axes.get_window_extent().y0
