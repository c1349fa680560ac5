"""What every lecture script shares: options, data, numbers, claims and figures."""

import argparse
import contextlib
import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from scratchae.data import NAMED, PUBLISHED, load_dataset, load_strokes
from scratchae.data.refusals import KEPT
from scratchae.data.split import SHARE
from scratchae.errors import DataError, UndertrainedWarning
from scratchae.files import refuse_to_replace, replacing
from scratchae.nn.backend import compiling_ahead
from scratchae.notebooks import runs_in_kernel
from scratchae.parser import Parser
from scratchae.text_table import text_table

DEFAULT = "strokes"  # the data where nothing is typed
# (training images, test images); None means all of them.
OUT = Path("runs/figures")  # where nothing is typed
SIZES = {("strokes", False): (20_000, 2_000), ("strokes", True): (2_000, 500)}
QUICK = (2_000, 500)  # of any other data set
# option -> parameter of `load_dataset`
READING = {"data_dir": "data_dir", "test": "test", "size": "size", "colour": "colour",
           "label": "label", "scale": "scale"}
AS_TRAINED = ("data (default: those of the training)",
              "Other files are scaled as those were, and all their rows are tested. "
              "--scale is for a model that was saved in Python: its file tells nothing "
              "of its data, and what is not typed is as for train.")


def add_data_options(parser, default=DEFAULT, again=False):
    """The options that choose a data set, the same for every command.

    default : of --data   again : whether a checkpoint tells how its data were read
    """
    group = parser.add_argument_group(*(AS_TRAINED if again else ("data",)))
    either = group.add_mutually_exclusive_group().add_argument

    def add(option, text, usual, add=group.add_argument, **more):
        add(option, help=text if again else f"{text} (default: {usual})", **more)

    add("--data", f"{', '.join(NAMED)}; or a folder of pictures (subfolders are "
        "classes) or of IDX files, .npy, .npz, .csv", DEFAULT, default=default,
        metavar="NAME|PATH")
    add("--data-dir", f"folder with the four files of {' or '.join(PUBLISHED)}",
        "SCRATCHAE_DATA, else the user's cache, which a download fills", metavar="DIR")
    add("--test", "file of the test rows, or the share that is split off",
        f"their own test part, else {SHARE:g}", metavar="FILE|SHARE")
    add("--size", "pictures: cut to this shape and resized; rows of numbers: their "
        "shape", "as they are", metavar="HxW")
    add("--colour", "pictures: in colour", "if one has any", either,
        action="store_true", dest="colour", default=None)
    add("--grey", "pictures: in grey", "if none has colour", either,
        action="store_false", dest="colour", default=None)
    add("--label", "table or array: the labels, by name or number; none",
        "looked for", metavar="COLUMN")
    add("--scale", "of a path: standard, minmax or none", "pictures to [0, 1], arrays "
        "in [0, 1] as they are, other rows standard", metavar="HOW")


def load_data(options, quick=False, **more):
    """The `Dataset` that the data options ask for, a small part where quick is set.

    more : parameters of `load_dataset` in place of options
    Raises errors that name options, not parameters.
    """
    given = reading(options) | more
    if given.get("test_fraction") == 1 and "test_fraction" not in more:
        raise ValueError(f"--test {options.test} leaves no training rows")
    sizes = SIZES.get((options.data, quick), QUICK if quick else (None, None))
    if options.data == "strokes" and not given:
        return load_strokes(*sizes, random_state=0)
    with in_options():
        return load_dataset(options.data, **given).first(*sizes)


def reading(options):
    """The parameters of `load_dataset` that were typed, by name."""
    given = {p: getattr(options, o, None) for o, p in READING.items()}
    given = {name: value for name, value in given.items() if value is not None}
    with contextlib.suppress(KeyError, ValueError):
        given["test_fraction"] = float(given["test"])
        del given["test"]
    return given


def arguments_of(options):
    """The data options as they were typed, for another command line."""
    arguments = ["--data", options.data]
    for option in READING:
        value = getattr(options, option)
        if option == "colour" and value is not None:
            arguments.append("--colour" if value else "--grey")
        elif value is not None:
            arguments += [f"--{option.replace('_', '-')}", value]
    return arguments


@contextlib.contextmanager
def in_options():
    """Let errors name options in place of the parameters of `load_dataset`."""
    try:
        yield
    except ValueError as error:
        error.args = (_options_named(str(error)), *error.args[1:])
        raise


def _options_named(text):
    text = text.replace(KEPT, "train denoising --missing mask")
    text = text.replace("colour=True", "--colour").replace("colour=False", "--grey")
    text = text.replace("The 'source' parameter of load_dataset", "--data")
    text = re.sub(r"The '(test)_fraction' parameter of \w+", r"--\1", text)
    text = re.sub(r"The '(\w+)' parameter of load_dataset", r"--\1", text)
    text = re.sub(r"\btest_fraction=", "--test ", text)
    for option in READING:
        typed = f"--{option.replace('_', '-')}"
        text = re.sub(rf"\b{option}=(?=\s)", typed, text)
        text = re.sub(rf"\b{option}=", f"{typed} ", text)
    return text


def stem(source):
    """A data set's name, or of a path the last part without its ending."""
    if source in NAMED:
        return source
    path = Path(source)
    unpacked = Path(path.name.removesuffix(".gz"))
    name = path.resolve().name if path.is_dir() else unpacked.stem
    return name or path.name.strip(".") or "data"


def _classes(dataset):
    return [] if dataset.labels is None else dataset.classes.tolist()


class Lecture:
    """One lecture script: reads its options, keeps its numbers, claims and figures.

    text : the script's docstring; its first line is the title
    Options of every script: --data NAME|PATH and its companions, --quick, --out DIR,
    --overwrite. A script whose figures are there already ends before it starts.
    A notebook shows figures below their cell and writes no file that stays: its cells
    may run again and again. SCRATCHAE_QUICK=1 in the environment is --quick there.
    """

    stopped = staticmethod(bool)  # whether somebody has asked the lecture to end

    def __init__(self, text, arguments=None):
        # A notebook's kernel has its own command line, and docstring, not ours.
        self.in_notebook = arguments is None and runs_in_kernel()
        if self.in_notebook:
            text, quick = "a lecture", os.environ.get("SCRATCHAE_QUICK", "0")
            arguments = [] if quick in ("", "0") else ["--quick"]
        elif arguments is None:
            arguments = sys.argv[1:]
        self.title = text.strip().splitlines()[0]
        self.options = self._read(text, arguments)
        self.quick, self.out = self.options.quick, self.options.out
        if self.in_notebook:
            self._folder = tempfile.TemporaryDirectory()  # lives as long as the lecture
            self.out = Path(self._folder.name)
        self.numbers, self.figures, self.tables, self.claims = {}, [], {}, {}
        self.alts = {}  # of the figures, by name
        self._start = time.perf_counter()
        # A demonstration is as short as it is on purpose.
        warnings.simplefilter("ignore", UndertrainedWarning)
        if not self.in_notebook:
            print(f"{self.title}\n{'=' * len(self.title)}")

    def _read(self, text, arguments):
        """The options that were typed; a script ends here if they cannot be."""
        parser = Parser(description=text,
                        formatter_class=argparse.RawDescriptionHelpFormatter)
        add_data_options(parser)
        parser.add_argument("--quick", action="store_true", help="a short, true run")
        parser.add_argument("--out", type=Path, default=OUT, metavar="DIR",
                            help="where figures go (default: %(default)s)")
        parser.add_argument("--overwrite", action="store_true",
                            help="replace figures that are there already")
        options = parser.parse_args(arguments)
        if not self.in_notebook and not options.overwrite:
            try:
                refuse_to_replace(re.findall(r"^Lecture (\d\d)", self.title),
                                  options.out)
            except FileExistsError as error:
                parser.error(str(error))
        return options

    @property
    def data_name(self):
        """The data set's name as figure titles show it."""
        return NAMED.get(self.options.data) or stem(self.options.data)

    @property
    def seconds(self):
        """Time since the lecture began."""
        return time.perf_counter() - self._start

    def digits(self, labels=True):
        """The images that the options ask for: 28 x 28 in [0, 1].

        labels : whether the lesson needs their labels, 0 to 9
        Other data are for `scratchae train`. Raises DataError that says what lacks.
        """
        with compiling_ahead():
            dataset = load_data(self.options, self.quick)
        lacks = None
        if dataset.shape != (28, 28):
            lacks = "is no set of grey images of 28 x 28 pixels; --size 28x28 --grey "
            lacks += "makes pictures such ones"
        elif not dataset.in_unit_interval:
            lacks = "has numbers outside [0, 1]; without --scale images are in it"
        elif labels and not {*range(10)} <= {*_classes(dataset)}:
            lacks = "has no labels 0 to 9, each of which is looked at"
        if lacks:
            raise DataError(f"{self.title}: {self.options.data} {lacks}")
        return dataset

    def _go_on(self):
        if self.stopped():
            raise KeyboardInterrupt

    def number(self, name, value, unit="", digits=4):
        """Print a number and keep it for the course's closing table.

        digits : significant ones, of a number that is not an integer
        """
        self._go_on()
        exact = isinstance(value, (int, np.integer))
        text = f"{value}" if exact else f"{value:.{digits}g}"
        self.numbers[name] = f"{text} {unit}".strip()
        print(f"{name}: {self.numbers[name]}")

    def holds(self, claim, condition):
        """Print whether a sentence of the prose is true of this run, and keep it.

        claim : words of the sentence, exactly as the prose has them
        condition : a bool, or several that must all be true
        Said of several runs it must be true of each.
        """
        self._go_on()
        answers = np.asarray(condition)
        if answers.dtype != bool or not answers.size:
            raise TypeError(f"a claim needs bools; got {condition!r} for {claim!r}")
        held = bool(answers.all())
        self.claims[claim] = held and self.claims.get(claim, True)
        print(f"{'holds' if held else 'DOES NOT HOLD'}: {claim}")

    def table(self, name, header, rows):
        """Print a table of texts, keep it, and write it as NAME.md in the output."""
        self._go_on()
        lines = [header, ["---"] * len(header), *rows]
        markdown = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        self.out.mkdir(parents=True, exist_ok=True)
        with replacing(self.out / f"{name}.md") as file:
            file.write(markdown.encode())
        self.tables[name] = "\n".join(text_table(header, rows))
        print(self.tables[name])

    @staticmethod
    @contextlib.contextmanager
    def timer():
        """`with lecture.timer() as seconds:` makes seconds() the time of the block."""
        start, taken = time.perf_counter(), []
        yield lambda: taken[0]
        taken.append(time.perf_counter() - start)

    def save(self, figure, name, alt):
        """Write a figure as NAME.png into the output folder.

        alt : its alternative text, one or two sentences for those who do not see it:
            what is drawn and what is to be seen; it goes into the file, and with the
            figure into a notebook
        """
        self._go_on()
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"figure {name} needs an alternative text; got {alt!r}")
        from scratchae.plots import save_figure

        path = save_figure(figure, self.out / f"{name}.png", alt)
        self.figures.append(path)
        self.alts[name] = alt
        if self.in_notebook:
            from IPython.display import Image, display

            display(Image(filename=str(path), alt=alt))
        print(f"figure: {path.name if self.in_notebook else path}")
