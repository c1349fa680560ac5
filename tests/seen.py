"""Run a lecture script as it is run, and keep beside its figures what tests ask for.

`python tests/seen.py SCRIPT ...` leaves seen.pickle: {name: what is drawn} of every
figure, and those of the script's variables that can be pickled.
"""

import pickle
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from matplotlib.colors import to_hex

LARGEST = 50_000_000  # bytes of a variable that are kept
FILLS = "PolyCollection", "FillBetweenPolyCollection"  # before matplotlib 3.10, since


def drawn(figure):
    """What stands in a figure: its words, and an `axes_of` for each of its axes."""
    title = figure.get_suptitle() or figure.axes[0].get_title()
    return SimpleNamespace(title=" ".join(title.split()),
                           axes=[axes_of(axes) for axes in figure.axes])


def axes_of(axes):
    """The numbers of what is drawn on axes.

    lines : {label: (2, m)}, unnamed ones by their number   bars : (m, 4), left, lower
    end, width, height   outlines : (m, 2), of histograms without bars
    points, arrows : (m, 2)   images : arrays, NaN between tiles
    For more, see `looks_of`.
    """
    lines = {line.get_label(): np.array(line.get_data(), float) for line in axes.lines
             if not isinstance(line.get_data()[1][0], str)}
    bars = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in axes.patches
            if hasattr(p, "get_width")]
    quivers = [c for c in axes.collections if hasattr(c, "U")]
    return SimpleNamespace(
        title=" ".join(axes.get_title().split()), x_label=axes.get_xlabel(),
        y_label=axes.get_ylabel(), scales=(axes.get_xscale(), axes.get_yscale()),
        lines=lines, bars=np.array(bars),
        outlines=[p.get_xy() for p in axes.patches if not hasattr(p, "get_width")],
        points=[np.array(c.get_offsets()) for c in axes.collections],
        arrows=[np.column_stack([c.U, c.V]) for c in quivers],
        images=[np.ma.filled(i.get_array(), np.nan) for i in axes.images],
        texts=[text.get_text() for text in axes.texts],
        legend=[" ".join(text.split()) for text in axes.get_legend_handles_labels()[1]],
        y_ticks=[text.get_text() for text in axes.get_yticklabels()],
        **looks_of(axes), **graph_of(axes),
    )


def looks_of(axes):
    """What is seen of the numbers: limits, places of words, colours, scales.

    unseen : {label: share of a line's points beyond the limits}   spots : {text: the
    place it speaks of}   fills : (m, 2)   levels : {level: (m, 2)} of contours
    """
    contours = [c for c in axes.collections if hasattr(c, "levels")]
    return {
        "limits": (axes.get_xlim(), axes.get_ylim()), "aspect": axes.get_aspect(),
        "x_ticks": [text.get_text() for text in axes.get_xticklabels()],
        "unseen": {line.get_label(): beyond(axes, line) for line in axes.lines},
        "spots": {t.get_text(): getattr(t, "xy", t.get_position()) for t in axes.texts},
        "colours": {line.get_label(): to_hex(line.get_color()) for line in axes.lines}
        | {f"bar {i}": to_hex(p.get_facecolor()) for i, p in enumerate(axes.patches)},
        "shades": [c.get_array() for c in axes.collections],
        "quiver": [(c.scale, c.scale_units, c.angles) for c in axes.collections
                   if hasattr(c, "U")],
        "clims": [i.get_clim() for i in axes.images],
        "extents": [i.get_extent() for i in axes.images],
        "fills": [path.vertices for c in axes.collections
                  if type(c).__name__ in FILLS
                  for path in c.get_paths()],
        "levels": {level: path.vertices for c in contours
                   for level, path in zip(c.levels, c.get_paths(), strict=True)},
    }


def graph_of(axes):
    """{(node, node): dashes} of a graph's arrows, and the nodes that are round."""
    named = {tuple(t.get_position()): t.get_text() for t in axes.texts if t.get_text()}
    arrows = [t for t in axes.texts if getattr(t, "arrow_patch", None) and hasattr(
        t, "xyann") and not t.get_text()]
    return {
        "arrows_drawn": {(named[tuple(t.xyann)], named[tuple(t.xy)]):
                         t.arrow_patch.get_linestyle() for t in arrows},
        "round": [t.get_text() for t in axes.texts if t.get_bbox_patch() and
                  type(t.get_bbox_patch().get_boxstyle()).__name__ == "Circle"],
    }


def beyond(axes, line):
    """The share of a line's points that lie outside the limits, by the data's axes."""
    x, y = line.get_data()
    outside = np.zeros(len(x), bool)
    across, upwards = line.get_transform().contains_branch_seperately(axes.transData)
    for values, told, limits in ((x, across, axes.get_xlim()),
                                 (y, upwards, axes.get_ylim())):
        if told and not isinstance(values[0], str):
            outside |= (np.asarray(values, float) < min(limits)) | (
                np.asarray(values, float) > max(limits))
    return outside.mean()


class Seen:
    """A lecture's run : text, what it printed; figures, {name: what is drawn}.

    Its variables are attributes, those that could be kept.
    """

    def __init__(self, text, paths):
        self.text = text
        folder = paths[0].parent.parent
        self.figures, self._kept = pickle.loads((folder / "seen.pickle").read_bytes())

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._kept:
            raise AttributeError(name)
        vars(self)[name] = pickle.loads(self._kept[name])
        return vars(self)[name]


def main(script, *arguments):
    """Run the script as `python SCRIPT ...` would."""
    from scratchae.course import Lecture

    figures, save = {}, Lecture.save

    def save_and_look(lecture, figure, name, alt):
        save(lecture, figure, name, alt)
        figures[name] = drawn(figure)

    Lecture.save, sys.argv = save_and_look, [script, *arguments]
    variables = runpy.run_path(script, run_name="__main__")
    with open("seen.pickle", "wb") as file:
        pickle.dump((figures, {name: data for name, data in map(pickled, variables,
                     variables.values()) if data}), file)


def pickled(name, value):
    """The name, and the value's bytes, or none."""
    if name.startswith("__"):
        return name, None
    try:
        data = pickle.dumps(value)
        return name, data if len(data) < LARGEST else None
    except (pickle.PicklingError, AttributeError, TypeError):
        return name, None


if __name__ == "__main__":
    sys.path[0] = str(Path(sys.argv[1]).parent)
    main(*sys.argv[1:])
