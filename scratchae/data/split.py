"""The training and the test rows: a source's own two parts, or a seeded split."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchae.data.statistics import Statistics, statistics
from scratchae.errors import DataError
from scratchae.rows import MappedRows

IN_MEMORY = 2**26  # bytes of an array that is read at once; a larger file stays a file
SHARE = 0.2  # of the rows is for testing where nothing is said


@dataclass(frozen=True, eq=False)
class Part:
    """The training rows or the test rows, in the numbers of their file.

    x : (n, d), an array, or `MappedRows` of a file that is larger than IN_MEMORY
    labels : (n,) of int64 or str; None without any
    source : the path of their file, for messages
    known : their `Statistics`
    """

    x: Any
    labels: Any
    source: str
    known: Statistics


def parts_of(raw, fraction, rng):
    """[training part, test part] of a `Raw`, each a `Part`.

    fraction : of the rows, those for testing, 1 for all; None: the test part that the
        source has, or else SHARE
    Raises ValueError for a share where there is a test part, DataError for one row.
    """
    labels = _of_one_type(raw.labels or [None] * len(raw.x))
    sources = (raw.source, raw.test_source or raw.source)
    if len(raw.x) == 2 and fraction == 1:
        return _all_for_testing(raw.x, labels, sources)
    if len(raw.x) == 2:
        refuse_share(raw.source, fraction)
        return [_part(x, y, source)
                for x, y, source in zip(raw.x, labels, sources, strict=True)]
    (x,), (y,) = raw.x, labels
    fraction = SHARE if fraction is None else fraction
    if fraction < 1:
        if len(x) < 2:
            raise DataError(f"{raw.source} has one row only; a training and a test "
                            "part need two")
        alike = "" if y is None else ", of each class alike"
        raw.notes += (f"{fraction:.0%} for testing, drawn at random{alike}",)
    return [_part(x, y, raw.source, rows) for rows in split(len(x), fraction, rng, y)]


def refuse_share(source, fraction):
    """ValueError for a share of a source that has a test part."""
    if fraction is not None:
        raise ValueError(f"test_fraction={fraction} means nothing to {source}, which "
                         "has a test part")


def split(n, fraction, rng, labels=None):
    """Shuffled indices of (training rows, test rows).

    n : rows; at least one of them stays on each side, unless fraction is 1
    labels : (n,), or None; with labels each class is divided as all rows are
    """
    if fraction == 1:
        return np.arange(0), np.arange(n)  # all, in the order of the file
    n_test = min(max(1, round(fraction * n)), n - 1)
    order = rng.permutation(n)
    if labels is not None:
        order = order[np.argsort(_place_within_class(labels[order]), kind="stable")]
    return rng.permutation(order[n_test:]), rng.permutation(order[:n_test])


def _place_within_class(labels):
    """Where each row stands in its class, 0 to 1: the first share f has f of each."""
    _, kind, counts = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(kind, kind="stable")  # class by class
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.empty(len(labels))
    place[order] = (np.arange(len(labels)) - starts + 0.5) / np.repeat(counts, counts)
    return place


def _of_one_type(labels):
    """Labels of both parts as int64, or as str where one of them has text."""
    text = any(y is not None and y.dtype.kind == "U" for y in labels)
    return [y.astype(str) if text else y for y in labels]


def _all_for_testing(arrays, labels, sources):
    """No training rows, and as test rows those of both parts."""
    x = np.concatenate([array.reshape(len(array), -1) for array in arrays])
    y = None if labels[0] is None else np.concatenate(labels)
    both = " with ".join(dict.fromkeys(sources))
    return [_part(x, y, both, np.arange(0)), _part(x, y, both)]


def _part(array, labels, source, rows=None):
    """The `Part` of some rows of an array (n, ...), or of all (None)."""
    if isinstance(array, np.memmap) and array.nbytes > IN_MEMORY:
        x = MappedRows(array, rows=rows, dtype=np.float64)
    else:
        flat = array.reshape(len(array), -1)
        x = np.array(flat) if rows is None else flat[rows]
    if labels is not None and rows is not None:
        labels = labels[rows]
    return Part(x, labels, source, statistics(x, rows, source))
