"""Which reader a path needs, by what it is and what it is called."""

import difflib
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
from scratchae.data.raw import cannot_read
from scratchae.data.tables import read_table
from scratchae.errors import DataError

# Sets that have a name, and what they are called in titles.
NAMED = {"strokes": "drawn digits"} | {n: p.title for n, p in PUBLISHED.items()}
FILES = (".npy", ".npz", ".csv", ".tsv", ".txt")
TABLES = (".csv", ".tsv", ".txt")
PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z")
EXPECTED = ("a folder of pictures or of IDX files, a .npy, .npz, .csv, .tsv or .txt "
            f"file, or one of the names {', '.join(NAMED)}")


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: the options of `load_dataset` that say so."""

    size: Any = None
    colour: Any = None
    label: Any = None
    columns: Any = None

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
        if stat.S_ISDIR(mode):
            return _read_folder(path, how)
        if stat.S_ISREG(mode):
            return _read_file(path, how)
    except FileNotFoundError:
        near = difflib.get_close_matches(str(source).lower(), NAMED, 1)
        more = f"; did you mean {near[0]!r}?" if near else ""
        raise DataError(f"{source}: no such file or folder; expected {EXPECTED}{more}"
                        ) from None
    except OSError as error:
        raise cannot_read(source, error) from error
    raise DataError(f"{source} is neither a file nor a folder")


def kind_of(path):
    """"idx", "pictures", "table", "array" or None of a file or folder that is there."""
    if path.is_dir():
        if is_idx_folder(path):
            return "idx"
        return "pictures" if has_pictures(path) else None
    if is_idx_file(path):
        return "idx"
    if ending(path) in TABLES:
        return "table"
    return "array" if path.suffix.lower() in (".npy", ".npz") else None


def _read_folder(path, how):
    kind = kind_of(path)
    if kind == "idx":
        how.refuse(path, "a folder of IDX files", "size", "colour", "label", "columns")
        return read_idx_folder(path)
    if kind == "pictures":
        how.refuse(path, "a folder of pictures", "label", "columns")
        return read_pictures(path, how.size, how.colour)
    inside = sorted(p.name for p in path.iterdir() if not p.name.startswith("."))
    for name in inside:
        if ending(Path(name)) in FILES:
            raise DataError(f"{path} is a folder: name a file in it, such as "
                            f"{path / name}")
    has = f"has {', '.join(inside[:4])}" if inside else "is empty"
    raise DataError(f"{path} {has}; expected pictures (.png, .jpg, .gif, .bmp) or IDX "
                    "files (train-images-idx3-ubyte)")


def _read_file(path, how):
    kind = kind_of(path)
    if kind == "table":
        how.refuse(path, "a table", "colour")
        return read_table(path, how.size, how.label, how.columns)
    if kind == "idx":
        how.refuse(path, "an IDX file", "size", "colour", "label", "columns")
        return read_idx_file(path)
    if kind == "array":
        how.refuse(path, "an array", "colour", "columns")
        read = read_npy if path.suffix.lower() == ".npy" else read_npz
        return read(path, how.size, how.label)
    if is_picture(path):
        raise DataError(f"{path} is one picture; expected the folder of many")
    if path.suffix.lower() in PACKED:
        raise DataError(f"{path} is packed: unpack it first")
    raise DataError(f"{path}: a file {path.suffix or 'without ending'} is not read; "
                    f"expected {EXPECTED}")


def ending(path):
    """The ending in small letters; that of a packed table without .gz."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix if Path(name).suffix in TABLES else path.suffix.lower()


def read_test(source, how, train, train_source):
    """`train` with the items of another path as its test part; they must fit."""
    if len(train.x) > 1:
        raise ValueError(f"test={source}: {train_source} has its own test part")
    if kind_of(Path(source)) == kind_of(Path(train_source)):
        label = how.label if train.label is None else train.label  # which may be 0
        how = replace(how, columns=how.columns or train.columns, label=label)
    test = read_raw(source, how)
    if len(test.x) > 1:
        raise ValueError(f"test={source} has a training and a test part of its own")
    for what in ("shape", "columns"):
        ours, theirs = getattr(train, what), getattr(test, what)
        if ours != theirs:
            raise DataError(f"{train_source} and {source} differ in {what}: {ours} and "
                            f"{theirs}")
    widths = [math.prod(raw.x[0].shape[1:]) for raw in (train, test)]
    if widths[0] != widths[1]:
        raise DataError(f"{train_source} has rows of {widths[0]} numbers, {source} "
                        f"of {widths[1]}")
    if (train.labels is None) != (test.labels is None):
        has, lacks = (train_source, source)[:: 1 if train.labels else -1]
        raise DataError(f"{has} has labels, {lacks} has none: without test= a share is "
                        "split off")
    if os.path.samefile(source, train_source):
        train.notes += ("the test rows are the training rows",)
    return replace(train, x=[*train.x, *test.x],
                   labels=train.labels and [*train.labels, *test.labels])
