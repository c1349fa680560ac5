"""Labels beside images: what the models that are told the class share."""

import numpy as np

from scratchae.errors import CheckpointError
from scratchae.labels import MAX_CLASSES, check_known_kind, check_labels, find_classes
from scratchae.rows import MappedRows


def beside_one_hot(X, y, classes, owner):
    """X with the labels' one-hot columns beside it.  (n, d) -> (n, d + classes).

    y : (n,), or one label for all rows. Raises ValueError for an unknown label.
    """
    if y is not None and np.asarray(y).ndim == 0:
        y = np.full(len(X), y)
    y = check_labels(y, len(X), owner)
    check_known_kind(y, classes, owner)
    unknown = np.setdiff1d(y, classes)
    if unknown.size:
        raise ValueError(f"{owner} got unknown labels {unknown.tolist()}; expected "
                         f"some of {classes.tolist()}")
    one_hot = y[:, None] == classes
    if isinstance(X, MappedRows):
        return X.with_beside(one_hot)
    return np.ascontiguousarray(np.concatenate([X, one_hot], axis=1, dtype=X.dtype))


class WithClasses:
    """For a neural model that is told labels: `classes_`, also in its checkpoint.

    A subclass provides `build_network(d, n_classes)`.
    """

    def _network_for(self, d, classes):
        network = self.build_network(d, len(classes))
        network.classes = classes
        return network

    def _adopt(self, network, history):
        self.classes_ = network.classes
        super()._adopt(network, history)

    def _check_all_are_trained(self, y, classes):
        """The last rows, kept for validation, may have no class of their own."""
        trained, _ = self._split(y, None)
        missing = np.setdiff1d(classes, trained)
        if missing.size:
            data = ", or pass validation_data" if self._takes_validation_data else ""
            raise ValueError(
                f"{type(self).__name__} got the classes {missing.tolist()} in the last "
                f"rows only, which validation_fraction={self.validation_fraction} "
                f"keeps from training. Shuffle the rows{data}."
            )

    def description(self):
        return super().description() | {"classes": self.classes_.tolist()}

    def described_network(self, description):
        classes = description.get("classes")
        if not isinstance(classes, list) or not _are_classes(classes):
            raise CheckpointError(f"expected a list of classes, got {classes!r}")
        return self._network_for(description["n_features"], np.array(classes))


def _are_classes(classes):
    """Whether these are what `find_classes` returns, so sorted and of one kind."""
    nested = any(isinstance(label, (list, dict)) for label in classes)
    if nested or not 1 <= len(classes) <= MAX_CLASSES:
        return False
    try:
        found = find_classes(check_labels(classes, len(classes), "classes"), "classes")
    except ValueError:
        return False
    return np.array_equal(found, classes)
