"""Checks at the door: bad input gets one clear error, in scikit-learn's wording."""

import difflib
import numbers

import numpy as np


def check_data(X, name="X", *, owner, dtype=np.float32, n_features=None, unit=False):
    """Return X as a finite 2-D float array, or raise a ValueError that says why not.

    X : (n, d) array-like of numbers. It is never written to; it is copied only where
        its dtype or layout must change.
    owner : name of the estimator, for the message
    n_features : the d that is expected, if one is
    unit : whether values must lie in [0, 1], as a Bernoulli loss needs
    """
    if hasattr(X, "toarray"):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. "
            "Use '.toarray()' to convert to a dense numpy array."
        )
    X = np.asarray(X)
    if np.iscomplexobj(X):
        raise ValueError(f"Complex data not supported\n{name} has dtype {X.dtype}.")
    if X.dtype.kind not in "biuf":
        X = X.astype(np.float64)  # numbers kept as objects; text raises here
    _check_shape(X, name, owner, n_features)
    with np.errstate(over="ignore"):  # an overflow is reported as infinity below
        converted = np.ascontiguousarray(X, dtype=dtype)
    _check_finite(converted, name)
    if unit:
        _check_unit_interval(X, name, owner)
    return converted


def _check_shape(X, name, owner, n_features):
    if X.ndim != 2:
        hint = {
            0: "Reshape your data: one image is array.reshape(1, -1).",
            1: "Reshape your data: one image is array.reshape(1, -1), "
            "one feature is array.reshape(-1, 1).",
        }.get(X.ndim, "Flatten images first: X.reshape(len(X), -1).")
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead: {name} has shape "
            f"{X.shape}. {hint}"
        )
    for axis, what in ((0, "sample"), (1, "feature")):
        if X.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum of 1 "
                f"is required by {owner}."
            )
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(
            f"{name} has {X.shape[1]} features, but {owner} is expecting "
            f"{n_features} features as input."
        )


def _check_finite(X, name):
    # A sum is finite only if every term is; the exact test runs when it is not.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(X.sum(dtype=np.float64)):
            return
    if np.isnan(X).any():
        raise ValueError(f"Input {name} contains NaN.")
    if np.isinf(X).any():
        raise ValueError(
            f"Input {name} contains infinity or a value too large for {X.dtype!r}."
        )


def _check_unit_interval(X, name, owner):
    low, high = X.min(), X.max()
    if low < 0 or high > 1:
        hint = ""
        if low >= 0 and high <= 255 and np.issubdtype(X.dtype, np.integer):
            hint = f" These look like 8-bit images: divide by 255 ({name} / 255)."
        raise ValueError(
            f"{owner} with a Bernoulli loss expects {name} with values in [0, 1]; "
            f"got values from {low:g} to {high:g}.{hint}"
        )


def check_number(value, name, *, owner, low, high=np.inf, integer=False, closed="left"):
    """Return value if it is a number in the interval, else raise as scikit-learn does.

    closed : which ends belong to the interval: "left", "both", "neither", "right"
    """
    kind = numbers.Integral if integer else numbers.Real
    inside = (
        isinstance(value, kind)
        and not isinstance(value, (bool, np.bool_))
        and (low <= value if closed in ("left", "both") else low < value)
        and (value <= high if closed in ("right", "both") else value < high)
    )
    if not inside:
        what = "an int" if integer else "a float"
        left = "[" if closed in ("left", "both") else "("
        right = "]" if closed in ("right", "both") else ")"
        raise _parameter_error(
            name, owner, f"{what} in the range {left}{low:g}, {high:g}{right}", value
        )
    return int(value) if integer else float(value)


def check_choice(value, name, options, *, owner):
    """Return value if it is one of options, else name them and the nearest one."""
    if isinstance(value, str) and value in options:
        return value
    listed = ", ".join(repr(option) for option in sorted(options))
    error = _parameter_error(name, owner, f"a str among {{{listed}}}", value)
    near = difflib.get_close_matches(str(value).lower(), options, n=1)
    if near:
        raise type(error)(f"{error} Did you mean {near[0]!r}?")
    raise error


def check_flag(value, name, *, owner):
    """Return value if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise _parameter_error(name, owner, "a bool", value)
    return bool(value)


def check_layer_sizes(value, name, *, owner):
    """Return a tuple of positive ints; one int stands for one layer."""
    sizes = (value,) if isinstance(value, numbers.Integral) else value
    try:
        sizes = tuple(sizes)
    except TypeError:
        raise _parameter_error(name, owner, "a tuple of ints", value) from None
    return tuple(
        check_number(size, name, owner=owner, low=1, integer=True) for size in sizes
    )


def check_random_state(value, *, owner):
    """Return a Generator from None, an int, a Generator or a RandomState.

    A Generator is used itself. A RandomState gives the seed of a new one, by a draw
    that moves it on: the same state, the same numbers; the next call, others.
    """
    check_seed(value, owner=owner)
    if isinstance(value, np.random.RandomState):
        value = value.randint(2**32, size=4, dtype=np.uint32)
    return np.random.default_rng(value)


def check_seed(value, *, owner):
    """Return value if a Generator can be made from it; draws nothing."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    states = (np.random.Generator, np.random.RandomState)
    if value is None or isinstance(value, states) or (whole and value >= 0):
        return value
    raise _parameter_error(
        "random_state",
        owner,
        "None, a non-negative int, a numpy Generator or a RandomState",
        value,
    )


def _parameter_error(name, owner, expected, value):
    return ValueError(
        f"The {name!r} parameter of {owner} must be {expected}. Got {value!r} instead."
    )
