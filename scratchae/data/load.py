"""`load_dataset`: data of any kind, by a name or a path."""

import os

import numpy as np

from scratchae.data.dataset import Dataset
from scratchae.data.kinds import NAMED, Reading, read_raw, read_test
from scratchae.data.published import PUBLISHED, load_published
from scratchae.data.raw import height_and_width
from scratchae.data.refusals import (
    refuse_coarse,
    refuse_huge,
    refuse_missing,
    refuse_other_units,
)
from scratchae.data.scaling import SCALES, Scaling, learned_scaling, usual_scaling
from scratchae.data.split import SHARE, parts_of, refuse_share
from scratchae.data.strokes import load_strokes
from scratchae.errors import DataError
from scratchae.rows import MappedRows
from scratchae.validation import (
    check_choice,
    check_dtype,
    check_number,
    check_random_state,
)

OWNER = "load_dataset"


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
        refuse_share(source, test_fraction)
        return _by_name(source, told, data_dir, dtype)
    check_number(SHARE if test_fraction is None else test_fraction, "test_fraction",
                 owner=OWNER, low=0, high=1, without=(0,))
    if scale is not None and not isinstance(scale, Scaling):
        check_choice(scale, "scale", SCALES, owner=OWNER)
    raw = _read(source, told)
    with np.errstate(all="ignore"):  # what is not finite is looked for
        parts = parts_of(raw, test_fraction, rng)
        return _scaled(raw, parts, scale, missing, dtype)


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
    """What is in the source, and in the path of test rows if there is one, as `Raw`."""
    size = None if told["size"] is None else height_and_width(told["size"])
    how = Reading(size, told["colour"], told["label"], told["columns"])
    raw = read_raw(source, how)
    return raw if told["test"] is None else read_test(told["test"], how, raw)


def _scaled(raw, parts, scale, missing, dtype):
    """The `Dataset` of two parts, scaled by what the training rows are like."""
    d, columns = parts[0].x.shape[1], raw.columns
    if raw.shape is None and columns is None:
        columns = tuple(f"column {i}" for i in range(d))
    if missing == "error":
        refuse_missing(parts, columns)
    if isinstance(scale, Scaling):
        scaling = _given(raw, parts, scale, dtype)
    else:
        scaling = _chosen(raw, parts, scale, columns, dtype)
    labels = tuple(part.labels for part in parts)
    return Dataset(
        x=tuple(_apply(scaling, part, dtype) for part in parts),
        labels=None if raw.labels is None else labels,
        factors=None, source=raw.source, shape=raw.shape, columns=columns,
        scaling=scaling, notes=raw.notes, test_source=raw.test_source,
        label=raw.label, named=raw.named,
    )


def _given(raw, parts, scaling, dtype):
    """The `Scaling` that is given, where it is for rows of this width."""
    d = parts[0].x.shape[1]
    if np.ndim(scaling.shift) and len(scaling.shift) != d:
        raise DataError(f"{raw.source} has rows of {d} numbers; the scaling is for "
                        f"rows of {len(scaling.shift)}")
    refuse_huge(parts, scaling, dtype)
    return scaling


def _chosen(raw, parts, kind, columns, dtype):
    """The `Scaling` of a kind, or the usual one, where it leaves the numbers apart."""
    if raw.shape or kind is None:  # of a table the word that is given is the answer
        refuse_other_units(raw, parts)
    usual = usual_scaling(raw, parts)
    scaling = learned_scaling(kind, usual, parts, raw.shape)
    refuse_huge(parts, scaling, dtype)  # before their rounding is looked at
    if not np.can_cast(raw.x[0].dtype, dtype):
        refuse_coarse(parts, scaling, dtype, columns if usual is None else None)
    return scaling


def _apply(scaling, part, dtype):
    """The rows of a part as they are in a `Dataset`."""
    if not isinstance(part.x, MappedRows):
        return scaling.apply(part.x, dtype)
    known = part.known
    ends = np.array([scaling.apply(end, dtype) for end in (known.low, known.high)])
    unit = bool(np.all((ends >= 0) & (ends <= 1))) and not known.missing.any()
    return MappedRows(part.x.source, scaling, part.x.rows, dtype, unit)
