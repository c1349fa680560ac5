"""The gradient check of a whole model, one's own pieces included."""

import copy
import tempfile
from pathlib import Path

import numpy as np

from scratchae.conventions import Classifier
from scratchae.gradcheck import check_parameters
from scratchae.labels import check_labels, find_classes
from scratchae.models.labels import WithClasses, beside_one_hot
from scratchae.models.persistence import load
from scratchae.networks.checking import checkable, random_parameters
from scratchae.nn.backend import BACKENDS, backend, get_backend
from scratchae.validation import check_data, check_random_state

LARGEST = 20_000  # parameters; each is moved by itself
POINTS = 20  # that are drawn until one depends on all parameters


def check_model(model, X, y=None, *, method="auto", random_state=0):
    """Check the hand-written gradient of every parameter of a model's network.

    It is compared with the numerical derivative of the loss, in float64, at random
    parameters and with the noise of one batch held fixed (lecture 01, section 6). They
    are drawn anew while all units of a layer are dead, below which nothing counts.

    model : an estimator, fitted or not; it stays as it is
    X : (n, d), a few rows   y : (n,), for a model that is told labels
    method : as in `check_gradient`
    Returns a GradientReport: one row for each parameter, from the loss backwards.
    Raises TypeError for what has no gradient, ValueError for a model of more than
    20 000 parameters, and for one whose gradient is drawn (gradient_samples).
    """
    owner = f"check_model({type(model).__name__})"
    _check_learns(model)
    model.check_parameters()
    _check_not_drawn(model, owner)
    rng = check_random_state(random_state, owner=owner)
    new = _with(model, np.float64)  # of today's parameters, not those of a fit
    X = check_data(X, owner=owner, dtype=np.float64,
                   unit=new._needs_unit_interval(vars(new)),
                   missing=new._takes_missing, squares=True)
    rows, sizes = _rows_and_sizes(model, X, y, owner)
    network = new.build_network(*sizes)
    complex_twin = _with(model, np.complex128).build_network(*sizes)
    _check_size(network.parameters.size, owner)
    for _ in range(POINTS):
        point = random_parameters(network, rng)
        inputs = network.draw(rows, rng, epoch=1)
        parts = checkable(network, complex_twin, inputs, point)
        if all(gradient.any() for gradient in parts[1].values()):
            break  # else a layer of dead units hides whatever is below it
    loss, gradients, kinks = parts
    return check_parameters(loss, point, gradients, method, kinks=kinks,
                            model=type(model).__name__)


def _check_learns(model):
    if isinstance(model, type) or not hasattr(model, "build_network"):
        raise TypeError("check_model expects a model that learns by gradients, such as "
                        f"Autoencoder(); got {model!r}")


def _check_size(size, owner):
    if size > LARGEST:
        raise ValueError(f"{owner} has {size} parameters; expected at most {LARGEST}: "
                         "take fewer features and smaller layers")


def _check_not_drawn(model, owner):
    """A drawn gradient agrees with the derivative in expectation only."""
    drawn = getattr(model, "gradient_samples", None)
    if drawn is not None:
        raise ValueError(
            f"{owner}: with gradient_samples={drawn} the gradient is that of a draw, "
            "which no numerical derivative gives; expected gradient_samples=None"
        )


def try_backends(model, X, few, **own):
    """Check a model's gradient, train, save and load it, on each backend.

    model : an estimator   X : (n, d)   few : (m, d), rows for `check_model`
    own : its parameters that are objects of one's own, as for `load`
    Returns the names of the backends on which the loss fell and the loaded model's
    codes have the same bits: of "numpy" alone where the kernels cannot be used. Raises
    GradientCheckError for a wrong gradient.
    """
    served, model = [], copy.deepcopy(model)  # the caller's stays as it is
    for name in BACKENDS:
        with backend(name), tempfile.TemporaryDirectory() as folder:
            if get_backend() != name:
                continue  # NumPy serves in its place, and has a turn of its own
            check_model(model, few).raise_if_failed()
            losses = model.fit(X).history_["loss"]
            model.save(Path(folder) / "model.npz")
            again = load(Path(folder) / "model.npz", **own)
            same = np.array_equal(again.transform(X), model.transform(X))
            if same and losses[-1] < losses[0]:
                served.append(name)
    return served


def _rows_and_sizes(model, X, y, owner):
    """What a batch is, and what `build_network` is called with."""
    if not isinstance(model, WithClasses):
        return X, (X.shape[1],)
    least = 2 if isinstance(model, Classifier) else 1  # as for `fit`
    classes = find_classes(check_labels(y, len(X), owner), owner, at_least=least)
    return beside_one_hot(X, y, classes, owner), (X.shape[1], len(classes))


def _with(model, dtype):
    """An unfitted model of the same parameters and another dtype."""
    twin = type(model)(**model.get_params())
    twin.dtype = dtype
    return twin
