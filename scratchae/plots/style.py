"""One look for all figures, and how a figure is written."""

import textwrap
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.style import context
from matplotlib.text import Text

from scratchae.files import replacing

# Okabe and Ito's colours, told apart by colour-blind readers; yellow is left out
# because it is hard to see on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Petroff's ten colours (2021), chosen by colour-blind and other readers alike: one for
# each digit, since two classes of one colour cannot be told apart.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), "-")

STYLE = {
    "figure.dpi": 150,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "text.parse_math": False,  # names of the data may have two dollars
}


def new_figure(rows=1, columns=1, width=7.0, height=4.0, **options):
    """A figure with rows x columns axes in the project's style, sizes in inches.

    Returns the figure and the axes as `Figure.subplots` does. No window is opened.
    Raises ValueError for no axes at all.
    """
    refuse_nothing(range(rows * columns))
    with context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.subplots(rows, columns, **options)


def refuse_nothing(drawn):
    """ValueError where there is nothing to draw."""
    if not len(drawn):
        raise ValueError("there is nothing to draw")


def class_colour(i):
    """The colour of the i-th class; only an eleventh class repeats one."""
    return CLASS_COLOURS[i % len(CLASS_COLOURS)]


def class_marker(i):
    """The mark of the i-th class: with its colour, 70 classes differ."""
    return MARKERS[i % len(MARKERS)]


def wrapped(text, width):
    """Break a title so that no line is wider than `width` inches.

    What no font has, the bytes of a path that are no letters, becomes an escape.
    """
    text = text.encode("utf-8", "backslashreplace").decode()
    return textwrap.fill(text, max(20, int(10 * width)))  # 10 characters per inch


def save_figure(figure, path, alt=None):
    """Write a PNG, complete or not at all; returns the path.

    alt : alternative text, which the file keeps as its description
    Nothing else goes into the file with the picture, so the same figure gives the same
    bytes on the same machine. Raises ValueError for a name with another ending.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"{path} should end in .png: figures are PNG files")
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"Software": None, "Description": alt}  # None: not in the file
    for text in figure.findobj(Text):  # legends, too, which are made later
        text.set_parse_math(False)
    with replacing(path) as file, context(STYLE):
        figure.savefig(file, format="png", metadata=about)
    return path
