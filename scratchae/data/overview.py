"""What is said of a data set and of its numbers, in lines of text."""

import math

import numpy as np

from scratchae.data.statistics import statistics

MOST = 12  # classes or columns that a line lists


def headline(dataset):
    """One line: the source, how many rows, what they are, what was done to them."""
    n_train, n_test = map(len, dataset.x)
    return (f"{dataset.source}: {n_train} training and {n_test} test "
            f"{_items(dataset)}, {dataset.scaling}")


def summary(dataset):
    """{what: text} of rows, range, scaling, labels, missing values and constants.

    Of the training rows, or of the test rows where all are for testing.
    """
    part = 0 if len(dataset.x[0]) else 1
    of_parts = [statistics(x, None, dataset.source) for x in dataset.x]
    known, missing = of_parts[part], of_parts[0].missing + of_parts[1].missing
    x, rows = dataset.x[part], ("training rows", "test rows")[part]
    low, high = (dataset.scaling.restore(end) for end in (known.low, known.high))
    lines = {
        "rows": "{} training, {} test".format(*map(len, dataset.x)),
        "numbers": f"{x.shape[1]} per row: {_items(dataset)}",
        "range": _range(low, high, rows),
        "scaling": str(dataset.scaling),
        "labels": _labels(dataset.labels, part),
        "missing": _missing(dataset, missing),
        "constant": _constant(dataset, known.constant & ~np.isnan(known.low)),
    }
    if dataset.notes:
        lines["notes"] = "; ".join(dataset.notes)
    return lines


def _range(low, high, rows):
    """The least and the largest number of all columns, whose own are low and high.

    Without digits that were lost when a column was scaled.
    """
    if np.isnan(low).all():
        return f"no numbers in the {rows}"
    least, largest = np.nanargmin(low), np.nanargmax(high)
    ends = []
    for end, i in ((low[least], least), (high[largest], largest)):
        size = max(abs(low[i]), abs(high[i]))
        digits = 5 - math.floor(math.log10(size)) if 0 < size < math.inf else 0
        ends.append(f"{round(float(end), digits) + 0.0:g}")
    return f"{' to '.join(ends)} in the {rows}"


def _items(dataset):
    if dataset.shape is None:
        return f"rows of {_counted(dataset.x[0].shape[1], 'column')}"
    height, width, *colour = dataset.shape
    return f"images of {height} x {width} pixels, {'in colour' if colour else 'grey'}"


def _labels(labels, part):
    """The classes of a part with their numbers of rows, and those of the test alone."""
    if labels is None:
        return "none"
    classes = np.unique(labels[part])
    told = f"{len(classes)} classes: {_some(_with_counts(labels[part]))}"
    new = labels[1][~np.isin(labels[1], classes)]
    only = f"; in test rows only: {_some(_with_counts(new))}" if len(new) else ""
    return told + only


def _with_counts(labels):
    return [f"{c} ({n})" for c, n in zip(*np.unique(labels, return_counts=True),
                                         strict=True)]


def _missing(dataset, missing):
    """How many numbers all rows lack, and each column."""
    total, names = int(missing.sum()), dataset.columns
    if names is None or not total:
        return _counted(total, "number") if total else "none"
    listed = [f"{names[i]!r} {missing[i]}" for i in np.flatnonzero(missing)]
    return f"{_counted(total, 'number')}, by column: {_some(listed)}"


def _constant(dataset, constant):
    names = dataset.columns
    if names is None:
        return _counted(constant.sum(), "pixel")
    listed = [repr(names[i]) for i in np.flatnonzero(constant)]
    if not listed:
        return "none"
    return f"{_counted(len(listed), 'column')}: {_some(listed)}"


def _counted(n, what):
    return f"{n} {what}{'' if n == 1 else 's'}"


def in_digits(value, scale, digits):
    """A number in so many digits, or more where its column varies in later ones.

    scale : of the column; that of 1650000050, a time in seconds, may be 30
    """
    size, more = abs(value), 0
    if 0 < 10 * scale < size < math.inf:
        more = math.floor(math.log10(size) - math.log10(scale)) - 1
    return f"{value:.{min(digits + more, 17)}g}"


def _some(texts):
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more
