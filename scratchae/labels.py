"""Labels at the door: one for each row, of one kind, and not too many of them."""

import contextlib
import inspect

import numpy as np

from scratchae.errors import sklearn_warning, warn

MAX_CLASSES = 1000  # also bounds what a file may claim
KINDS = dict.fromkeys("biuf", "numbers") | {"U": "text"}  # by NumPy's letter of a dtype


def check_labels(y, n, owner):
    """Return y as an array of one label for each of n rows : (n,), numbers or text.

    A column (n, 1) is flattened with scikit-learn's warning. Raises ValueError for
    any other shape, for NaN and masked labels, for labels of mixed kinds, and for
    floats that are not whole: those are the target of a regression.
    """
    if y is None:
        raise ValueError(
            f"This {owner} estimator requires y to be passed, but the target y is None."
        )
    if np.ma.is_masked(y):
        raise ValueError(f"{owner} got y with masked labels, which are of no class. "
                         "Leave these rows out.")
    if isinstance(y, (list, tuple)):
        y = np.asarray(y, dtype=object)  # else numbers beside text become text
    y = _one_kind(np.asarray(y), owner)
    if y.size == 0:
        raise ValueError(f"Found array with 0 sample(s) (shape={y.shape}) while a "
                         f"minimum of 1 is required by {owner}.")
    if y.shape == (n, 1):
        warn("A column-vector y was passed when a 1d array was expected. Please change "
             "the shape of y to (n_samples, ), for example using ravel().",
             sklearn_warning("DataConversionWarning"))
        y = y.ravel()
    if y.shape != (n,):
        raise ValueError(
            f"{owner} got y of shape {y.shape}; expected one label for each of the "
            f"{n} rows; y should be a 1d array of shape ({n},)"
        )
    return y


def labels_for(method, y):
    """What goes after X in a call of a model's method: the labels, if there are any.

    Raises TypeError for labels that the model does not take.
    """
    if y is None:
        return ()
    if "y" not in inspect.signature(method).parameters:
        owner = type(method.__self__).__name__
        raise TypeError(f"{owner} takes no labels. Got y={y!r:.60}.")
    return (y,)


def find_classes(y, owner, at_least=1):
    """The classes of checked labels y : (n,), sorted; ValueError for too few or many.

    More than MAX_CLASSES are refused here, since a file with them could not be read.
    """
    classes = np.unique(y)
    if len(classes) < at_least:
        raise ValueError(f"{owner} needs samples of at least {at_least} classes in the "
                         "data, but the data contains only one class: "
                         f"{classes.item(0)!r}")
    if len(classes) > MAX_CLASSES:
        raise ValueError(
            f"{owner} got {len(classes)} classes; expected at most {MAX_CLASSES}. Is y "
            "a target of a regression, or an index of the rows?"
        )
    return classes


def check_known_kind(y, classes, owner):
    """Refuse text where the model knows numbers, and the reverse: no two are equal."""
    asked, known = KINDS[y.dtype.kind], KINDS[classes.dtype.kind]
    if asked != known:
        raise ValueError(f"{owner} was fitted with labels that are {known}, such as "
                         f"{classes[0].item()!r}; got {asked}, such as "
                         f"{y.flat[0].item()!r}")


def are_right(predicted, y, classes, owner):
    """Which labels y equal the predicted ones : (n,) of bool; see `check_labels`."""
    y = check_labels(y, len(predicted), owner)
    check_known_kind(y, classes, owner)
    return predicted == y


def most_probable(scores, classes, owner):
    """The class of each row's largest score : (n,).  scores : (n, classes).

    Raises ValueError where a score is NaN: the largest would be any of them.
    """
    broken = np.flatnonzero(np.isnan(scores).any(axis=1))
    if broken.size:
        raise ValueError(f"{owner} has no prediction for row {broken[0]}: its scores "
                         "are NaN. Are the weights finite?")
    return classes[scores.argmax(axis=1)]


def _one_kind(y, owner):
    if y.dtype.kind == "O":
        y = _from_objects(y, owner)
    if y.dtype.kind == "T":  # NumPy's strings of any length
        y = np.array(y.tolist(), dtype=str)
    if y.dtype.kind not in KINDS:
        raise ValueError(f"Unknown label type: {owner} got y of dtype {y.dtype}; "
                         "expected numbers or text")
    if y.dtype.kind == "f":
        if np.isnan(y).any():
            raise ValueError("Input y contains NaN.")
        if np.isinf(y).any():
            raise ValueError(
                f"Input y contains infinity or a value too large for {y.dtype!r}."
            )
        if (y != np.floor(y)).any():
            raise ValueError(f"Unknown label type: continuous. {owner} expects "
                             "discrete classes; y is the target of a regression.")
    return y


def _from_objects(y, owner):
    """Objects that are all text or all numbers, as an array of that kind."""
    values = y.ravel().tolist()
    if all(isinstance(value, str) for value in values):
        return y.astype(str)
    if any(map(_is_missing, values)):
        raise ValueError("Input y contains NaN.")
    if not any(isinstance(value, str) for value in values):
        with contextlib.suppress(TypeError, ValueError):  # values without an array
            return np.array(values).reshape(y.shape)
    kinds = sorted({type(value).__name__ for value in values})
    raise ValueError(f"Unknown label type: {owner} got y with {kinds}; labels must "
                     "be uniformly strings or numbers")


def _is_missing(value):
    """None, NaN, and what pandas calls NA and NaT."""
    if isinstance(value, float):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")
