"""What `scratchae data show` says of a data set, in lines of text."""

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
    known = statistics(x, None, dataset.source)
    low, high = (dataset.scaling.restore(v[None])[0] for v in (known.low, known.high))
    missing = int(known.missing.sum())
    lines = {
        "rows": f"{len(x)} training, {len(dataset.x[1])} test",
        "numbers": f"{x.shape[1]} per row: {_items(dataset)}",
        "range": f"{np.nanmin(low):g} to {np.nanmax(high):g} in the training rows",
        "scaling": str(dataset.scaling),
        "labels": _labels(dataset),
        "missing": f"{missing} numbers" if missing else "none",
        "constant": _constant(dataset, known.constant),
    }
    if dataset.notes:
        lines["notes"] = "; ".join(dataset.notes)
    return lines


def _items(dataset):
    if dataset.shape is None:
        return f"rows of {dataset.x[0].shape[1]} columns"
    height, width, *colour = dataset.shape
    return f"images of {height} x {width} pixels, {'in colour' if colour else 'grey'}"


def _labels(dataset):
    if dataset.labels is None:
        return "none"
    classes, counts = np.unique(dataset.labels[0], return_counts=True)
    listed = [f"{c} ({n})" for c, n in zip(classes, counts, strict=True)]
    return f"{len(classes)} classes: {_some(listed)}"


def _constant(dataset, constant):
    names = dataset.columns
    if names is None:
        return f"{constant.sum()} pixels"
    listed = [repr(names[i]) for i in np.flatnonzero(constant)]
    return f"{len(listed)} columns: {_some(listed)}" if listed else "none"


def _some(texts):
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more
