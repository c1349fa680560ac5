"""What the columns of a table are: numbers, and one of labels.

A cell that should be a number and is not is an error by line and column, and so is text
that differs in most rows, unless it is said to be the labels. A cell that is missing
(empty, NA, nan, null, none or ?) becomes NaN, and `load` decides about those.
"""

import array
import contextlib
import math
import re

import numpy as np

from scratchae.data.arrays import label_or_not
from scratchae.data.raw import (
    LABEL_NAMES,
    NoSuchColumn,
    Raw,
    as_labels,
    nearest,
    shape_of_rows,
    square,
)
from scratchae.errors import DataError

NO_LABEL = ("", "na", "n/a", "nan")
MISSING = (*NO_LABEL, "null", "none", "?")
FEW = 10  # rows, below which each may have a class of its own
UNNAMED = ("", "Unnamed: 0")  # what pandas calls an index in a file, and reads it as
WORDS = {"true": 1.0, "false": 0.0}
PIXEL = re.compile(r"(pixel|px)[-_. ]?\d+([-_. ]\d+)?|\d+x\d+", re.IGNORECASE)


def number(cell, decimal="."):
    """The float in a cell; nan where it is missing, None where it is something else."""
    try:
        if "_" not in cell:  # Python reads 2020_01 as 202001
            return float(cell if decimal == "." else cell.replace(decimal, ".", 1))
        return None
    except ValueError:
        word = cell.strip().lower()
        return math.nan if word in MISSING else WORDS.get(word)


class Columns:
    """The columns of one table, filled row by row.

    names : of the columns, or None without any
    start : (line, cells) of the first row, with which all others are compared
    notes : what was decided so far
    """

    def __init__(self, path, names, start, decimal, notes):
        self.path, self.decimal, self.notes = path, decimal, [*notes]
        self.first_line, self.width = start[0], len(start[1])
        self.named = names is not None
        self.names = [*names] if names else [f"column {i}" for i in range(self.width)]
        self.values, self.lines = array.array("d"), array.array("q")
        self.signs = {}  # a sign in numbers -> where it is first
        twice = [n for n in {*self.names} if n and self.names.count(n) > 1]
        if twice:
            raise DataError(f"{path} has two columns called {twice[0]!r}")

    def choose(self, label, row, like):
        """Find the columns of labels, of names of rows and of numbers by the first row.

        That row may be too short; `add` says so. like : names of the numbers to take
        """
        self.asked, self.guessed = like is not None, label is None
        free = [i for i in range(self.width) if self.names[i] not in (like or ())]
        told = [i for i in free if i < len(row) and self._is_text(row[i])]
        self.label = self._guess(free, told) if label is None else self._find(label)
        text = {self.label} - {None}
        if 0 in told and like is None:
            text.add(0)  # names of the rows, if it is not the label
        self.text = {i: [] for i in sorted(text)}  # column -> its cells
        if like is None:
            self.numbers = [i for i in range(self.width) if i not in text]
        else:
            self.numbers = [self.names.index(name) for name in self._there(like)]
        self.in_order = self.numbers == [*range(self.width)]

    def _there(self, like):
        """The names `like`, if the table has them all."""
        lacking = [name for name in like if name not in self.names]
        if lacking:
            raise DataError(f"{self.path} lacks {len(lacking)} of the {len(like)} "
                            f"columns that are asked for, such as {lacking[0]!r}")
        return like

    def _is_text(self, cell):
        return number(cell, self.decimal) is None

    def _find(self, label):
        """The column that `label` names, or None for "none"."""
        if str(label) == "none":
            return None
        if label in self.names:
            return self.names.index(label)
        if re.fullmatch(r"-1|\d+", str(label)) and int(label) < self.width:
            return int(label) % self.width
        some = ", ".join(self.names[:8]) + (", ..." if self.width > 8 else "")
        raise NoSuchColumn(f"label={label}: {self.path} has no such column, but {some}"
                           f"{nearest(str(label), self.names)}")

    def _guess(self, free, told):
        """The column of labels by its name, or the last or first if it is of text."""
        known = [i for i in free if self.names[i].lower() in LABEL_NAMES]
        if len(known) > 1:
            both = " and ".join(repr(self.names[i]) for i in known[:2])
            raise DataError(f"{self.path} has the columns {both}: label=NAME says "
                            "which is the label")
        ends = [i for i in (self.width - 1, 0) if i in told]
        return next(iter(known + ends), None)

    def add(self, line, cells):
        """Keep one row; DataError unless its cells are what the columns are."""
        if len(cells) != self.width:
            raise DataError(f"{self.path}, line {line}: {len(cells)} cells; expected "
                            f"{self.width}, as in line {self.first_line}")
        self.lines.append(line)
        for i, column in self.text.items():
            column.append(cells[i].strip())
        if not self.in_order:
            cells = [cells[i] for i in self.numbers]
        self.values.extend(self._numbers(cells, line))
        if self.decimal == ",":
            self._refuse_two_signs(cells, line)

    def _numbers(self, cells, line):
        """The numbers of a row; at once where Python reads all of them as we do."""
        if "_" not in "".join(cells):
            with contextlib.suppress(ValueError):
                return [*map(float, cells)]
        return [self._number(i, cell, line)
                for i, cell in zip(self.numbers, cells, strict=True)]

    def _number(self, i, cell, line):
        value = number(cell, self.decimal)
        if value is None:
            self._refuse(i, cell, line)
        return value

    def _refuse_two_signs(self, cells, line):
        """DataError for a point where others have a decimal comma: 1.100 is 1100."""
        for sign in ",.":
            having = [at for at, cell in enumerate(cells) if sign in cell]
            if having and sign not in self.signs:
                self.signs[sign] = self.numbers[having[0]], cells[having[0]], line
        if len(self.signs) == 2:
            _, comma, other = self.signs[","]
            self._refuse(*self.signs["."], f"written with a point, and {comma!r} in "
                         f"line {other} with a comma: expected one decimal sign, and "
                         "no sign between thousands")

    def _refuse(self, i, cell, line, what="not a number"):
        raise DataError(f"{self.path}, line {line}: {cell[:40]!r} in "
                        f"{self._called(i)} is {what}")

    def _called(self, i):
        return f"column {self.names[i]!r}" if self.named else self.names[i]

    def _name(self, i):
        """How `label` names a column: by its name where it has one, else its number."""
        return self.names[i] if self.named else i

    def raw(self, size):
        """All rows as `Raw`; size : (h, w) of images, whose pixels the columns are."""
        x = np.frombuffer(self.values, np.float64).reshape(len(self.lines), -1)
        if np.isinf(x).any():
            row, j = np.argwhere(np.isinf(x))[0]
            self._refuse(self.numbers[j], str(x[row, j]), self.lines[row], "not finite")
        labels = self._labels()
        keep = [j for j in range(x.shape[1]) if not self._is_left_out(j, x[:, j])]
        if not keep:
            raise DataError(f"{self.path} has no columns of numbers")
        x = x if len(keep) == x.shape[1] else x[:, keep]
        names = tuple(self.names[self.numbers[j]] for j in keep)
        shape = self._shape(x, names, size)
        label = None if self.label is None else self._name(self.label)
        return Raw([x], labels, shape, None if shape else names, label=label,
                   notes=tuple(self.notes), named=self.named)

    def _labels(self):
        """[labels (n,)] or None; what stands in another column of text is refused."""
        if self.guessed and self.label is not None:
            self._doubt(self.text[self.label])
        for i, cells in self.text.items():
            if i != self.label:
                self._check_row_names(i, cells)
        if self.label is None:
            return None
        cells = self.text[self.label]
        for cell, line in zip(cells, self.lines, strict=True):
            self._check_label(cell, line)
        self.notes.append(f"labels: {self._called(self.label)}")
        whole = [self._whole(cell) for cell in cells]
        labels = as_labels(whole, self.path)  # 2.0 is 2 where all are whole numbers
        return [labels if labels.dtype.kind == "i" else as_labels(cells, self.path)]

    def _doubt(self, cells):
        """Text that was taken for labels may be names of the rows, words that stand
        first and differ in all rows, or, where most rows have a class of their own,
        numbers with a sign: DataError then."""
        i, n, classes = self.label, len(cells), len({*cells})
        usual = self.asked or self.names[i].lower() in LABEL_NAMES
        words = n >= FEW and not usual and all(c[:1].isalpha() for c in cells)
        if i == 0 and classes == n and (words or self.names[i] in UNNAMED):
            self.label = None
        elif n >= FEW and classes > n / 2 and not usual:
            self._refuse(i, cells[0], self.lines[0], f"not a number, and as labels "
                         f"they would be {classes} classes of {n} rows: write numbers "
                         "without signs, or leave the column out; if they are classes, "
                         f"label={self._name(i)} says so")

    def _check_row_names(self, i, cells):
        """Text beside the labels names the rows: no two of them have the same."""
        if len({*cells}) < len(cells):
            row = next(r for r, cell in enumerate(cells) if self._is_text(cell))
            self._refuse(i, cells[row], self.lines[row])
        self.notes.append(f"{self._called(i)} names the rows and is left out")

    def _check_label(self, cell, line):
        if cell.lower() in NO_LABEL:
            self._refuse(self.label, cell, line, "no label")
        value = number(cell, self.decimal)  # nan is a class, called none perhaps
        if value is not None and math.isfinite(value) and not value.is_integer():
            self._refuse(self.label, cell, line, "no label: expected text or a whole "
                         "number (label=none: a column like the others)")

    def _whole(self, cell):
        """A label as Python writes it: of 2.0 and of 2.000e+00 it is 2."""
        plain = re.sub(re.escape(self.decimal) + "0+$", "", cell)
        value = number(cell, self.decimal) if self.decimal in plain else None
        return plain if value is None or not value.is_integer() else str(int(value))

    def _is_left_out(self, j, column):
        """Whether a column without a name, which nobody asks for, is an index: another
        whole number in each row, in any order. Or it is empty."""
        i, n = self.numbers[j], len(column)
        if self.asked or self.names[i] not in UNNAMED:
            return False
        if np.isnan(column).all():
            return True
        if (i and not self.names[i]) or n < 2 or len({*column}) < n:
            return False
        if (column != np.rint(column)).any():  # nan is not whole either
            return False
        counts = (np.diff(column) == 1).all()
        where = self._called(i) if i else "the first column"
        what = "counts" if counts else "has no name and numbers"
        self.notes.append(f"{where} {what} the rows and is left out")
        return True

    def _shape(self, x, names, size):
        """The shape of an item if the columns are pixels, else None."""
        d = x.shape[1]
        if size is not None:
            return shape_of_rows(d, size, self.path)
        if self.named:
            return square(d) if all(map(PIXEL.fullmatch, names)) else None
        if not (square(d) or square(d - 1)):
            return None
        grey = x.min() >= 0 and 1 < x.max() <= 255 and (x == np.rint(x)).all()
        if grey and square(d - 1) and self.label is None and self.guessed:
            raise DataError(label_or_not(self.path, d))
        return square(d) if grey else None
