"""What the columns of a data set are like: ranges, means and what is missing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchae.errors import DataError
from scratchae.rows import MappedRows, blocks_of

BLOCK = 2**20  # numbers at a time, so that no second copy of the data is made


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of the columns of x : (n, d), each an array (d,); NaN where all is missing.

    low, high, mean : of the numbers that are there
    missing : how many are not
    """

    low: Any
    high: Any
    mean: Any
    missing: Any

    @property
    def constant(self):
        """Whether a column has one value only, (d,) of bool."""
        return ~(self.low < self.high)


def statistics(x, rows, path):
    """`Statistics` of x : (n, d); DataError where a number is infinite.

    rows : which rows of the file these are, for the message (None: all in order);
        `MappedRows` know it themselves
    """
    if isinstance(x, MappedRows):
        rows = np.sort(x.rows)  # as `_blocks` reads them
    d, start = x.shape[1], 0
    low, high = np.full(d, np.nan), np.full(d, np.nan)
    total, missing = np.zeros(d), np.zeros(d, np.int64)
    for block in _blocks(x):
        if not np.isfinite(block.sum()):
            _refuse_infinite(block, start, path, rows)
        start += len(block)
        absent = np.isnan(block)
        low = np.fmin(low, np.fmin.reduce(block))
        high = np.fmax(high, np.fmax.reduce(block))
        missing += absent.sum(axis=0)
        total += block.sum(axis=0, where=~absent)
    there = len(x) - missing
    mean = np.divide(total, there, out=np.full(d, np.nan), where=there > 0)
    return Statistics(low, high, mean, missing)


def are_whole(x):
    """Whether all numbers that are there in x : (n, d) are whole."""
    return not any((b != np.rint(b)).any(where=~np.isnan(b)) for b in blocks_of(x))


def deviations(x, known):
    """Standard deviations (d,) of the numbers that are there in x : (n, d).

    known : their `Statistics`. Squares are of numbers near 1: those of 1e-170 are 0
    """
    most = np.fmax(known.high - known.mean, known.mean - known.low)
    most = np.where((most > 0) & np.isfinite(most), most, 1.0)
    squares = np.zeros(x.shape[1])
    for block in _blocks(x):
        relative = (block - known.mean) / most
        squares += np.square(relative).sum(axis=0, where=~np.isnan(block))
    there = len(x) - known.missing
    return most * np.sqrt(squares / np.maximum(there, 1))


def _blocks(x):
    """The rows of x : (n, d) as float64, a part at a time; of a file in its order."""
    if isinstance(x, MappedRows):
        x = x.part(np.argsort(x.rows, kind="stable"))
    at_once = max(1, BLOCK // x.shape[1])
    for block in blocks_of(x, at_once, "looking through the rows"):
        with np.errstate(all="ignore"):  # a damaged file's NaN may be a signal
            block = np.asarray(block, np.float64)
        yield block


def _refuse_infinite(block, start, path, rows):
    """DataError for an infinite number in rows of the file, from row `start` on."""
    if np.isinf(block).any():
        row, column = np.argwhere(np.isinf(block))[0]
        place = start + row if rows is None else rows[start + row]
        raise DataError(f"{path}: the number in row {place}, column {column} is "
                        f"infinite ({block[row, column]})")
