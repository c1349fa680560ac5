"""What every lecture script shares: its data, numbers, claims and figures."""

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

from scratchae.data import NAMED
from scratchae.data_options import add_data_options, load_data, stem
from scratchae.errors import DataError, UndertrainedWarning
from scratchae.files import replacing
from scratchae.nn.backend import check_kernels, compiling_ahead
from scratchae.notebooks import runs_in_kernel
from scratchae.parser import Parser
from scratchae.text_table import text_table

OUT = Path("runs/figures")  # where nothing is typed


def refuse_to_replace(numbers, out):
    """Raise FileExistsError if figures of lectures, such as "10", are in the folder."""
    for number in numbers:
        for path in sorted(out.glob(f"{number}_*")):
            raise FileExistsError(
                f"{path} is there already: --overwrite replaces the figures of the "
                "lectures that run, --out puts them elsewhere")


class Lecture:
    """One lecture script: reads its options, keeps its numbers, claims and figures.

    text : the script's docstring; its first line is the title
    Options of every script: --data NAME|PATH and its companions, --quick, --out DIR,
    --overwrite. A script whose figures are there already ends before it starts.
    A notebook shows figures below their cell and writes no file that stays: its cells
    may run again and again. SCRATCHAE_QUICK=1 in the environment is --quick there.
    """

    stopped_by = None  # in a course: the signals that have asked it to end

    def __init__(self, text, arguments=None):
        # A notebook's kernel has its own command line, and docstring, not ours.
        self.in_notebook = arguments is None and runs_in_kernel()
        alone = arguments is None and self.stopped_by is None
        self._is_command = alone and not self.in_notebook
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
        options, self._typed = parser.parse_args(arguments), parser.prog
        if not self.in_notebook and not options.overwrite:
            try:
                refuse_to_replace(re.findall(r"^Lecture (\d\d)", self.title),
                                  options.out)
            except FileExistsError as error:
                parser.error(str(error))
        return options

    def _refuse(self, words):
        """End the script as its parser does; which, kept, could not be pickled."""
        Parser(prog=self._typed).error(words)

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
        Other data are for `scratchae train`. Raises DataError that says what lacks; a
        script that was typed ends with these words.
        """
        with self._ends_in_words():
            return self._looked_at(labels)

    def needs_kernels(self):
        """Raise OSError where the compiled kernels, which are the lesson, cannot be
        used; a script that was typed ends with these words.
        """
        with self._ends_in_words():
            check_kernels(self.title.split(":")[0])

    @contextlib.contextmanager
    def _ends_in_words(self):
        """An error in this block ends a script that was typed, without a traceback."""
        try:
            yield
        except (ValueError, OSError) as error:
            if self._is_command:
                self._refuse(" ".join(str(error).split()))
            raise

    def _looked_at(self, labels):
        """The data of the options, if a lecture can be held on them."""
        with compiling_ahead():
            dataset = load_data(self.options, self.quick)
        classes = () if dataset.labels is None else dataset.classes.tolist()
        lacks = None
        if dataset.shape != (28, 28):
            lacks = ("is no set of grey images of 28 x 28 pixels; --size 28x28 --grey "
                     "makes pictures such ones")
        elif not dataset.in_unit_interval:
            lacks = "has numbers outside [0, 1]; without --scale images are in it"
        elif labels and not {*range(10)} <= {*classes}:
            lacks = "has no labels 0 to 9, each of which is looked at"
        if lacks:
            raise DataError(f"{self.title}: {self.options.data} {lacks}")
        return dataset

    def _go_on(self):
        if self.stopped_by:
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
