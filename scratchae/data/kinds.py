"""Which reader a path needs, by what it is and what it is called."""

import math
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scratchae.data.arrays import read_npy, read_npz
from scratchae.data.idx_folder import (
    is_idx_file,
    is_idx_folder,
    read_idx_file,
    read_idx_folder,
)
from scratchae.data.pictures import has_pictures, is_picture, read_pictures
from scratchae.data.published import PUBLISHED
from scratchae.data.raw import cannot_read, nearest
from scratchae.data.tables import read_table
from scratchae.errors import DataError

# Sets that have a name, and what they are called in titles.
NAMED = {"strokes": "drawn digits"} | {n: p.title for n, p in PUBLISHED.items()}
ARRAYS = (".npy", ".npz")
TABLES = (".csv", ".tsv", ".txt")
PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z")
EXPECTED = ("a folder of pictures or of IDX files, a .npy, .npz, .csv, .tsv or .txt "
            f"file, or one of the names {', '.join(NAMED)}")


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: the options of `load_dataset` that say so, or None."""

    size: Any
    colour: Any
    label: Any
    columns: Any

    def refuse(self, path, kind, *names):
        """A ValueError if one of the options is set that mean nothing to a kind."""
        for name in names:
            value = getattr(self, name)
            if value is not None:
                value = "x".join(map(str, value)) if name == "size" else value
                raise ValueError(f"{name}={value}: {path} is {kind}, to which that "
                                 "means nothing")


def read_raw(source, how):
    """What is in a file or folder, as `Raw`; DataError says what cannot be used."""
    path = Path(source)
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise DataError(f"{source} is neither a file nor a folder")
        return replace(_read(path, how), source=str(source))
    except FileNotFoundError:
        raise DataError(f"{source}: no such file or folder; expected {EXPECTED}"
                        f"{nearest(str(source).lower(), NAMED)}") from None
    except OSError as error:
        raise cannot_read(source, error) from error


def kind_of(path):
    """"idx", "pictures", "table", "array" or None of a file or folder that is there."""
    if path.is_dir():
        if is_idx_folder(path):
            return "idx"
        return "pictures" if has_pictures(path) else None
    if is_idx_file(path):
        return "idx"
    if _ending(path) in TABLES:
        return "table"
    return "array" if _ending(path) in ARRAYS else None


def _read(path, how):
    kind = kind_of(path)
    if kind == "idx" and path.is_dir():
        how.refuse(path, "a folder of IDX files", "size", "colour", "label", "columns")
        return read_idx_folder(path)
    if kind == "idx":
        how.refuse(path, "an IDX file", "size", "colour", "label", "columns")
        return read_idx_file(path)
    if kind == "pictures":
        how.refuse(path, "a folder of pictures", "label", "columns")
        return read_pictures(path, how.size, how.colour)
    if kind == "table":
        how.refuse(path, "a table", "colour")
        return read_table(path, how.size, how.label, how.columns)
    if kind == "array":
        how.refuse(path, "an array", "colour", "columns")
        read = read_npy if _ending(path) == ".npy" else read_npz
        return read(path, how.size, how.label)
    raise DataError(_not_in_folder(path) if path.is_dir() else _not_read(path))


def _not_in_folder(path):
    """What a folder has in place of pictures or IDX files."""
    inside = sorted(p.name for p in path.iterdir() if not p.name.startswith("."))
    for name in inside:
        if _ending(Path(name)) in (*ARRAYS, *TABLES):
            return f"{path} is a folder: name a file in it, such as {path / name}"
    has = f"has {', '.join(inside[:4])}" if inside else "is empty"
    return (f"{path} {has}; expected pictures (.png, .jpg, .gif, .bmp) or IDX files "
            "(train-images-idx3-ubyte)")


def _not_read(path):
    """Why a file of another kind is not read."""
    if is_picture(path):
        return f"{path} is one picture; expected the folder of many"
    if path.suffix.lower() in PACKED:
        return f"{path} is packed: unpack it first"
    return (f"{path}: a file {path.suffix or 'without ending'} is not read; expected "
            f"{EXPECTED}")


def _ending(path):
    """The ending in small letters; that of a packed table without .gz."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix if Path(name).suffix in TABLES else path.suffix.lower()


def read_test(source, how, train):
    """`train` with the items of another path as its test part; they must fit."""
    if len(train.x) > 1:
        raise ValueError(f"test={source}: {train.source} has its own test part")
    if kind_of(Path(source)) == kind_of(Path(train.source)):
        label = how.label if train.label is None else train.label  # which may be 0
        how = replace(how, columns=how.columns or train.columns, label=label)
    test = read_raw(source, how)
    if len(test.x) > 1:
        raise ValueError(f"test={source} has a training and a test part of its own")
    _check_alike(train, test)
    notes = train.notes
    if os.path.samefile(source, train.source):
        notes += ("the test rows are the training rows",)
    labels = None if train.labels is None else [*train.labels, *test.labels]
    return replace(train, x=[*train.x, *test.x], labels=labels, notes=notes,
                   test_source=test.source)


def _check_alike(train, test):
    """DataError unless items are of one kind and width, all with labels or none."""
    for what in ("shape", "columns"):
        ours, theirs = getattr(train, what), getattr(test, what)
        if ours != theirs:
            raise DataError(f"{train.source} and {test.source} differ in {what}: "
                            f"{ours} and {theirs}")
    ours, theirs = (math.prod(raw.x[0].shape[1:]) for raw in (train, test))
    if ours != theirs:
        raise DataError(f"{train.source} has rows of {ours} numbers, {test.source} of "
                        f"{theirs}")
    if (train.labels is None) != (test.labels is None):
        has, lacks = (test, train) if train.labels is None else (train, test)
        raise DataError(f"{has.source} has labels, {lacks.source} has none: without "
                        "test= a share is split off")
