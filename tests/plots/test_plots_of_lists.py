"""Every figure of arrays is the same figure of lists and of tables with text labels."""

import inspect
import re

import numpy as np
import pandas
import pytest

from scratchae import plots

RNG = np.random.default_rng(0)
Z, SIZES = RNG.normal(size=(12, 2)), RNG.uniform(0.1, 1, (12, 2))
IMAGES, NAMES = RNG.random((9, 16)), ["u", "v"]
LABELS = np.array(["left", "right", "up"] * 4)
LINE = np.arange(4.0)
FIGURES = {  # as_ : of rows (n, d)   of_ : of one number or text for each row
    "bar_rows": lambda as_, of_: plots.bar_rows(
        {"a": as_(Z), "b": as_(SIZES)}, of_(np.array(NAMES)), items=of_(LABELS)),
    "bars": lambda as_, of_: plots.bars({"a": 1, "b": 2}, "height"),
    "codes_on_circle": lambda as_, of_: plots.codes_on_circle(
        {"a": as_(Z), "b": as_(SIZES)}, of_(Z[:, 0]), lambda _: as_(IMAGES[:1])),
    "curves": lambda as_, of_: plots.curves(
        {"a": (of_(LINE), of_(LINE**2)), "level": 2}, "x", "y", log_x=True),
    "decoded_grids": lambda as_, of_: plots.decoded_grids({"a": as_(IMAGES)}),
    "histograms": lambda as_, of_: plots.histograms(as_(Z), of_(np.array(NAMES))),
    "image_grid": lambda as_, of_: plots.image_grid(as_(IMAGES)),
    "image_rows": lambda as_, of_: plots.image_rows({"a": as_(IMAGES)}),
    "pair_plots": lambda as_, of_: plots.pair_plots(
        as_(Z), of_(np.array(NAMES)), of_(LABELS)),
    "panels": lambda as_, of_: plots.panels(
        {"a": {"l": (of_(LINE), of_(LINE))}}, "x"),
    "points_and_ellipses": lambda as_, of_: plots.points_and_ellipses(
        as_(Z), as_(2 * Z), as_(SIZES), of_(LABELS), of_(np.array(NAMES))),
}
NO_DATA = {"family_tree", "graphs", "marks", "network", "new_figure", "log_axis",
           "quantile_grid", "save_figure"}
FORMS = {
    "lists": (np.ndarray.tolist, np.ndarray.tolist),
    "tuples": (lambda x: tuple(map(tuple, x.tolist())), lambda y: tuple(y.tolist())),
    "tables": (lambda x: pandas.DataFrame(x, index=range(100, 100 + len(x))),
               lambda y: pandas.Series(y, index=range(100, 100 + len(y)))),
}


def test_every_public_figure_is_asked():
    functions = {name for name in plots.__all__
                 if inspect.isfunction(getattr(plots, name))}
    assert functions == FIGURES.keys() | NO_DATA


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_that_of_the_same_arrays(name, form, tmp_path):
    pictures = [plots.save_figure(FIGURES[name](*how), tmp_path / "f.png").read_bytes()
                for how in ((np.asarray, np.asarray), FORMS[form])]
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_grid_of_codes_is_that_of_the_same_array(form):
    np.testing.assert_array_equal(plots.quantile_grid(FORMS[form][0](Z), 3),
                                  plots.quantile_grid(Z, 3))


def test_classes_may_be_categories_and_bars_a_column_of_a_table(tmp_path):
    for labels in LABELS, pandas.Categorical(LABELS):
        figure = plots.points_and_ellipses(Z, Z, SIZES, labels, NAMES)
        texts = [text.get_text() for text in figure.legends[0].get_texts()]
        assert texts == ["left", "right", "up"]
    axes = plots.bars(pandas.Series({"a": 1.0, "b": 2.0}), "height").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [1, 2]


@pytest.mark.parametrize("draw", [
    lambda: plots.panels({}, "x"), lambda: plots.marks({}), lambda: plots.graphs({}),
    lambda: plots.decoded_grids({}), lambda: plots.image_rows({}),
    lambda: plots.bar_rows({}, ["a"]), lambda: plots.bar_rows({"": [[]]}, []),
    lambda: plots.histograms(np.ones((0, 1)), ["a"]),
    lambda: plots.pair_plots(np.ones((0, 2)), ["a", "b"]),
    lambda: plots.histograms(np.ones((3, 0)), []),
    lambda: plots.codes_on_circle({}, [], None), lambda: plots.new_figure(0, 2),
])
def test_nothing_is_refused_in_words(draw):
    with pytest.raises(ValueError, match="^there is nothing to draw$"):
        draw()


@pytest.mark.parametrize("draw", [plots.histograms, plots.pair_plots,
                                  lambda x, names: plots.bar_rows({"": x}, names)])
@pytest.mark.parametrize("x", [np.ones((4, 2)), np.ones((4, 4)), np.ones(3)])
def test_a_table_has_a_column_for_each_name(draw, x):
    with pytest.raises(ValueError, match="^expected tables of n rows and 3 columns, "
                       rf"one for each name; got \[{re.escape(str(x.shape))}\]$"):
        draw(x, ["a", "b", "c"])


def test_tables_that_are_compared_have_the_same_rows():
    with pytest.raises(ValueError, match=r"got \[\(1, 2\), \(3, 2\)\]$"):
        plots.bar_rows({"a": np.ones((3, 2)), "b": np.ones((1, 2))}, ["a", "b"])
