"""Where the numbers of a figure's axes stand, and which panels have them in common."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from scratchae import plots


def in_view(axes, which):
    """{place: text} of the ticks of an axis that lie in view and say something."""
    axes.figure.canvas.draw()
    axis = {"x": axes.xaxis, "y": axes.yaxis}[which]
    low, high = sorted(axis.get_view_interval())
    ticks = axis.get_major_ticks() + axis.get_minor_ticks()
    return {tick.get_loc(): tick.label1.get_text() for tick in ticks
            if low <= tick.get_loc() <= high and tick.label1.get_text()}


@pytest.mark.parametrize("which", ["x", "y"])
@pytest.mark.parametrize("places", [
    (0.1, 0.5, 1, 4), (1, 2, 3, 5, 10, 20, 50, 100), (1.5, 2.5),
    (0.001, 1000), (0.25, 0.75, 200_000), (2, 5, 10, 64)])
def test_each_point_of_a_few_has_a_tick_that_says_its_number(places, which):
    axes = plots.new_figure()[1]
    axes.plot(places, places)
    plots.log_axis(axes, which, places)
    shown = in_view(axes, which)
    assert [*shown] == [*places]
    assert [float(text) for text in shown.values()] == [*places]
    assert not len(getattr(axes, f"get_{which}ticks")(minor=True))


def test_of_more_than_eight_points_none_has_a_tick_of_its_own():
    axes = plots.new_figure()[1]
    places = [1, 2, 3.3, 4, 5, 6.6, 7, 8, 99]
    axes.plot(places, places)
    plots.log_axis(axes, "x", places)
    assert not {3.3, 6.6, 99} & {*in_view(axes, "x")}


def test_shares_between_0_and_1_have_ticks_of_their_own():
    axes = plots.curves({"": ([0, 0.25, 1], [1, 2, 3])}, "share", "").axes[0]
    assert sum(0 < place < 1 for place in in_view(axes, "x")) >= 2


@pytest.mark.parametrize("k", [2, 4])
def test_each_column_of_pairs_has_the_scale_of_its_own_numbers(k, rng):
    """The units of a table differ by powers of ten."""
    units = 1000.0 ** np.arange(k)
    x = rng.normal(size=(30, k)) * units
    axes = np.reshape(plots.pair_plots(x, "abcd"[:k]).axes, (k, k))
    for (row, column), panel in np.ndenumerate(axes):
        wide = np.ptp(x[:, column])
        assert wide <= np.ptp(panel.get_xlim()) < 1.5 * wide
        assert row == column or np.ptp(panel.get_ylim()) < 1.5 * np.ptp(x[:, row])


@pytest.mark.parametrize("low, high", [(-2, 6), (0, 255), (3, 3.5)])
def test_colours_go_from_the_least_number_to_the_largest(low, high):
    """Of numbers that are no pictures, as those of weights."""
    images = np.linspace(low, high, 12).reshape(1, 12)
    figure = plots.image_grid(images, shape=(2, 2, 3))
    shown = figure.axes[0].images[0].get_array().ravel()
    np.testing.assert_allclose(shown, np.linspace(0, 1, 12), atol=1e-12)


@pytest.mark.parametrize("none", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("missing", [0, 1, 3])
def test_missing_numbers_of_a_column_are_counted_above_it(missing, none):
    x = np.arange(8.0)[:, None]
    x[:missing] = none
    (axes,) = plots.histograms(x, ["age"]).axes
    said = f"age ({missing} missing)" if missing else "age"
    assert " ".join(axes.get_title().split()) == said


def test_branches_of_a_tree_lead_from_its_root_to_each_name():
    branches = {name: ("adds", "01") for name in ("a", "b", "c")}
    axes = plots.family_tree("root", branches).axes[0]
    places = {text.get_text(): text.get_position() for text in axes.texts}
    for name, line in zip(branches, axes.lines, strict=True):
        (left, right), (start, end) = line.get_data()
        assert places["root"][0] < left < right < places[name][0]
        assert (start, end) == (places["root"][1], places[name][1])


ONE = {"a": ([0, 1], [0, 1])}
TITLED = {
    "curves": lambda title: plots.curves(ONE, "", "", title),
    "bars": lambda title: plots.bars({"a": 1}, "", title),
    "panels": lambda title: plots.panels({"p": ONE}, "", title),
    "marks": lambda title: plots.marks({"r": {"c": True}}, title),
    "network": lambda title: plots.network((4, 2, 4), title),
    "family_tree": lambda title: plots.family_tree("r", {"n": ("a", "1")}, title),
    "graphs": lambda title: plots.graphs(
        {"p": ({"x": (0, 0)}, [], set(), set())}, title),
    "image_grid": lambda title: plots.image_grid(np.eye(4), title),
    "image_rows": lambda title: plots.image_rows({"a": np.eye(4)}, title),
    "decoded_grids": lambda title: plots.decoded_grids({"a": np.eye(4)}, title),
    "bar_rows": lambda title: plots.bar_rows({"a": np.eye(2)}, "uv", title),
    "histograms": lambda title: plots.histograms(np.eye(2), "uv", title),
    "pair_plots": lambda title: plots.pair_plots(np.eye(2), "uv", title=title),
}


@pytest.mark.parametrize("kind", TITLED)
def test_every_kind_of_figure_shows_the_title_that_it_is_given(kind):
    title = "What is to be seen here"
    shown = [text.get_text() for text in TITLED[kind](title).findobj(Text)]
    assert [" ".join(text.split()) for text in shown].count(title) == 1


@pytest.mark.parametrize("kind", [
    "image_grid", "image_rows", "bar_rows", "histograms", "pair_plots"])
def test_a_long_title_over_images_or_a_table_is_broken(kind):
    """These may be narrow, and their titles may have the name of a file."""
    title = " ".join(["words"] * 30)
    figure = TITLED[kind](title)
    (shown,) = (text.get_text() for text in figure.findobj(Text)
                if "words" in text.get_text())
    assert " ".join(shown.split()) == title
    assert max(map(len, shown.splitlines())) <= max(20, 10 * figure.get_figwidth())


def test_every_kind_of_figure_with_a_title_is_here():
    """All but those that name each panel: points, ellipses and rings of codes."""
    others = {"COLOURS", "log_axis", "new_figure", "quantile_grid", "save_figure",
              "codes_on_circle", "points_and_ellipses"}
    assert {*plots.__all__} - others == {*TITLED}


UNTITLED = {
    "codes_on_circle": lambda: plots.codes_on_circle(
        {"a": np.eye(2)}, np.zeros(2), lambda codes: np.ones((len(codes), 4))),
    "points_and_ellipses": lambda: plots.points_and_ellipses(
        np.eye(2), np.eye(2), np.ones((2, 2)), np.arange(2), "ab"),
}


def test_every_function_that_draws_returns_a_figure_and_the_others_are_named():
    drawn = {name: draw("") for name, draw in TITLED.items()}
    drawn |= {name: draw() for name, draw in UNTITLED.items()}
    assert {type(figure) for figure in drawn.values()} == {Figure}
    others = {*plots.__all__} - drawn.keys() - {"COLOURS"}
    assert {*re.findall(r"`(\w+)`", plots.__doc__)} == others


NAMES = ("m", "a", "z", "k")  # in no order of their own
LINES = {name: ([0, 1], [i, 1]) for i, name in enumerate(NAMES)}
EACH = {name: np.eye(4) for name in NAMES}
NAMED = {
    "curves": lambda: plots.curves(LINES, "", ""),
    "bars": lambda: plots.bars(dict.fromkeys(NAMES, 1), ""),
    "panels": lambda: plots.panels(dict.fromkeys(NAMES, ONE), ""),
    "lines of panels": lambda: plots.panels({"": LINES}, ""),
    "marks": lambda: plots.marks({"r": dict.fromkeys(NAMES, True)}),
    "rows of marks": lambda: plots.marks(dict.fromkeys(NAMES, {"c": True})),
    "family_tree": lambda: plots.family_tree("", dict.fromkeys(NAMES, ("", ""))),
    "graphs": lambda: plots.graphs(
        dict.fromkeys(NAMES, ({"": (0, 0)}, [], set(), set()))),
    "image_rows": lambda: plots.image_rows(EACH),
    "decoded_grids": lambda: plots.decoded_grids(EACH),
    "bar_rows": lambda: plots.bar_rows(EACH, [""] * 4),
    "columns of bar_rows": lambda: plots.bar_rows({"": np.eye(4)}, NAMES),
    "items of bar_rows": lambda: plots.bar_rows({"": np.eye(4)}, [""] * 4, items=NAMES),
    "histograms": lambda: plots.histograms(np.eye(4), NAMES),
    "pair_plots": lambda: plots.pair_plots(np.eye(4), NAMES),
    "codes_on_circle": lambda: plots.codes_on_circle(
        dict.fromkeys(NAMES, np.eye(2)), [0, 1], lambda z: np.zeros((1, 4))),
}


@pytest.mark.parametrize("kind", NAMED)
def test_names_stand_in_the_order_in_which_they_are_given(kind):
    figure = NAMED[kind]()
    figure.canvas.draw()
    shown = [text.get_text() for text in figure.findobj(Text)]
    assert [*dict.fromkeys(text for text in shown if text in NAMES)] == [*NAMES]
