"""k-nearest neighbours in code space: what the distances of a code are worth (S16)."""

import numpy as np

from scratchae.formulas.subspaces import near_one
from scratchae.labels import check_known_kind, check_labels, find_classes
from scratchae.validation import check_data, check_number

BLOCK_BYTES = 2**26  # of distances and their order, at a time
ROUNDING = 16 * np.finfo(float).eps  # of a squared distance by the formula below


def nearest_neighbours(codes_train, codes_test, n_neighbours=1):
    """Indices of the nearest training codes by Euclidean distance, nearest first.

    |a - b|^2 = |a|^2 - 2 a b + |b|^2; |a|^2 is the same for all b and left out. Those
    that rounding cannot tell apart are compared by sum (a - b)^2, exact ties by index.
    codes_train : (n, k)   codes_test : (m, k).  Returns (m, n_neighbours) ints.
    """
    owner = "nearest_neighbours"
    check = {"owner": owner, "dtype": np.float64, "squares": True}
    train = check_data(codes_train, "codes_train", **check)
    test = check_data(codes_test, "codes_test", n_features=train.shape[1], **check)
    k = check_number(n_neighbours, "n_neighbours", owner=owner, low=1, high=len(train),
                     integer=True)
    mean = train.mean(axis=0)
    centred, unit = near_one(train - mean)  # a common offset would cost digits
    squares = np.einsum("nk,nk->n", centred, centred)
    nearest = np.empty((len(test), k), np.int64)
    block = max(1, BLOCK_BYTES // (len(train) * (train.itemsize + 8)))
    for start in range(0, len(test), block):
        given = test[start : start + block]
        rows = (given - mean) / unit
        near = squares - 2 * rows @ centred.T  # (block, n)
        last = np.partition(near, k - 1, axis=1)[:, k - 1]
        size = np.einsum("nk,nk->n", rows, rows) + squares.max()
        slack = ROUNDING * train.shape[1] * size
        for i, row in enumerate(given):  # less the mean, equals would be rounded apart
            candidates = np.flatnonzero(near[i] <= last[i] + slack[i])
            exact = np.sum(((train[candidates] - row) / unit) ** 2, axis=1)
            order = np.argsort(exact, kind="stable")[:k]
            nearest[start + i] = candidates[order]
    return nearest


def neighbour_error(codes_train, labels_train, codes_test, labels_test, n_neighbours=1):
    """Share of test images whose nearest neighbours vote for another label.

    Each neighbour has one vote; a tie goes to the smallest label.
    """
    owner = "neighbour_error"
    y_train = check_labels(labels_train, len(codes_train), f"{owner}: labels_train")
    y_test = check_labels(labels_test, len(codes_test), f"{owner}: labels_test")
    classes = find_classes(y_train, owner)
    check_known_kind(y_test, classes, owner)
    y = np.searchsorted(classes, y_train)
    votes = y[nearest_neighbours(codes_train, codes_test, n_neighbours)]  # (m, k)
    counts = np.stack([(votes == c).sum(axis=1) for c in range(len(classes))], axis=1)
    return float(np.mean(classes[counts.argmax(axis=1)] != y_test))
