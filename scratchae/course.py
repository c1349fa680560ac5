"""What every lecture script shares: options, data, numbers, claims and figures."""

import argparse
import contextlib
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from scratchae.errors import UndertrainedWarning
from scratchae.files import replacing
from scratchae.parser import Parser

DATA_SETS = ("strokes", "mnist")
# (training images, test images); None means all of them.
SIZES = {
    ("strokes", False): (20_000, 2_000),
    ("strokes", True): (2_000, 500),
    ("mnist", False): (None, None),
    ("mnist", True): (2_000, 500),
}


def add_data_options(parser):
    """The options that choose a data set, the same for every command."""
    parser.add_argument(
        "--data", choices=DATA_SETS, default="strokes",
        help="strokes: digits drawn by us, no network; mnist: the real ones",
    )
    parser.add_argument(
        "--data-dir", metavar="DIR",
        help="folder with the four MNIST files (else SCRATCHAE_DATA, else a download)",
    )


def load_data(options, quick=False):
    """The `Dataset` that the data options ask for, a small part where quick is set."""
    from scratchae.data import load_mnist, load_strokes

    n_train, n_test = SIZES[options.data, quick]
    if options.data == "strokes":
        return load_strokes(n_train=n_train, n_test=n_test, random_state=0)
    return load_mnist(options.data_dir).first(n_train, n_test)


class Lecture:
    """One lecture script: reads its options, keeps its numbers, claims and figures.

    text : the script's docstring; its first line is the title
    Options of every script: --data strokes|mnist, --data-dir DIR, --quick, --out DIR.
    """

    def __init__(self, text, arguments=None):
        if arguments is None:
            # A notebook's kernel has its own command line, which is not ours.
            arguments = [] if "ipykernel" in sys.modules else sys.argv[1:]
        parser = Parser(
            description=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        add_data_options(parser)
        parser.add_argument("--quick", action="store_true", help="a short, true run")
        parser.add_argument(
            "--out", type=Path, default=Path("runs/figures"), metavar="DIR",
            help="where figures go (default: %(default)s)",
        )
        self.options = parser.parse_args(arguments)
        self.title = text.strip().splitlines()[0]
        self.quick, self.out = self.options.quick, self.options.out
        self.numbers, self.figures, self.tables, self.claims = {}, [], {}, {}
        self._start = time.perf_counter()
        # A demonstration is as short as it is on purpose.
        warnings.simplefilter("ignore", UndertrainedWarning)
        print(f"{self.title}\n{'=' * len(self.title)}")

    @property
    def data_name(self):
        """The data set's name as figure titles show it."""
        return {"strokes": "drawn digits", "mnist": "MNIST"}[self.options.data]

    @property
    def seconds(self):
        """Time since the lecture began."""
        return time.perf_counter() - self._start

    def digits(self):
        """The data set that the options ask for."""
        return load_data(self.options, self.quick)

    def number(self, name, value, unit="", digits=4):
        """Print a number and keep it for the course's closing table.

        digits : significant ones, of a number that is not an integer
        """
        exact = isinstance(value, (int, np.integer))
        text = f"{value}" if exact else f"{value:.{digits}g}"
        self.numbers[name] = f"{text} {unit}".strip()
        print(f"{name}: {self.numbers[name]}")

    def holds(self, claim, condition):
        """Print whether a sentence of the prose is true of this run, and keep it.

        claim : words of the sentence, exactly as the prose has them
        condition : a bool, or several that must all be true
        """
        answers = np.asarray(condition)
        if answers.dtype != bool or not answers.size:
            raise TypeError(f"a claim needs bools; got {condition!r} for {claim!r}")
        self.claims[claim] = bool(answers.all())
        print(f"{'holds' if self.claims[claim] else 'DOES NOT HOLD'}: {claim}")

    def table(self, name, header, rows):
        """Print a table of texts, keep it, and write it as NAME.md in the output."""
        lines = [header, ["---"] * len(header), *rows]
        markdown = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        self.out.mkdir(parents=True, exist_ok=True)
        with replacing(self.out / f"{name}.md") as file:
            file.write(markdown.encode())
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        self.tables[name] = "\n".join(
            "  ".join(
                text.ljust(width) for text, width in zip(line, widths, strict=True)
            )
            for line in (header, *rows)
        )
        print(self.tables[name])

    @staticmethod
    @contextlib.contextmanager
    def timer():
        """`with lecture.timer() as seconds:` makes seconds() the time of the block."""
        start, taken = time.perf_counter(), []
        yield lambda: taken[0]
        taken.append(time.perf_counter() - start)

    def save(self, figure, name):
        """Write a figure as NAME.png into the output folder."""
        from scratchae.plots import save_figure

        path = save_figure(figure, self.out / f"{name}.png")
        self.figures.append(path)
        print(f"figure: {path}")
