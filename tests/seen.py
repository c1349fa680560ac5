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

LARGEST = 50_000_000  # bytes of a variable that are kept


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
    )


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
