"""Pictures of tables show the numbers of their rows and columns."""

import numpy as np
from matplotlib.colors import to_hex

from scratchae import plots
from scratchae.plots.style import CLASS_COLOURS, COLOURS

TABLE = np.array([[14.0, 0.2, -300], [12, 0.4, 100]])


def test_rows_of_a_table_are_bars_in_the_units_of_each_column():
    figure = plots.bar_rows({"": TABLE}, ["alcohol", "ash", "change"], "wine")
    assert [axes.get_title() for axes in figure.axes] == ["alcohol", "ash", "change"]
    for axes, column in zip(figure.axes, TABLE.T, strict=True):
        assert [bar.get_width() for bar in axes.patches] == [*column]
        assert [t.get_text() for t in axes.texts] == [f"{v:g}" for v in column]
        assert axes.yaxis_inverted()  # the first row of the table stands on top
    assert not figure.legends


def test_two_tables_are_compared_bar_under_bar_with_a_key():
    rows = {"original": TABLE, "reconstruction": 2 * TABLE}
    axes = (figure := plots.bar_rows(rows, "abc", items=["x", "y"])).axes[0]
    original, rebuilt = axes.patches[:2], axes.patches[2:]
    for i in (0, 1):
        assert original[i].get_y() < i < rebuilt[i].get_y() + rebuilt[i].get_height()
        assert rebuilt[i].get_width() == 2 * original[i].get_width()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [*rows]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["x", "y"]


def test_of_a_long_table_the_first_16_rows_are_bars():
    axes = plots.bar_rows({"": np.arange(40.0).reshape(20, 2)}, "ab").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [*range(0, 32, 2)]


def test_histograms_count_the_rows_of_each_column_and_what_is_missing():
    x = np.array([[1.0, 5], [1, np.nan], [2, 7], [3, np.nan]])
    figure = plots.histograms(x, ["age", "income"])
    titles = [axes.get_title().replace("\n", " ") for axes in figure.axes]
    assert titles == ["age", "income (2 missing)"]
    counts = [sum(b.get_height() for b in axes.patches) for axes in figure.axes]
    assert counts == [4, 2]


def test_pairs_of_columns_stand_one_over_the_other_in_the_classes_looks(rng):
    x, labels = rng.normal(size=(6, 3)), np.array(list("abcabc"))
    figure = plots.pair_plots(x, ["u", "v", "w"], labels, "three")
    below = figure.axes[3]  # second row, first column: v over u
    for i, (name, dots) in enumerate(zip("abc", below.collections, strict=True)):
        np.testing.assert_array_equal(dots.get_offsets(), x[labels == name][:, [0, 1]])
        assert to_hex(dots.get_facecolor()[0]) == CLASS_COLOURS[i]
    marks = {str(dots.get_paths()[0].vertices) for dots in below.collections}
    assert len(marks) == 3
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == ["u", "v", "w"]
    assert [axes.get_xlabel() for axes in figure.axes[6:]] == ["u", "v", "w"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["a", "b", "c"]


def test_pairs_draw_at_most_2000_points_and_5_columns(rng):
    x = rng.normal(size=(5001, 6))
    figure = plots.pair_plots(x, "abcdef")
    assert len(figure.axes) == 25 and not figure.legends
    assert figure.get_suptitle() == "(the first 5 of 6 columns)"
    np.testing.assert_array_equal(
        figure.axes[1].collections[0].get_offsets(), x[::3, [1, 0]]
    )


def test_classes_keep_their_own_points_where_only_some_are_drawn(rng):
    """Every third of 4001 rows, in clouds and in steps."""
    x = rng.normal(size=(4001, 2))
    figure = plots.pair_plots(x, "uv", np.where(x[:, 0] < 0, "left", "right"))
    shown, below = x[::3], figure.axes[2]  # v over u
    sides = shown[:, 0] < 0, shown[:, 0] >= 0
    for dots, side in zip(below.collections, sides, strict=True):
        np.testing.assert_array_equal(dots.get_offsets(), shown[side])
    for patch, side in zip(figure.axes[0].patches, sides, strict=True):
        assert patch.get_xy()[1:-1:2, 1].sum() == side.sum()


def test_missing_values_do_not_stop_a_picture_of_a_table():
    x = TABLE.copy()
    x[0, 1] = np.nan
    for figure in (plots.bar_rows({"": x}, "abc"), plots.pair_plots(x[:, :2], "ab")):
        assert len(figure.axes) in (3, 4)
    assert plots.bar_rows({"": x}, "abc").axes[1].texts[0].get_text() == "-"


def test_bars_leave_half_their_length_beside_them_for_the_number():
    x = np.array([[2.0, -4, -1], [6, -1, 3], [0, 0, 0]])
    figure = plots.bar_rows({"": x}, "abc")
    assert [axes.get_xlim() for axes in figure.axes] == [(0, 9), (-6, 0), (-3, 5)]
    assert plots.bar_rows({"": np.zeros((2, 1))}, "a").axes[0].get_xlim() == (0, 0.5)


def test_bars_leave_room_for_the_numbers_of_every_table():
    rows = {"a": [[1, 1]], "b": [[4, -3]], "c": [[0, 0]]}
    figure = plots.bar_rows({name: np.array(x) for name, x in rows.items()}, "uv")
    assert [axes.get_xlim() for axes in figure.axes] == [(0, 6), (-5, 3)]


def test_bars_have_the_names_of_rows_on_the_left_and_of_columns_above():
    x, names = np.ones((3, 7)), [f"c{j}" for j in range(7)]
    figure = plots.bar_rows({"a": x, "b": x}, names, "two", items=["p", "q", "r"])
    assert figure.get_suptitle() == "two"
    shown = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in shown] == names
    starts = [axes.get_subplotspec() for axes in shown]
    assert [(at.rowspan.start, at.colspan.start) for at in starts] == [
        (j // 6, j % 6) for j in range(7)]
    for j, axes in enumerate(shown):
        assert axes.yaxis.get_tick_params()["labelleft"] == (j % 6 == 0)
        colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
        assert colours == [COLOURS[0].lower()] * 3 + [COLOURS[1].lower()] * 3
    assert not any(axes.axison for axes in figure.axes[7:])  # places left over


def test_rows_have_their_numbers_where_nobody_named_them():
    axes = plots.bar_rows({"": TABLE}, "abc").axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["1", "2"]
    many = plots.bar_rows({"": np.ones((20, 1))}, "a", items="abcdefghijklmnopqrst")
    labels = [text.get_text() for text in many.axes[0].get_yticklabels()]
    assert labels == [*"abcdefghijklmnop"]


def test_a_histogram_lies_where_its_numbers_are(rng):
    x = rng.normal((5, -300), (1, 40), (200, 2))
    figure = plots.histograms(x, "ab")
    for axes, column in zip(figure.axes, x.T, strict=True):
        heights = [bar.get_height() for bar in axes.patches]
        left = [bar.get_x() for bar in axes.patches]
        counts, edges = np.histogram(column, 30)
        np.testing.assert_allclose(heights, counts)
        np.testing.assert_allclose(left, edges[:-1])


def test_on_the_diagonal_of_pairs_each_class_is_spread_over_the_same_bins(rng):
    x, labels = rng.normal(size=(40, 2)), np.repeat(["a", "b"], 20)
    x[3, 1] = np.nan
    figure = plots.pair_plots(x, "uv", labels)
    for j in (0, 1):
        steps = [patch.get_xy() for patch in figure.axes[3 * j].patches]
        known = x[np.isfinite(x[:, j]), j]
        edges = np.histogram_bin_edges(known, 20)
        for i, (name, step) in enumerate(zip("ab", steps, strict=True)):
            own = x[labels == name, j]
            counts = np.histogram(own[np.isfinite(own)], edges)[0]
            np.testing.assert_allclose(np.unique(step[:, 0]), edges)
            assert step[1:-1:2, 1].tolist()[: len(counts)] == counts.tolist()
            colour = to_hex(figure.axes[3 * j].patches[i].get_edgecolor())
            assert colour == CLASS_COLOURS[i]
