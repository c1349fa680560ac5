"""What a reader needs to read a figure: words apart, dashes, room, ticks, colours."""

from itertools import combinations

import numpy as np
import pytest
from drawn import labels_of
from matplotlib.colors import to_hex
from matplotlib.text import Annotation, Text

from scratchae import plots
from scratchae.plots.latent import LEAST, _apart
from scratchae.plots.style import COLOURS, wrapped
from scratchae.plots.tables import _first_columns

LINES = {name: ([0, 1], [0, i]) for i, name in enumerate(
    ("a name of some words", "another one of them", "the third"), 1)}
COLUMNS = [f"a column named {letter}" for letter in "abcdefgh"]
CROWDED = {
    "bars": lambda: plots.bars({f"name {i}": 2.5 * i for i in range(6)}, "nats", "T"),
    "lying bars": lambda: plots.bars(
        {f"a long name {i}": i for i in range(9)}, "nats", "T", horizontal=True),
    "panels": lambda: plots.panels(
        {f"panel {i}": LINES for i in range(4)}, "step", "A title"),
    "marks": lambda: plots.marks(
        {f"a mistake of the kind {i}": {c: True for c in "ab"} for i in range(30)}),
    "network": lambda: plots.network((784, 200, 30, 200, 784), "A network"),
    "family": lambda: plots.family_tree(
        "root", {f"kind {i}": ("what it adds", "03") for i in range(4)}, "A tree"),
    "rows": lambda: plots.image_rows(
        {f"a row of images, {i}": np.eye(9) for i in range(3)}, "A title"),
    "grids": lambda: plots.decoded_grids({n: np.eye(4) for n in COLUMNS[:2]}, "T"),
    "table": lambda: plots.bar_rows(
        {n: np.full((3, 4), 1234.5) for n in "xy"}, COLUMNS[:4], "A title"),
    "histograms": lambda: plots.histograms(
        np.arange(40.0).reshape(10, 4), COLUMNS[:4], "A title"),
}


def words(figure):
    """(text, its box) of all that is written in a figure and seen."""
    figure.canvas.draw()
    hidden = set()
    for axis in [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        hidden |= {tick.label1 for tick in axis.get_major_ticks()
                   if not (axis.axes.axison and low <= tick.get_loc() <= high)}
    return [(text.get_text(), text.get_window_extent())
            for text in {*figure.findobj(Text)} - hidden
            if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("kind", CROWDED)
def test_no_word_of_a_figure_lies_on_another_or_beyond_its_edge(kind):
    figure = CROWDED[kind]()
    found = words(figure)
    for text, box in found:
        assert box.x0 > -2 and box.x1 < figure.bbox.x1 + 2, text
        assert box.y0 > -2 and box.y1 < figure.bbox.y1 + 2, text
    for (one, a), (two, b) in combinations(found, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide < 3 or high < 3, (one, two)


def test_lines_without_marks_differ_in_dash():
    """Of more than 30 points; in print their colours are greys."""
    x = np.arange(40)
    lines = plots.curves({str(i): (x, x + i) for i in range(6)}, "", "").axes[0].lines
    assert {line.get_marker() for line in lines} == {"None"}
    assert len({str(line._dash_pattern) for line in lines}) == 6


@pytest.mark.parametrize("horizontal", [False, True])
def test_beside_the_longest_bar_a_tenth_is_left_for_its_number(horizontal):
    axes = plots.bars({"a": 1, "b": 5}, "", horizontal=horizontal).axes[0]
    low, high = axes.get_xlim() if horizontal else axes.get_ylim()
    assert (low, high) == (0, pytest.approx(5.5))


def test_panels_have_one_scale_in_both_directions():
    figure = plots.panels({"a": {"l": ([0, 1], [0, 1])}, "b": {"l": ([5, 9], [3, 4])}},
                          "x")
    for limits in ({a.get_xlim() for a in figure.axes},
                   {a.get_ylim() for a in figure.axes}):
        ((low, high),) = limits
        assert low <= 0 and high >= 4


@pytest.mark.parametrize("y, expected", [
    ((2, 3), ["2", "2.5", "3"]), ((10, 22), ["10", "15", "20"]),
    ((1, 1e9), [f"10{raised}" for raised in "⁰¹²³⁴⁵⁶⁷⁸⁹"])])
def test_short_and_high_logarithmic_axes_have_ticks_that_can_be_read(y, expected):
    axes = plots.curves({"": ([1, 2], y)}, "", "", log_y=True).axes[0]
    assert labels_of(axes, "y") == expected


def test_an_arrow_that_no_gradient_passes_is_grey():
    nodes = {"a": (0, 0), "b": (1, 0), "c": (2, 0)}
    figure = plots.graphs({"": (nodes, [("a", "b"), ("b", "c")], {"b"}, {("a", "b")})})
    arrows = [t.arrow_patch for t in figure.axes[0].texts if isinstance(t, Annotation)]
    assert [to_hex(arrow.get_edgecolor()) for arrow in arrows] == [
        "#666666", COLOURS[0].lower()]


def test_the_word_units_stands_beside_the_widths():
    written = plots.network((8, 2)).axes[0].texts
    texts = {text.get_text(): text.get_position() for text in written}
    assert texts["units"][1] == texts["8"][1] == texts["2"][1]
    assert texts["units"][0] < texts["8"][0]


def test_a_title_of_a_few_words_is_one_line_over_a_few_images_and_a_column():
    title = plots.image_grid(np.eye(4)[:2], "Two images of 2 x 2").axes[0].get_title()
    wide = plots.image_grid(np.eye(4)[:1], "One image that is alone").axes[0]
    assert "\n" not in title + wide.get_title()
    assert wrapped("twenty letters and 1", 1) == "twenty letters and 1"
    assert wrapped("a\udce4", 9) == "a\\udce4"  # a byte of a path, which has no sign


def test_forty_names_that_lie_close_together_are_pushed_apart(rng):
    places = _apart(0.05 * rng.normal(size=(40, 2)))
    away = np.hypot(*(places[:, None] - places).T) + np.eye(40)
    assert away.min() > 0.998 * LEAST


def test_numbers_of_a_table_have_four_digits_and_their_bars_begin_at_0():
    x = np.array([[1234.5, -0.12341], [-98.76, 2]])
    figure = plots.bar_rows({"": x}, "ab")
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [
        ["1234", "-98.76"], ["-0.1234", "2"]]
    for axes in figure.axes:
        assert [*axes.lines[0].get_xdata()] == [0, 0]
        assert {bar.get_x() for bar in axes.patches} == {0}


def test_of_a_wide_table_48_columns_are_drawn():
    names, title = _first_columns(range(49), "wide")
    assert names == [str(j) for j in range(48)]
    assert title == "wide (the first 48 of 49 columns)"
    assert _first_columns(range(48), "wide")[1] == "wide"


def test_numbers_that_differ_by_rounding_are_one_bar_with_their_name():
    x = 123.456 + 3e-14 * np.arange(5)[:, None]
    (axes,) = plots.histograms(x, ["a"]).axes
    assert [bar.get_height() for bar in axes.patches] == [5]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["123.456"]


@pytest.mark.parametrize("first, step", [
    (123.456, 3e-14), (0.0, 0.0), (1e14, 0.0), (2.0**48, 0.0), (-(2.0**60), 0.0)])
def test_one_number_has_one_bar_or_bars_of_some_width_however_large_it_is(first, step):
    x = np.column_stack([first + step * np.arange(5), np.arange(5)])
    (bars, _), pairs = plots.histograms(x, "ab").axes, plots.pair_plots(x, "ab")
    pairs.canvas.draw()
    assert sum(bar.get_height() for bar in bars.patches) == 5
    (spread,) = pairs.axes[0].patches
    assert spread.get_xy()[:, 1].max() == 5
    if first:
        assert (len(bars.patches), len({*spread.get_xy()[:, 0]})) == (1, 2)


def test_after_a_whole_turn_the_colour_of_an_angle_is_the_same():
    figure = plots.codes_on_circle(
        {"a": np.ones((2, 2))}, np.array([0, 2 * np.pi]), lambda z: np.zeros((1, 4)))
    (dots,) = figure.axes[0].collections
    first, last = dots.to_rgba([0, 2 * np.pi])
    half = dots.to_rgba([np.pi])[0]
    assert np.abs(first - last).max() < 0.05 < 0.5 < np.abs(first - half).max()


def test_the_names_of_lines_in_panels_stand_side_by_side():
    figure = plots.panels({"a": LINES}, "x")
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.legends[0].get_texts()]
    assert len({round(box.y0) for box in boxes}) == 1


def test_the_names_of_columns_are_slanted_over_their_marks():
    marks = plots.marks({"row": dict.fromkeys(COLUMNS, True)}).axes[0]
    assert {t.get_rotation() for t in marks.get_xticklabels()} == {40}
