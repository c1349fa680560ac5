"""Checks at the door: bad input gets one clear error, in scikit-learn's wording."""

from contextlib import suppress

import numpy as np

from scratchae.constraints import SEED, Choice, Number, check_table
from scratchae.errors import warn
from scratchae.frames import feature_names
from scratchae.rows import BLOCK, MappedRows, blocks_of

ROUNDING = 1e-6  # at most so far outside [0, 1] can rounding bring a scaled number
MOST_COLUMNS = 5  # that a message lists
WAYS_OUT_OF_NAN = (
    "Leave those rows out, or fill them in, e.g. with sklearn.impute.SimpleImputer; "
    "DenoisingAutoencoder(missing='mask') learns from rows that lack something."
)
LARGEST = 1e152  # sums of squares of larger numbers leave the range of float64
ROOM = 2**20  # times a number that is read may grow, in a layer's sum, before inf - inf
UNSCALED = 10  # standardised numbers are smaller, nearly always
TINY = 1e-9  # and the largest of them is larger
COARSE = 1e-3  # of a column's range: no number may be moved as far by rounding


def check_data(X, name="X", *, owner, dtype=np.float32, n_features=None, unit=False,
               mapped=False, missing=False, first=None, squares=False):
    """Return X as a finite 2-D float array, or raise a ValueError that says why not.

    X : (n, d) array-like of numbers. It is never written to; it is copied only where
        its dtype or layout must change.
    owner : name of the estimator, for the message
    n_features : the d that is expected, if one is
    unit : whether values must lie in [0, 1], as a Bernoulli loss needs; the option
        that takes other values, as a str, is named in the error. What rounding has
        brought outside by a few units in the last place is set to 0 or 1.
    missing : whether NaN may be in it, for what is missing
    mapped : whether `MappedRows` may stay on disk; they are read once, to be checked
    first : of a block of rows, the number of its first one, for the message
    squares : whether the numbers are to be learned from, so that sums of their squares
        must stay in the range of float64
    """
    if mapped and isinstance(X, MappedRows):
        if 0 in X.shape or n_features not in (None, X.shape[1]):
            _refuse_shape(X, name, owner, n_features)
        for i, block in enumerate(X.blocks()):
            check_data(block, name, owner=owner, dtype=dtype, unit=unit,
                       missing=missing, first=i * BLOCK, squares=squares)
        return X.astype(dtype, unit=bool(unit))
    table, is_usual = X, type(X) is np.ndarray and X.dtype.kind == "f"
    X = X if is_usual else _numbers(X, name)
    if X.ndim != 2 or 0 in X.shape or n_features not in (None, X.shape[1]):
        _refuse_shape(X, name, owner, n_features)
    with np.errstate(over="ignore", invalid="ignore"):  # is reported as infinity
        converted = np.ascontiguousarray(X, dtype=dtype)
    largest = max(float(converted.max()), -float(converted.min()))  # NaN if one is
    limit = float(np.finfo(converted.dtype).max) / ROOM
    if not largest <= limit:
        _check_finite(converted, name, table, missing, first, limit)
    if squares and not largest <= LARGEST:
        _check_squares(X, name, first or 0)
    if squares and first is None and not np.can_cast(X.dtype, converted.dtype):
        _warn_of_coarse(X, converted, name, table)
    if unit and not (X.min() >= 0 and X.max() <= 1):
        return _into_unit_interval(X, converted, name, owner, unit, first or 0)
    return converted


def _numbers(X, name):
    """X as an array of real numbers."""
    if hasattr(X, "toarray"):
        raise TypeError(f"Sparse data was passed for {name}, but dense data is "
                        "required. Use '.toarray()' to convert to a dense numpy array.")
    rows = X if isinstance(X, (list, tuple)) else ()  # np.asarray forgets their masks
    if np.ma.is_masked(X) or any(map(np.ma.is_masked, rows)):
        raise ValueError(f"Input {name} is a masked array with masked values, which "
                         f"have no number. Fill them first: {name}.filled(value).")
    X = np.asarray(X)
    if np.iscomplexobj(X):
        raise ValueError(f"Complex data not supported\n{name} has dtype {X.dtype}.")
    if X.dtype.kind in "mM":
        raise ValueError(f"Input {name} holds times ({X.dtype}), not numbers.")
    if X.dtype.names:
        raise ValueError(f"Input {name} has fields with names, {X.dtype.names}. Make "
                         "them columns first: numpy.lib.recfunctions."
                         f"structured_to_unstructured({name}).")
    if X.dtype.kind in "biuf":
        return X
    try:
        return X.astype(np.float64)  # numbers kept as objects; text raises here
    except TypeError as error:
        if "NAType" not in str(error):  # the missing value of pandas
            raise
        missing = np.vectorize(lambda cell: type(cell).__name__ == "NAType", [bool])(X)
        return np.where(missing, np.nan, X).astype(np.float64)


def _refuse_shape(X, name, owner, n_features):
    if X.ndim != 2:
        hint = {
            0: "Reshape your data: one image is array.reshape(1, -1).",
            1: "Reshape your data: one image is array.reshape(1, -1), "
            "one feature is array.reshape(-1, 1).",
        }.get(X.ndim, "Flatten images first: X.reshape(len(X), -1).")
        raise ValueError(f"Expected 2D array, got {X.ndim}D array instead: {name} has "
                         f"shape {X.shape}. {hint}")
    for axis, what in ((0, "sample"), (1, "feature")):
        if X.shape[axis] == 0:
            raise ValueError(f"Found array with 0 {what}(s) (shape={X.shape}) while a "
                             f"minimum of 1 is required by {owner}.")
    raise ValueError(f"{name} has {X.shape[1]} features, but {owner} is expecting "
                     f"{n_features} features as input.")


def _check_finite(X, name, table, missing, first, limit):
    holes, rows = np.isnan(X), f"{len(X)} rows"
    if first is not None:  # a block
        rows = f"the {rows} from row {first} on"
    if holes.any() and not missing:
        raise ValueError(
            f"Input {name} contains NaN in {holes.any(axis=1).sum()} of {rows}: "
            f"{_listed(holes.any(axis=0), feature_names(table))}. {WAYS_OUT_OF_NAN}"
        )
    if (np.abs(X) > limit).any():
        raise ValueError(
            f"Input {name} contains infinity or a value too large for {X.dtype!r}."
        )


def _check_squares(X, name, first):
    where = np.argwhere(np.abs(X) > np.float64(LARGEST))  # X may be float32
    if len(where):
        row, column = where[0]
        raise ValueError(
            f"Input {name} contains infinity or a value too large for dtype('float64')"
            f": the square of {X[row, column]!s}, in row {first + row}, column "
            f"{column}. Scale the columns."
        )


def _warn_of_coarse(X, converted, name, table):
    """Say which columns lose their differences where X becomes `converted`.

    A column that is constant but for the rounding of its own numbers has none to lose.
    """
    low, high = np.fmin.reduce(X), np.fmax.reduce(X)  # of the known cells
    largest = np.maximum(np.abs(low), np.abs(high)).astype(converted.dtype)
    differs = high - low > 8 * np.spacing(np.abs(high).astype(np.float64))
    lost = differs & (np.spacing(largest) > COARSE * (high - low))
    if lost.any():
        column = np.flatnonzero(lost)[0]
        warn(f"Input {name} loses most of what differs in "
             f"{_listed(lost, feature_names(table))} where it becomes {converted.dtype}"
             f": numbers from {low[column]!s} to {high[column]!s} lie too close "
             "together. Standardise the columns, or use dtype='float64'.")


def _listed(chosen, columns):
    """The columns that are chosen, by name where they have names, else by number."""
    numbers = np.flatnonzero(chosen)
    listed = [str(j) if columns is None else repr(columns[j]) for j in numbers]
    more = ", ..." if len(listed) > MOST_COLUMNS else ""
    some = ", ".join(listed[:MOST_COLUMNS])
    return f"column{'s' if len(listed) > 1 else ''} {some}{more}"


def _into_unit_interval(X, converted, name, owner, alternative, first):
    """What rounding has brought outside is brought back; else a ValueError."""
    low, high = X.min(), X.max()
    ulp = max(np.finfo(a.dtype).eps for a in (X, converted) if a.dtype.kind == "f")
    slack = min(4 * ulp, ROUNDING)
    if low >= -slack and high <= 1 + slack:
        return converted.clip(0, 1)
    row, column = np.argwhere((X < -slack) | (X > 1 + slack))[0]
    raise ValueError(
        f"{owner} with a Bernoulli loss expects {name} with values in [0, 1]; got "
        f"values from {low!s} to {high!s}, the first of them outside in row "
        f"{first + row}, column {column}: {X[row, column]!s}. "
        f"{_way_into_unit(X, name, alternative)}"
    )


def _way_into_unit(X, name, alternative):
    """What to do with numbers outside [0, 1], by what they look like."""
    low, high = X.min(), X.max()
    other = f", or use {alternative}" if isinstance(alternative, str) else ""
    clipped = f"sklearn.preprocessing.MinMaxScaler(clip=True){other}."
    if low < -0.5 or high > 255:
        return f"Scale the columns with {clipped}"
    if low < 0 or high < 2:
        return f"If they were scaled to another part of the data: {clipped}"
    if high > 16 or X.dtype.kind in "iu":
        return f"These look like 8-bit images: divide by 255 ({name} / 255)."
    return f"Divide by the largest possible value ({name} / {high:g}?){other}."


def refuse_pair(data, owner):
    """Raise ValueError for validation data that are rows and something beside them."""
    if isinstance(data, tuple | list) and len(data) == 2 and np.ndim(data[0]) == 2:
        raise ValueError(f"{owner} validates on rows alone, which are their own "
                         "target: validation_data=X. Got a pair.")


def scale_advice(X, d=None):
    """One sentence on the column of X : (n, d) with the largest numbers, or None.

    d : how many columns are data, if labels stand beside them
    None means that they are of the size of standardised data, or all 0: then no scaling
    helps where a training diverges.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    if np.isnan(low).any():  # a table with empty cells: of the rest
        ends = [(np.fmin.reduce(x), np.fmax.reduce(x)) for x in blocks_of(X)]
        lows, highs = zip(*ends, strict=True)
        low, high = np.fmin.reduce(lows), np.fmax.reduce(highs)
    size = np.fmax(np.maximum(np.abs(low), np.abs(high)), 0)  # 0 if all are empty
    column = int(size[:d].argmax())
    if size[column] == 0 or TINY <= size[column] <= UNSCALED:
        return None
    return (f"Column {column} ranges from {low[column]:.6g} to {high[column]:.6g}; "
            "scale the columns, e.g. with sklearn.preprocessing.StandardScaler.")


def check_number(value, name, *, owner, low, high=np.inf, integer=False, without=()):
    """Return value if it is a number in the interval, else raise as scikit-learn does.

    without : which of its ends do not belong to the interval
    """
    check_table({name: Number(low, high, integer, without)}, {name: value}, owner)
    return int(value) if integer else float(value)


def check_choice(value, name, options, *, owner):
    """Return value if it is one of options, else name them and the nearest one."""
    check_table({name: Choice(tuple(options))}, {name: value}, owner)
    return value


def check_dtype(value, *, owner):
    """Return "float32" or "float64", however it is given, else raise as scikit-learn.

    None is refused, which NumPy takes for float64.
    """
    with suppress(TypeError, ValueError):  # of what is no dtype; its text is told
        value = value if value is None else np.dtype(value).name
    return check_choice(value, "dtype", ("float32", "float64"), owner=owner)


def check_random_state(value, *, owner):
    """Return a Generator from None, an int, a Generator or a RandomState."""
    check_table({"random_state": SEED}, {"random_state": value}, owner)
    return generator_of(value)


def generator_of(value):
    """A Generator from a random_state that has been checked.

    A Generator is used itself: the fit of a neural model spawns children from its seed
    and draws nothing, all else draws from it, which moves it on. A RandomState gives
    the seed of a new one, by a draw that moves it on: the same state, the same numbers;
    the next call, others.
    """
    if isinstance(value, np.random.RandomState):
        value = value.randint(2**32, size=4, dtype=np.uint32)
    return np.random.default_rng(value)


def without_nan(values, what, owner):
    """Return values : (n, k), inf where inf - inf is NaN; warn as `warn_of_far_rows`.
    """
    if not np.isfinite(values).all():
        values = np.where(np.isnan(values), values.dtype.type(np.inf), values)
        warn_of_far_rows(values, what, owner)
    return values


def warn_of_far_rows(values, what, owner):
    """Return values : (n,) or (n, k); warn which rows of them are not finite."""
    values = np.asarray(values)
    rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    if rows.size:
        listed = ", ".join(map(str, rows[:5])) + (", ..." if rows.size > 5 else "")
        warn(f"{owner}: {what} is not finite in row {listed} ({rows.size} of "
             f"{len(values)}): so far from the training data the numbers overflow.",
             RuntimeWarning)
    return values
