"""Charts and drawings show what they are given."""

import numpy as np
import pytest
from drawn import labels_of
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from scratchae import plots
from scratchae.plots.style import COLOURS, wrapped


# Charts
def test_curves_draw_x_to_the_right_and_y_upwards():
    series = {"train": ([1, 2, 4], [9, 5, 3]), "test": ([1, 2, 4], [9, 6, 5])}
    axes = plots.curves(series, "epoch", "nats/img", "loss").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "nats/img")
    assert axes.get_title() == "loss"
    for line, (name, (x, y)) in zip(axes.lines, series.items(), strict=True):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), y)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == [*series]


def test_curves_differ_in_colour_dash_and_marker():
    series = {str(i): ([0, 1], [i, i]) for i in range(7)}
    lines = plots.curves(series, "", "").axes[0].lines
    for looks in (
        {line.get_color() for line in lines},
        {line.get_marker() for line in lines},
    ):
        assert len(looks) == 7
    assert len({(line.get_color(), line._dash_pattern[1] is None) for line in lines})


@pytest.mark.parametrize("log_x, log_y", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_curves_scale_the_axis_that_was_asked_for(log_x, log_y):
    axes = plots.curves({"a": ([1, 10], [2, 3])}, "", "", log_x=log_x, log_y=log_y)
    scales = axes.axes[0].get_xscale(), axes.axes[0].get_yscale()
    assert scales == tuple("log" if log else "linear" for log in (log_x, log_y))


def test_levels_alone_are_drawn_too():
    axes = plots.curves({"one": 1.0, "two": 2.0}, "x", "y").axes[0]
    assert [line.get_ydata()[0] for line in axes.lines] == [1, 2]
    assert len(axes.get_legend().get_texts()) == 2


def test_a_number_among_the_curves_is_a_level_behind_them_without_marks():
    """Its marks covered the curve that comes close to it."""
    series = {"log p(x)": -2.6, "L_K": ([1, 5, 50], [-7, -3, -2.7])}
    axes = plots.curves(series, "K", "nats").axes[0]
    curve, level = axes.lines
    assert curve.get_label() == "L_K" and curve.get_marker() != "None"
    assert level.get_label() == "log p(x)" and level.get_marker() == "None"
    assert [*level.get_ydata()] == [-2.6, -2.6]
    assert level.get_zorder() < curve.get_zorder()
    assert level.get_color() != curve.get_color() == plots.COLOURS[0]


@pytest.mark.parametrize("y, expected", [
    ((0.017, 0.19), ["0.02", "0.05", "0.1", "0.2"]),
    ((2.9, 43), ["5", "10", "20"]),
    ((1.5, 6), ["2", "3", "5"]),
    ((0.002, 150), ["0.01", "0.1", "1", "10", "100"]),
])
def test_ticks_of_a_logarithmic_axis_are_plain_numbers(y, expected):
    axes = plots.curves({"": ([1, 2], y)}, "", "", log_y=True).axes[0]
    assert labels_of(axes, "y") == expected


def test_steps_are_counted_in_whole_numbers():
    axes = plots.curves({"": (np.arange(16), np.arange(16.0))}, "step", "").axes[0]
    assert all("." not in text for text in labels_of(axes, "x"))


def test_over_many_decades_the_ticks_are_powers_of_ten():
    axes = plots.curves({"": ([1, 2], [1e-16, 1])}, "", "", log_y=True).axes[0]
    labels = labels_of(axes, "y")
    assert {text[:3] for text in labels} <= {"10\u207b", "10\u2070"} and labels[3]
    figure = plots.curves({"a": ([1, 2], [1e-16, 1])}, "$x_ $", "", log_y=True)
    figure.canvas.draw()  # two dollars are no mathematics


def test_a_few_points_on_a_logarithmic_axis_stand_at_their_own_ticks():
    series = {"a": ([1, 5], [2, 3]), "b": ([5, 500], [2, 3])}
    axes = plots.curves(series, "", "", log_x=True).axes[0]
    assert labels_of(axes, "x") == ["1", "5", "500"]


@pytest.mark.parametrize("points, marked", [(30, True), (31, False)])
def test_points_of_a_curve_are_marked_where_they_are_few(points, marked):
    axes = plots.curves({"a": (np.arange(points),) * 2}, "", "").axes[0]
    assert (axes.lines[0].get_marker() != "None") == marked


def test_a_curve_and_a_level_are_told_apart_by_a_legend():
    axes = plots.curves({"a": ([0, 1], [1, 2]), "b": 1.5}, "", "").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_curves_can_be_drawn_beside_others():
    figure, axes = plots.new_figure(1, 2)
    assert plots.curves({"a": ([0], [1])}, "x", "", axes=axes[1]) is figure
    assert plots.bars({"b": 2}, "y", axes=axes[0]) is figure
    assert not axes[0].lines and axes[0].get_ylabel() == "y"
    assert not axes[1].patches and axes[1].get_xlabel() == "x"


def test_curves_of_one_series_need_no_legend():
    assert plots.curves({"a": ([0], [1])}, "", "").axes[0].get_legend() is None


@pytest.mark.parametrize("horizontal", [False, True])
def test_bars_have_their_heights_names_and_numbers(horizontal):
    heights = {"PCA": 13.866, "AE": 2.688}
    axes = plots.bars(heights, "SSE/img", "errors", horizontal=horizontal).axes[0]
    assert axes.get_title() == "errors"
    size = [b.get_width() if horizontal else b.get_height() for b in axes.patches]
    assert size == [*heights.values()]
    ticks = axes.get_yticklabels() if horizontal else axes.get_xticklabels()
    assert [tick.get_text() for tick in ticks] == [*heights]
    assert [text.get_text() for text in axes.texts] == ["13.9", "2.69"]
    label = axes.get_xlabel() if horizontal else axes.get_ylabel()
    assert label == "SSE/img"
    assert axes.yaxis_inverted() == horizontal  # the first bar stands on top


def test_panels_share_their_scales_and_keep_the_order():
    series = {
        name: {"value": ([0, 1], [0, i]), "slope": ([0, 1], [i, i])}
        for i, name in enumerate(("tanh", "relu", "elu"), 1)
    }
    figure = plots.panels(series, "a", "activations", columns=2)
    used = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title() for axes in used] == [*series]
    assert len({axes.get_ylim() for axes in used}) == 1
    for axes, lines in zip(used, series.values(), strict=True):
        for line, (x, y) in zip(axes.lines, lines.values(), strict=True):
            np.testing.assert_array_equal(line.get_xydata(), np.transpose([x, y]))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["value", "slope"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "", "a", "a"]
    assert figure.get_suptitle() == "activations"
    assert all(axes.get_legend() is None for axes in used)


def test_marks_are_filled_where_a_row_meets_a_column():
    rows = {
        "fault 1": {"gradient": True, "bound": False, "sampler": False},
        "fault 2": {"sampler": True, "gradient": False, "bound": False},
    }
    axes = plots.marks(rows, "who notices").axes[0]
    (dots,) = axes.collections
    assert {tuple(place) for place in dots.get_offsets()} == {(0, 0), (2, 1)}
    columns = [tick.get_text() for tick in axes.get_xticklabels()]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert columns == ["gradient", "bound", "sampler"] and names == [*rows]
    assert axes.yaxis_inverted()  # the first row on top, as in the table
    assert axes.get_title() == "who notices"
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left < 0 and right > 2 and high < 0 and low > 1  # all squares are whole


# Drawings
def test_network_writes_each_width_under_its_layer_and_marks_the_code():
    axes = plots.network((784, 30, 784)).axes[0]
    widths = [t for t in axes.texts if t.get_text().isdigit()]
    assert [t.get_text() for t in widths] == ["784", "30", "784"]
    assert [t.get_position()[0] for t in widths] == [0, 1, 2]
    colours = [to_hex(dots.get_facecolor()[0]) for dots in axes.collections]
    blue, vermilion = (colour.lower() for colour in COLOURS[:2])
    assert colours == [blue, vermilion, blue]
    counts = [len(dots.get_offsets()) for dots in axes.collections]
    assert counts[0] == counts[2] > counts[1] >= 1
    assert len(axes.lines) == counts[0] * counts[1] + counts[1] * counts[2]
    heights = [np.ptp(dots.get_offsets()[:, 1]) for dots in axes.collections]
    steps = np.divide(heights, np.subtract(counts, 1))  # of layers as high as they have
    assert heights[1] < heights[0] == 2 and 0.2 < steps.min() <= steps.max() < 0.5


def test_network_names_input_code_and_output_in_place():
    texts = {
        t.get_text(): t.get_position()[0]
        for t in plots.network((9, 3, 9)).axes[0].texts
    }
    assert texts["x"] == 0 and texts["h = f(x)"] == 1 and texts["g(h)"] == 2
    assert texts["encoder f"] < 1 < texts["decoder g"]


def test_family_tree_writes_what_each_branch_adds_beside_it():
    branches = {"sparse": ("a penalty", "03"), "denoising": ("noise", "04")}
    axes = plots.family_tree("autoencoder", branches).axes[0]
    places = {text.get_text(): text.get_position() for text in axes.texts}
    assert places["sparse"][1] == places["a penalty (03)"][1] > 0
    assert places["denoising"][1] == places["noise (04)"][1] < 0
    assert places["autoencoder"][0] < places["sparse"][0] < places["a penalty (03)"][0]
    assert len(axes.lines) == 2


def test_graphs_draw_arrows_with_the_stopped_ones_dashed():
    nodes = {"mu": (0, 0), "eps": (0, 1), "z": (1, 0)}
    edges = [("mu", "z"), ("eps", "z")]
    figure = plots.graphs({"after": (nodes, edges, {"eps"}, {("eps", "z")})})
    axes = figure.axes[0]
    assert axes.get_title() == "after"
    arrows = [t for t in axes.texts if isinstance(t, Annotation)]
    assert [a.arrow_patch.get_linestyle() for a in arrows] == ["-", "--"]
    assert [(a.xyann, a.xy) for a in arrows] == [((0, 0), (1, 0)), ((0, 1), (1, 0))]
    named = {t.get_text(): t for t in axes.texts if t.get_text()}
    assert {name: t.get_position() for name, t in named.items()} == nodes
    shapes = {name: type(t.get_bbox_patch().get_boxstyle()).__name__
              for name, t in named.items()}
    assert shapes == {"mu": "Round", "eps": "Circle", "z": "Round"}
    edges = {name: to_hex(t.get_bbox_patch().get_edgecolor())
             for name, t in named.items()}
    assert edges == {"mu": COLOURS[0].lower(), "eps": COLOURS[1].lower(),
                     "z": COLOURS[0].lower()}
    assert axes.yaxis_inverted()  # y counts rows, from the top


def test_arrows_of_graphs_reach_from_box_to_box():
    nodes = {"x": (0, 1), "mu, sigma": (1, 1), "z": (2, 1)}
    edges = [("x", "mu, sigma"), ("mu, sigma", "z")]
    figure = plots.graphs({"": (nodes, edges, {"z"}, set())})
    figure.canvas.draw()
    axes = figure.axes[0]
    boxes = {t.get_text(): t.get_bbox_patch().get_window_extent()
             for t in axes.texts if t.get_text()}
    arrows = [t.arrow_patch for t in axes.texts if isinstance(t, Annotation)]
    for (start, end), arrow in zip(edges, arrows, strict=True):
        path = arrow.get_transform().transform_path(arrow.get_path()).vertices
        assert path[0, 0] == pytest.approx(boxes[start].x1, abs=4)  # pixels
        assert path[:, 0].max() == pytest.approx(boxes[end].x0, abs=4)


# Files
def test_long_titles_are_broken_not_cut():
    text = " ".join(["word"] * 40)
    broken = wrapped(text, 4)
    assert broken.replace("\n", " ") == text
    assert max(map(len, broken.splitlines())) <= 40


def test_saved_figure_is_the_picture_and_the_same_bytes_again(tmp_path):
    from matplotlib.image import imread

    figure = plots.image_grid(np.zeros((1, 4)), columns=1)
    figure.axes[0].images[0].set_data(np.ones((2, 2)))
    first = plots.save_figure(figure, tmp_path / "new" / "a.png")
    again = plots.save_figure(figure, tmp_path / "b.png")
    assert first.read_bytes() == again.read_bytes()
    picture = imread(first)
    height, width = picture.shape[:2]
    assert (width, height) == pytest.approx(figure.get_size_inches() * 150, abs=1)
    assert (picture[height // 2, width // 2, :3] == 0).all()  # ink in the middle
    assert (picture[2, 2, :3] == 1).all()  # paper at the edge


def test_a_saved_figure_keeps_its_alternative_text_and_nothing_else(tmp_path):
    from PIL import Image

    figure = plots.curves({"": ([0, 1], [0, 1])}, "x", "y")
    for alt, kept in ((None, {}), ("A line.", {"Description": "A line."})):
        path = plots.save_figure(figure, tmp_path / "a.png", alt)
        assert Image.open(path).text == kept


def test_a_figure_that_would_be_no_png_is_refused(tmp_path):
    figure = plots.curves({"": ([0, 1], [0, 1])}, "x", "y")
    with pytest.raises(ValueError, match=r"a\.pdf should end in \.png"):
        plots.save_figure(figure, tmp_path / "a.pdf")
    assert not [*tmp_path.iterdir()]
    assert plots.save_figure(figure, tmp_path / "A.PNG").exists()


def test_a_tick_says_its_own_number():
    axes = plots.curves({"": ([1, 2], [2e-5, 9e-5])}, "", "", log_y=True).axes[0]
    labels_of(axes, "y")
    for tick in axes.yaxis.get_major_ticks():
        text = tick.label1.get_text()
        assert text.startswith("10") or float(text) == pytest.approx(tick.get_loc())
        exponent = np.log10(tick.get_loc())
        assert text[:2] != "10" or exponent == pytest.approx(round(exponent))


def test_a_legend_may_have_dollars_too(tmp_path):
    series = {"cost $_$": ([1, 2], [3, 4]), "b": ([1, 2], [4, 3])}
    plots.save_figure(plots.curves(series, "", ""), tmp_path / "a.png")
    x, y = np.random.default_rng(0).normal(size=(9, 2)), ["u $_$", "v $_$", "w"] * 3
    plots.save_figure(plots.pair_plots(x, ["a", "b"], y), tmp_path / "b.png")
