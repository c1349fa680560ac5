"""Curves, bars and tables of marks in the project's style."""

import math

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from scratchae.plots.style import COLOURS, LINES, MARKERS, new_figure, refuse_nothing

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEVEL = "#555555"  # of lines to compare with


def curves(series, x_label, y_label, title="", *, log_x=False, log_y=False, axes=None):
    """Lines that differ in colour, dash and marker, with a legend where it is needed.

    series : dict of name -> (x, y), each (m,), or a number: a level to compare with,
        drawn thin behind the lines
    Returns the figure (also when drawn on given axes).
    """
    if axes is None:
        _, axes = new_figure()
    lines = {name: line for name, line in series.items() if np.ndim(line)}
    for i, (name, (x, y)) in enumerate(lines.items()):
        few, look = len(np.atleast_1d(x)) <= 30, i % len(COLOURS)
        axes.plot(x, y, color=COLOURS[look], linestyle=LINES[look], label=name,
                  marker=MARKERS[look] if few else None, markersize=5)
    for name, level in series.items():
        if name not in lines:
            axes.axhline(level, color=LEVEL, linewidth=1.2, zorder=1, label=name)
    axes.set(xlabel=x_label, ylabel=y_label, title=title)
    places = np.unique(np.hstack([(), *(x for x, _ in lines.values())]))
    if log_x:
        log_axis(axes, "x", places)
    elif np.array_equal(places, places.round()):  # half a step has no meaning
        axes.locator_params(axis="x", integer=True)
    if log_y:
        log_axis(axes, "y")
    if len(series) > 1:
        axes.legend()
    return axes.figure


def log_axis(axes, which, places=()):
    """Make an axis of a drawn chart logarithmic, with ticks that can be read.

    which : "x" or "y"   places : where the points lie; up to eight of them are ticks
    A tick is a plain number, not 6 x 10^-1, or over many decades a power of ten.
    """
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    axis.set_minor_formatter(NullFormatter())
    if 0 < len(places) <= 8:
        axis.set_ticks(places, [f"{place:g}" for place in places])
        axis.set_ticks([], minor=True)
        return
    steps = _steps(np.log10(high / low))
    axis.set_major_locator(LogLocator(subs=steps, numticks=12))
    plain = 1e-4 <= low and high <= 1e6
    axis.set_major_formatter((lambda v, _: f"{v:g}") if plain else _power_of_ten)


def _steps(decades):
    """The multiples of a power of ten that are ticks: the fewer decades, the more."""
    if decades < 0.5:
        return 1, 1.5, 2, 2.5, *range(3, 10)
    if decades < 1:
        return 1, 2, 3, 5, 7
    if decades < 3:
        return 1, 2, 5
    return (1,)


def _power_of_ten(value, place):
    """10 with its exponent, typeset without mathematics; another number as it is."""
    exponent = round(np.log10(value))
    if not np.isclose(value, 10.0**exponent):
        return f"{value:g}"
    return "10" + str(exponent).translate(RAISED)


def bars(heights, label, title="", *, horizontal=False, axes=None):
    """Named bars with their numbers at the end; long names want horizontal ones.

    heights : dict of name -> height   label : of the axis of heights
    """
    if axes is None:
        _, axes = new_figure()
    draw = axes.barh if horizontal else axes.bar
    heights = dict(heights)  # of a table's column too
    drawn = draw(list(heights), list(heights.values()), color=COLOURS[0])
    axes.bar_label(drawn, fmt="%.3g", padding=2)
    axes.margins(**{"x" if horizontal else "y": 0.1})
    axes.set(title=title, **{"xlabel" if horizontal else "ylabel": label})
    axes.grid(axis="y" if horizontal else "x", visible=False)
    if horizontal:
        axes.invert_yaxis()
    return axes.figure


def panels(series, x_label, title="", columns=4, height=1.7):
    """Small multiples: one panel per name, all on the same scales.

    series : dict of name -> dict of line name -> (x, y)
    """
    rows = math.ceil(len(series) / columns)
    figure, axes = new_figure(rows, columns, width=8.5, height=height * rows + 0.7,
                              sharex=True, sharey=True, squeeze=False)
    for panel, (name, lines) in zip(axes.flat, series.items(), strict=False):
        curves(lines, "", "", name, axes=panel)
        if panel.get_legend():
            panel.get_legend().remove()
    for panel in axes[-1]:
        panel.set_xlabel(x_label)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))
    figure.suptitle(title)
    return figure


def marks(rows, title=""):
    """A table of squares, filled where a row meets a column.

    rows : dict of row name -> dict of column name -> bool, the same columns in each
    """
    refuse_nothing(rows)
    columns = list(next(iter(rows.values())))
    figure, axes = new_figure(width=5.6 + 0.42 * len(columns),
                              height=1.6 + 0.24 * len(rows))
    filled = np.array([[row[column] for column in columns] for row in rows.values()])
    y, x = np.nonzero(filled)
    axes.scatter(x, y, marker="s", s=70, color=COLOURS[0], linewidths=0)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.xaxis.tick_top()
    axes.set(title=title, xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6))
    axes.spines["bottom"].set_visible(False)
    return figure
