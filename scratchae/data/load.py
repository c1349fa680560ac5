"""`load_dataset`: data of any kind, by a name or a path."""

import os
from dataclasses import replace

import numpy as np

from scratchae.data.dataset import Dataset
from scratchae.data.kinds import NAMED, Reading, read_raw, read_test
from scratchae.data.published import PUBLISHED, load_published
from scratchae.data.raw import height_and_width
from scratchae.data.scaling import (
    EIGHT_BITS,
    SCALES,
    Scaling,
    in_digits,
    learn,
    of_pixels,
)
from scratchae.data.split import split
from scratchae.data.statistics import are_whole, statistics
from scratchae.data.strokes import load_strokes
from scratchae.errors import DataError
from scratchae.rows import MappedRows, blocks_of
from scratchae.validation import (
    check_choice,
    check_dtype,
    check_number,
    check_random_state,
)

IN_MEMORY = 2**26  # bytes of an array that is read at once; a larger file stays a file
SHARE = 0.2  # of the rows is for testing where nothing is said
COARSE = 1e-3  # of a column's range: no number may be moved as far by rounding
OWNER = "load_dataset"
KEPT = "load_dataset(missing='mask') for DenoisingAutoencoder(missing='mask')"


def load_dataset(source, *, test=None, test_fraction=None, scale=None, size=None,
                 colour=None, label=None, columns=None, missing="error",
                 random_state=0, data_dir=None, dtype="float32"):
    """Data of any kind as `Dataset`.

    source : "strokes", "mnist", "fashion-mnist", "kmnist", or the path of a folder of
        pictures or of IDX files, of a .npy, .npz, .csv, .tsv or .txt file
    test : path of the test rows; without it the source's own test part, or else
    test_fraction : a seeded, shuffled share, of each class the same (None: a fifth);
        1 for all rows
    scale : "standard", "minmax", "none" or a `Scaling`; None: pictures to [0, 1],
        tables standardised by the training rows, floats in [0, 1] as they are
    size : "HxW" or (h, w): pictures are cut to that shape and resized, flat rows are
        images of it
    colour : whether pictures are read in colour; None: if one of them has any
    label : the column of labels by name or number, "none", or None to look for it
    columns : names of a table's columns to take, in this order
    missing : "error", or "mask" to have NaN where a table's cell is empty
    random_state : of the share that is drawn for the test; the strokes are always the
        same ones, `load_strokes` draws others
    data_dir : folder of the files of a published set
    Raises DataError that names the file, and the line or column where there is one.
    """
    _check_path(source, "source", "a name or a path")
    if test is not None:
        _check_path(test, "test", "a path")
    told = {"test": test, "scale": scale, "size": size, "colour": colour,
            "label": label, "columns": _names(columns)}
    dtype = check_dtype(dtype, owner=OWNER)
    check_choice(missing, "missing", ("error", "mask"), owner=OWNER)
    rng = check_random_state(random_state, owner=OWNER)
    if data_dir is not None and source not in PUBLISHED:
        raise ValueError(f"data_dir={data_dir} means nothing to {source}; it is the "
                         f"folder of {', '.join(PUBLISHED)}")
    if source in NAMED:
        _refuse_share(source, test_fraction)
        return _by_name(source, told, data_dir, dtype)
    check_number(SHARE if test_fraction is None else test_fraction, "test_fraction",
                 owner=OWNER, low=0, high=1, without=(0,))
    if scale is not None and not isinstance(scale, Scaling):
        check_choice(scale, "scale", SCALES, owner=OWNER)
    raw = _read(source, told)
    rows = _rows_of_parts(source, raw, test_fraction, rng)
    sources = (source, source if test is None else test)
    with np.errstate(all="ignore"):  # what is not finite is looked for
        return _scaled(sources, raw, rows, (scale, missing, dtype))


def _check_path(path, name, what):
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
    if not text or "\0" in os.fsdecode(text):
        raise ValueError(f"The '{name}' parameter of {OWNER} must be {what}. Got "
                         f"{path!r:.60} instead.")


def _names(columns):
    """Names of columns as a list, from what may give them only once; None stays."""
    if columns is None:
        return None
    ordered = not isinstance(columns, str | set | frozenset)
    names = [*columns] if ordered and np.iterable(columns) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"The 'columns' parameter of {OWNER} must be a list of names. "
                         f"Got {columns!r:.60} instead.")
    if len({*names}) < len(names):
        raise ValueError(f"The 'columns' parameter of {OWNER} has a name twice. Got "
                         f"{names!r:.60} instead.")
    return names


def _refuse_share(source, fraction):
    if fraction is not None:
        raise ValueError(f"test_fraction={fraction} means nothing to {source}, which "
                         "has a test part")


def _by_name(name, told, data_dir, dtype):
    """A set that has its own size, labels, scaling and test part."""
    for option, value in told.items():
        if value is not None:
            raise ValueError(f"{option}={value} means nothing to {name}, only to a "
                             "path")
    if name in PUBLISHED:
        return load_published(name, data_dir, dtype)
    return load_strokes(random_state=0, dtype=dtype)


def _read(source, told):
    size = None if told["size"] is None else height_and_width(told["size"])
    how = Reading(size, told["colour"], told["label"], told["columns"])
    raw = read_raw(source, how)
    if told["test"] is None:
        return raw
    return read_test(told["test"], how, raw, source)


def _rows_of_parts(source, raw, fraction, rng):
    """[(array, its labels, rows or None for all)] of the training and the test part."""
    labels = _of_one_type(raw.labels or [None] * len(raw.x))
    if len(raw.x) == 2:
        if fraction == 1:  # all the rows that there are
            x = [array.reshape(len(array), -1) for array in raw.x]
            both = [np.concatenate(pair) if pair[0] is not None else None
                    for pair in (x, labels)]
            return [(*both, np.arange(0)), (*both, None)]
        _refuse_share(source, fraction)
        return [(*part, None) for part in zip(raw.x, labels, strict=True)]
    fraction = SHARE if fraction is None else fraction
    (x,), (y,) = raw.x, labels
    if len(x) < 2 and fraction < 1:
        raise DataError(f"{source} has one row only; a training and a test part need "
                        "two")
    if fraction < 1:
        alike = "" if y is None else ", of each class alike"
        raw.notes += (f"{fraction:.0%} for testing, drawn at random{alike}",)
    return [(x, y, rows) for rows in split(len(x), fraction, rng, y)]


def _of_one_type(labels):
    """Labels of both parts as int64, or as str where one of them has text."""
    text = any(y is not None and y.dtype.kind == "U" for y in labels)
    return [y.astype(str) if text else y for y in labels]


def _scaled(sources, raw, parts, how):
    """The `Dataset` of raw parts, scaled by what the training rows are like."""
    source, (scale, missing, dtype) = sources[0], how
    x = [_taken(array, rows) for array, _, rows in parts]
    labels = [y if y is None or rows is None else y[rows] for _, y, rows in parts]
    known = [statistics(*_in_order(part, rows), path)
             for part, (_, _, rows), path in zip(x, parts, sources, strict=True)]
    columns, d = raw.columns, x[0].shape[1]
    if raw.shape is None and columns is None:
        columns = tuple(f"column {i}" for i in range(d))
    if missing == "error":
        _refuse_missing(sources, known, columns)
    some, usual = 0 if len(x[0]) else 1, _usual(raw, x, known)
    scaling = scale if isinstance(scale, Scaling) else _learned(
        scale, raw, usual, _in_order(x[some])[0], known[some])
    if np.ndim(scaling.shift) and len(scaling.shift) != d:
        raise DataError(f"{source} has rows of {d} numbers; the scaling is for rows of "
                        f"{len(scaling.shift)}")
    _refuse_huge(source, scaling, known, dtype)
    if scaling is not scale and not np.can_cast(raw.x[0].dtype, dtype):
        _refuse_coarse(source, scaling, (x, known), dtype, usual is None and columns)
    return Dataset(tuple(_apply(scaling, *part, dtype)
                         for part in zip(x, known, strict=True)),
                   None if labels[0] is None else tuple(labels), None, str(source),
                   raw.shape, columns, scaling, raw.notes,
                   None if sources[1] is source else str(sources[1]), raw.label,
                   raw.named)


def _refuse_huge(source, scaling, known, dtype):
    ends = [scaling.apply(end, dtype) for s in known for end in (s.low, s.high)]
    if np.isinf(scaling.scale).any() or np.isinf(ends).any():
        raise DataError(f"{source} has numbers that are too large for {dtype}")


def _refuse_coarse(source, scaling, parts, dtype, columns):
    """DataError where rounding to the dtype moves numbers by more than a share of the
    range of their column.

    parts : (x, their `Statistics`)
    columns : their names where each has its own unit; False: the range is that of all
    """
    axis, (x, known) = 0 if columns else None, parts
    low = np.fmin.reduce([s.low for s in known], axis)
    high = np.fmax.reduce([s.high for s in known], axis)
    ends = np.abs([scaling.apply(end, np.float64) for end in (low, high)]).max(axis=0)
    step = np.spacing(ends.astype(dtype)) * np.float64(scaling.scale)
    if not (step > COARSE * (high - low)).any(where=low < high):
        return
    moved = [np.fmax.reduce(abs(scaling.restore(scaling.apply(b, dtype)) - b), axis)
             for part in x for b in blocks_of(part)]
    lost = np.atleast_1d(np.fmax.reduce(moved) > COARSE * (high - low))
    for i in np.flatnonzero(lost)[:1]:
        what = f"{source}, {columns[i]!r}" if columns else source
        low, high = np.ravel(low)[i], np.ravel(high)[i]
        ends = [in_digits(end, high - low, 4) for end in (low, high)]
        raise DataError(f"{what}: numbers from {ends[0]} to {ends[1]} lie too close "
                        f"together for {dtype}; scale=standard moves them apart")


def _taken(array, rows):
    """Rows of an array as (n, d), in memory or, of a large file, where they are."""
    if isinstance(array, np.memmap) and array.nbytes > IN_MEMORY:
        return MappedRows(array, rows=rows, dtype=np.float64)
    flat = array.reshape(len(array), -1)
    return np.array(flat) if rows is None else flat[rows]


def _in_order(x, rows=None):
    """(x, rows), in the order of the file where x is in a file."""
    if not isinstance(x, MappedRows):
        return x, rows
    rows = np.sort(x.rows)
    return MappedRows(x.source, rows=rows, dtype=x.dtype), rows


def _usual(raw, x, known):
    """The scaling that is usual for numbers of one unit; None where columns have their
    own. It looks at both parts, and so the split does not matter."""
    low = float(np.fmin.reduce([part.low for part in known], axis=None))
    high = float(np.fmax.reduce([part.high for part in known], axis=None))
    if raw.pictures:
        return Scaling("pixels", 0.0, EIGHT_BITS)
    if raw.columns is None and low >= 0 and high <= 1:
        return Scaling()
    if not raw.shape:
        return None
    counted = raw.x[0].dtype.kind in "iu"  # then nothing has to be read
    whole = high > EIGHT_BITS and (counted or all(map(are_whole, x)))
    return of_pixels(low, high, raw.x[0].dtype == np.uint8, whole)


def _learned(scale, raw, usual, x, known):
    """The scaling that was asked for, or what is usual for such numbers.

    x, known : the rows, and their `Statistics`, that others are learned from
    """
    if scale is None and usual is not None:
        return usual
    learned = learn(scale or "standard", x, known)
    if not raw.shape:
        return learned
    return replace(learned, ends=(usual.shift, usual.shift + usual.scale))


def _refuse_missing(sources, known, columns):
    for path in dict.fromkeys(sources):  # one file may have both parts
        lacks = [s.missing for s, p in zip(known, sources, strict=True) if p == path]
        _refuse_lacking(path, sum(lacks), columns)


def _refuse_lacking(source, missing, columns):
    if not missing.any():
        return
    if columns is None:
        raise DataError(f"{source} has {missing.sum()} pixels that are no numbers")
    some, total = np.flatnonzero(missing), missing.sum()
    listed = ", ".join(f"{columns[i]!r} {missing[i]}" for i in some[:5])
    more = f" and {len(some) - 5} more columns" if len(some) > 5 else ""
    raise DataError(f"{source} lacks {total} number{'' if total == 1 else 's'} (empty, "
                    f"NA, nan or ?), by column: {listed}{more}. Drop their rows, fill "
                    f"them in (with the column's median, say), or keep them: {KEPT}")


def _apply(scaling, part, known, dtype):
    """The rows of a part as they are in a `Dataset`; known : their `Statistics`."""
    if not isinstance(part, MappedRows):
        return scaling.apply(part, dtype)
    ends = np.array([scaling.apply(end, dtype) for end in (known.low, known.high)])
    unit = bool(np.all((ends >= 0) & (ends <= 1))) and not known.missing.any()
    return MappedRows(part.source, scaling, part.rows, dtype, unit)
