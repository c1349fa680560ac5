"""Pictures of tables: bars in the place of images, histograms, and pairs of columns."""

import math

import numpy as np

from scratchae.plots.style import (
    COLOURS,
    class_colour,
    class_marker,
    new_figure,
    refuse_nothing,
    wrapped,
)

ACROSS = 6  # panels side by side
SHOWN = 48  # columns of a table that are drawn at most
ITEMS = 16  # rows of a table that are drawn at most as bars
PAIRED = 5  # columns in a plot of pairs at most
POINTS = 2000  # in a plot of pairs at most, evenly taken from all rows


def bar_rows(rows, columns, title="", items=None):
    """Rows of a table: one row of bars per item, one panel per column in its own units.

    rows : dict of name -> items (n, d), the same n in each, of which the first 16 are
        drawn: bars of one item, one under the other, in different colours
    columns : names of the d columns   items : n names on the left (default: 1 to n)
    """
    refuse_nothing(rows)
    drawn = {name: np.asarray(x[:ITEMS], dtype=float) for name, x in rows.items()}
    _check_tables(drawn.values(), columns)
    n, thick = len(next(iter(drawn.values()))), 0.8 / len(drawn)
    names, title = _first_columns(columns, title)
    items = range(1, n + 1) if items is None else [*items][:ITEMS]
    figure, panels = _panels(len(names), 0.6 + n * max(0.22, 0.17 * len(drawn)))
    for j, (panel, column) in enumerate(zip(panels, names, strict=False)):
        for i, (name, x) in enumerate(drawn.items()):
            places = np.arange(n) + (i - (len(drawn) - 1) / 2) * thick
            bars = panel.barh(places, np.nan_to_num(x[:, j]), thick, label=name,
                              color=COLOURS[i % len(COLOURS)])
            numbers = ["-" if np.isnan(v) else f"{v:.4g}" for v in x[:, j]]
            panel.bar_label(bars, numbers, padding=2, fontsize=7)
        panel.axvline(0, color="#999999", linewidth=0.8)
        panel.set_xlim(_room_for_numbers([x[:, j] for x in drawn.values()]))
        panel.margins(y=0.02)
        panel.spines[:].set_visible(False)
        panel.set_title(wrapped(column, 1), fontsize=9)
        panel.set_xticks([])
        panel.set_yticks(range(n), items)
        panel.tick_params(labelleft=j % ACROSS == 0, length=0)
        panel.grid(False)
        panel.invert_yaxis()
    return _titled(figure, panels[0] if len(drawn) > 1 else None, title)


def histograms(x, columns, title=""):
    """How the numbers of each column are spread; missing ones are counted above it.

    x : (n, d), NaN where a value is missing   columns : d names
    """
    x = np.asarray(x, dtype=float)
    _check_tables([x], columns)
    names, title = _first_columns(columns, title)
    figure, panels = _panels(len(names), 1.5)
    for j, (panel, column) in enumerate(zip(panels, names, strict=False)):
        values = x[:, j]
        known = values[np.isfinite(values)]
        missing = len(values) - len(known)
        if missing:
            column = f"{column} ({missing} missing)"
        _histogram(panel, known)
        panel.set_title(wrapped(column, 1.2), fontsize=9)
        panel.set_yticks([])
        panel.tick_params(labelsize=8)
        panel.grid(False)
    return _titled(figure, None, title)


def _histogram(panel, values):
    """30 bars, or one with its number below where there is one number only."""
    edges = _edges(values, 30)
    if len(edges) == 2:
        panel.bar([f"{values[0]:.6g}"], [len(values)], 0.2, color=COLOURS[0])
        panel.set_xlim(-1, 1)
    else:
        panel.hist(values, edges, color=COLOURS[0])
        panel.locator_params(axis="x", nbins=3)


def _edges(values, count):
    """Ends of bars over finite values : (count + 1,).

    (2,), those of one bar, where the numbers are the same but for rounding, so that
    `count` bars would have no width.
    """
    if len(values):
        low, high = values.min(), values.max()
        rounding = 4 * np.spacing(max(-low, high))
        if (high - low or 1) / count < rounding:  # NumPy's bars of one number span 1
            return np.array([low - rounding, high + rounding])
    return np.histogram_bin_edges(values, count)


def pair_plots(x, columns, labels=None, title=""):
    """Each column against each other, in the colours and marks of the classes.

    x : (n, d), columns of a table or codes; the first 5 of them are drawn
    columns : d names   labels : (n,) or None
    """
    _check_tables([x], columns)
    names, title = _first_columns(columns, title, PAIRED)
    every = math.ceil(len(x) / POINTS)
    points = np.asarray(x[::every], dtype=float)[:, : len(names)]
    groups = {"": points}
    if labels is not None:
        groups = _groups(points, np.asarray(labels)[::every])
    k = len(names)
    figure, axes = new_figure(k, k, width=1.7 * k + 1.5, height=1.7 * k + 0.5,
                              squeeze=False, sharex="col")
    for (row, column), panel in np.ndenumerate(axes):
        if column == row:
            _draw_spread(panel, groups, column)
        else:
            _draw_points(panel, groups, column, row)
        panel.tick_params(labelsize=7)
        if column == 0:
            panel.set_ylabel(wrapped(names[row], 1.5), fontsize=9)
        if row == k - 1:
            panel.set_xlabel(wrapped(names[column], 1.5), fontsize=9)
    return _titled(figure, axes[0, -1] if labels is not None and k > 1 else None, title)


def _room_for_numbers(values):
    """Ends of an axis of bars that leave half as much beside them for a number."""
    low = np.fmin.reduce(values, axis=None, initial=0)
    high = np.fmax.reduce(values, axis=None, initial=0)
    beside = (high - low or 1) / 2
    return low - beside * (low < 0), high + beside * (high > 0 or low == 0)


def _draw_spread(panel, groups, column):
    """How the numbers of a column are spread, for each class over the same bars."""
    numbers = [own[np.isfinite(own[:, column]), column] for own in groups.values()]
    edges = _edges(np.concatenate(numbers), 20)
    for i, known in enumerate(numbers):
        panel.hist(known, edges, histtype="step", color=class_colour(i))
    panel.set_yticks([])


def _draw_points(panel, groups, across, upwards):
    """One column over another."""
    for i, (name, own) in enumerate(groups.items()):
        panel.scatter(own[:, across], own[:, upwards], s=9, color=class_colour(i),
                      marker=class_marker(i), linewidths=0, alpha=0.7, label=name)


def _groups(points, labels):
    """Dict of class name -> its points."""
    return {str(label): points[labels == label] for label in np.unique(labels)}


def _check_tables(tables, columns):
    """ValueError unless all have the same rows, and a column for each name."""
    shapes = {np.shape(x) for x in tables}
    if len(shapes) > 1 or any(len(s) != 2 or s[1] != len(columns) for s in shapes):
        raise ValueError(f"expected tables of n rows and {len(columns)} columns, one "
                         f"for each name; got {sorted(shapes)}")
    refuse_nothing(range(math.prod(min(shapes))))


def _first_columns(columns, title, shown=SHOWN):
    """The names that are drawn, and the title, which says where some are not."""
    names = [str(name) for name in columns]
    if len(names) > shown:
        title = f"{title} (the first {shown} of {len(names)} columns)".strip()
    return names[:shown], title


def _panels(count, height):
    """A figure of `count` panels, `ACROSS` in a row; the places left over are empty."""
    across = min(count, ACROSS)
    down = math.ceil(count / across)
    figure, axes = new_figure(down, across, width=max(1.5 * across + 0.5, 4),
                              height=height * down + 0.6, squeeze=False)
    for panel in axes.flat[count:]:
        panel.axis("off")
    return figure, axes.flat


def _titled(figure, named, title):
    """The figure with its title, and a key to what was named in a panel."""
    figure.suptitle(wrapped(title, figure.get_figwidth()))
    if named is not None:
        handles, names = named.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right upper", frameon=False)
    return figure
