"""k-nearest neighbours in code space: what the distances of a code are worth (S16)."""

import numpy as np

from scratchae.validation import check_data, check_number

BLOCK_BYTES = 2**26  # of distances and their order, at a time


def nearest_neighbours(codes_train, codes_test, n_neighbours=1):
    """Indices of the nearest training codes by Euclidean distance, nearest first.

    |a - b|^2 = |a|^2 - 2 a b + |b|^2; |a|^2 is the same for all b and left out.
    codes_train : (n, k)   codes_test : (m, k).  Returns (m, n_neighbours) ints.
    """
    owner = "nearest_neighbours"
    check = {"owner": owner, "dtype": np.float64}
    train = check_data(codes_train, "codes_train", **check)
    test = check_data(codes_test, "codes_test", n_features=train.shape[1], **check)
    k = check_number(n_neighbours, "n_neighbours", owner=owner, low=1, high=len(train),
                     integer=True, closed="both")  # fmt: skip
    squares = np.einsum("nk,nk->n", train, train)
    nearest = np.empty((len(test), k), np.int64)
    block = max(1, BLOCK_BYTES // (len(train) * (train.itemsize + 8)))
    for start in range(0, len(test), block):
        rows = test[start : start + block]
        distances = squares - 2 * rows @ train.T  # (block, n)
        found = np.argpartition(distances, k - 1, axis=1)[:, :k]
        order = np.take_along_axis(distances, found, axis=1).argsort(axis=1)
        nearest[start : start + block] = np.take_along_axis(found, order, axis=1)
    return nearest


def neighbour_error(codes_train, labels_train, codes_test, labels_test,
                    n_neighbours=1):  # fmt: skip
    """Share of test images whose nearest neighbours vote for another label.

    Each neighbour has one vote; a tie goes to the smallest label.
    """
    for name, labels, codes in (
        ("labels_train", labels_train, codes_train),
        ("labels_test", labels_test, codes_test),
    ):
        if np.shape(labels) != (len(codes),):
            raise ValueError(
                f"neighbour_error got {name} of shape {np.shape(labels)}; expected "
                f"({len(codes)},)"
            )
    classes, y = np.unique(labels_train, return_inverse=True)
    votes = y[nearest_neighbours(codes_train, codes_test, n_neighbours)]  # (m, k)
    counts = np.stack([(votes == c).sum(axis=1) for c in range(len(classes))], axis=1)
    return float(np.mean(classes[counts.argmax(axis=1)] != np.asarray(labels_test)))
