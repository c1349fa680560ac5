"""A seeded split into training and test rows, of each class the same share."""

import numpy as np


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
