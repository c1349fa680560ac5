"""What `scratchae data show` says of a data set, in lines of text."""

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
    """{what: text} of rows, range, scaling, labels, missing values and constants."""
    x = dataset.x[0]
    known, of_test = (statistics(part, None, dataset.source) for part in dataset.x)
    low, high = (dataset.scaling.restore(v[None])[0] for v in (known.low, known.high))
    lines = {
        "rows": f"{len(x)} training, {len(dataset.x[1])} test",
        "numbers": f"{x.shape[1]} per row: {_items(dataset)}",
        "range": _range(low, high),
        "scaling": str(dataset.scaling),
        "labels": _labels(dataset),
        "missing": _missing(dataset, known.missing + of_test.missing),
        "constant": _constant(dataset, known.constant & ~np.isnan(known.low)),
    }
    if dataset.notes:
        lines["notes"] = "; ".join(dataset.notes)
    return lines


def _range(low, high):
    """The least and the largest number of all columns, whose own are low and high.

    Without digits that were lost when a column was scaled.
    """
    if np.isnan(low).all():
        return "no numbers in the training rows"
    least, largest = np.nanargmin(low), np.nanargmax(high)
    ends = []
    for end, i in ((low[least], least), (high[largest], largest)):
        size = max(abs(low[i]), abs(high[i]))
        digits = 5 - math.floor(math.log10(size)) if 0 < size < math.inf else 0
        ends.append(f"{round(float(end), digits) + 0.0:g}")
    return f"{' to '.join(ends)} in the training rows"


def _items(dataset):
    if dataset.shape is None:
        return f"rows of {_counted(dataset.x[0].shape[1], 'column')}"
    height, width, *colour = dataset.shape
    return f"images of {height} x {width} pixels, {'in colour' if colour else 'grey'}"


def _labels(dataset):
    if dataset.labels is None:
        return "none"
    classes, counts = np.unique(dataset.labels[0], return_counts=True)
    listed = [f"{c} ({n})" for c, n in zip(classes, counts, strict=True)]
    return f"{len(classes)} classes: {_some(listed)}"


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


def _some(texts):
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more
