"""Labels beside images: what the models that are told the class share."""

import numpy as np

from scratchae.errors import CheckpointError

MAX_CLASSES = 1000  # bounds what a file may claim


def check_labels(y, n, owner):
    """y as an array of one label for each of n rows, or a ValueError."""
    y = np.asarray(y)
    if y.shape != (n,):
        raise ValueError(
            f"{owner} got y of shape {y.shape}; expected one label for each of the "
            f"{n} rows"
        )
    return y


def beside_one_hot(X, y, classes, owner):
    """X with the labels' one-hot columns beside it.  (n, d) -> (n, d + classes).

    y : (n,), or one label for all rows. Raises ValueError for an unknown label.
    """
    y = np.asarray(y)
    y = np.full(len(X), y) if y.ndim == 0 else check_labels(y, len(X), owner)
    unknown = np.setdiff1d(y, classes)
    if unknown.size:
        raise ValueError(
            f"{owner} got unknown labels {unknown.tolist()}; expected some of "
            f"{classes.tolist()}"
        )
    one_hot = (y[:, None] == classes).astype(X.dtype)
    return np.ascontiguousarray(np.concatenate([X, one_hot], axis=1))


class WithClasses:
    """For a neural model with `classes_`: they go into its checkpoint."""

    def _description(self):
        return super()._description() | {"classes": self.classes_.tolist()}

    def _described_network(self, description):
        classes = description.get("classes")
        if not isinstance(classes, list) or not 1 <= len(classes) <= MAX_CLASSES:
            raise CheckpointError(f"expected a list of classes, got {classes!r}")
        self.classes_ = np.array(classes)
        return self._build_network(description["n_features"], len(classes))
