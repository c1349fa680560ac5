"""What in data stands in the way of a model, said before it is trained or tested."""

import numpy as np

from scratchae import ConditionalVariationalAutoencoder, StackedClassifier
from scratchae.data.statistics import statistics
from scratchae.errors import warn

LABELLED = (StackedClassifier, ConditionalVariationalAutoencoder)
FAR = 10  # standardised numbers are smaller, nearly always


def labels_of(model, dataset, part):
    """The labels of a part where the model is told them, else nothing."""
    if not isinstance(model, LABELLED):
        return ()
    if dataset.labels is None:
        raise ValueError(f"{type(model).__name__} needs labels, and {dataset.source} "
                         "has none: subfolders of pictures are classes, --label COLUMN "
                         "names that of a table")
    return (dataset.labels[part],)


def refuse_untrained_classes(model, dataset):
    """Raise ValueError for test labels of which a model of p(x|y) will know nothing.

    A classifier's figure counts them: it takes each for another.
    """
    if not isinstance(model, ConditionalVariationalAutoencoder):
        return
    if dataset.labels is None:
        return  # `labels_of` refuses that
    trained, tested = dataset.labels
    new = np.setdiff1d(tested, trained)
    if len(new):
        source, listed = dataset.tested, ", ".join(map(str, new))
        raise ValueError(f"{source}: there are test rows of {listed}, and no training "
                         "row, so that a cvae cannot be tested: --test FILE gives "
                         "others")


def refuse_outside(model, dataset):
    """Raise ValueError where a Bernoulli loss would get numbers outside [0, 1]."""
    for option, other in (("decoder", "gaussian"), ("loss", "squared_error")):
        if getattr(model, option, None) != "bernoulli" or dataset.in_unit_interval:
            continue
        if dataset.scaling.kind == "minmax":
            what, also = "rows beyond those of the training", ""
        elif dataset.scaling.kind == "pixels":
            what = "pixels beyond all of the training"
            also = ", or on numbers that were divided by the largest possible one"
        else:
            what = "others"
            also = (" (or with --scale minmax, if no row may lie beyond those of the "
                    "training)")
        raise ValueError(
            f"--{option} bernoulli takes numbers in [0, 1], and {dataset.source} has "
            f"{what}, {dataset.scaling}: train with --{option} {other}{also}"
        )


def what_may_be_missing(model):
    """How a table is read for this model: empty cells are kept if it has a mask."""
    masked = getattr(model, "missing", "error") == "mask"
    return {"missing": "mask"} if masked else {}


def refuse_empty_columns(model, dataset):
    """Raise ValueError for a column of which a model with a mask sees no number."""
    if what_may_be_missing(model) and dataset.columns is not None:
        lows = statistics(dataset.x[0], None, dataset.source).low
        for i in np.flatnonzero(np.isnan(lows)):
            raise ValueError(f"{dataset.source}: column {dataset.columns[i]!r} has no "
                             "number in any training row: leave it out")


def warn_of_far_numbers(dataset):
    """Warn of a column that hardly varies: standardised, it is far away where it does.
    """
    if dataset.scaling.kind != "standard":
        return
    known = [statistics(x, None, dataset.source) for x in dataset.x]
    far = np.fmax.reduce([np.abs(end) for s in known for end in (s.low, s.high)])
    i = int(np.nanargmax(far))
    if far[i] > FAR:
        what, way = f"pixel {i}", "without --scale"
        if dataset.shape is None:
            what, way = f"column {dataset.columns[i]!r}", "with --scale minmax"
        warn(f"{what} is up to {far[i]:.0f} standard deviations away, since it hardly "
             f"varies else: no model copies that, and losses are huge; train {way}")
