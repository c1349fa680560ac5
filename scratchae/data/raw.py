"""What a reader found in a file, before it is split and scaled."""

import difflib
import gzip
import math
import operator
import os
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchae.errors import DataError

LABEL_NAMES = ("label", "labels", "class", "target", "species", "y", "category",
               "digit")
WHOLE = re.compile("0|-?[1-9][0-9]{0,17}")  # as Python writes it, and in 64 bits
GZIP = b"\x1f\x8b"  # how its files begin
SMALLEST_IMAGE = 64  # pixels: below 8 x 8 a square number of columns says little


class NoSuchColumn(DataError):
    """The column that is to be the label is not there."""


@dataclass
class Raw:
    """The numbers of a file as they are.

    x : one array (n, d) or (n, h, w) or (n, h, w, 3) of real numbers, or two: the
        training and the test items
    labels : as many arrays (n,) of int64 or str; None without any
    shape : of an item; None for a table
    columns : a table's names of columns
    named : whether these are in the file; else they are made up of their numbers
    label : a table's column of labels, by its name where it has one, else its number
    pictures : whether the file's own numbers are 8-bit grey values
    notes : what was decided while reading, each in a few words
    source : the name or path that was read
    test_source : the path of the test items, if they have one of their own
    """

    x: list[Any]
    labels: list[Any] | None = None
    shape: tuple[int, ...] | None = None
    columns: tuple[str, ...] | None = None
    label: str | int | None = None
    pictures: bool = False
    notes: tuple[str, ...] = ()
    named: bool = False
    source: str = ""
    test_source: str | None = None


def refuse_pipe(path):
    """DataError for a pipe or a device: who reads it would wait."""
    usual = os.path.isfile(path) or os.path.isdir(path)
    if os.path.exists(path) and not usual:
        raise DataError(f"{path} is no regular file")


def opened(path):
    """A binary file to be read, decompressed if it is packed by gzip."""
    refuse_pipe(path)
    with open(path, "rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    return gzip.open(path, "rb") if packed else open(path, "rb")


def cannot_read(path, error):
    """The DataError for what the operating system or a library says of a file."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path}: no such file")
    why = getattr(error, "strerror", None) or error or type(error).__name__
    return DataError(f"{path} cannot be read: {' '.join(str(why).split())}")


def nearest(word, names):
    """What follows an error about an unknown word: the nearest name, or nothing."""
    near = difflib.get_close_matches(word, names, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def height_and_width(size):
    """(height, width) from "20x15" or two ints; ValueError unless both are there."""
    text = isinstance(size, str)
    parts = re.split("[xX\u00d7]", size) if text else size
    try:
        height, width = map(int if text else operator.index, parts)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1:
        shown = size if text else repr(size)
        raise ValueError(f"size={shown}: expected height x width, such as 28x28")
    return height, width


def square(d):
    """(s, s) where d is the number of pixels of a square image, else None."""
    side = math.isqrt(d)
    return (side, side) if side * side == d and d >= SMALLEST_IMAGE else None


def shape_of_rows(d, size, path):
    """The shape of flat rows that `size` says; DataError unless they fit."""
    for shape in (size, (*size, 3)):
        if math.prod(shape) == d:
            return shape
    raise DataError(
        f"size={size[0]}x{size[1]}: the rows of {path} have {d} numbers; {size[0]} x "
        f"{size[1]} pixels are {math.prod(size)}, in colour {3 * math.prod(size)}"
    )


def as_labels(values, path):
    """Labels (n,) as int64 where all are whole numbers, else as str.

    Of text only what Python writes so is a number: 01 and 1 are two classes.
    """
    values = np.asarray(values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]  # as Keras stores CIFAR's
    if values.ndim != 1:
        raise DataError(f"{path}: labels of shape {values.shape}; expected (n,), one "
                        "whole number or text per row")
    if values.dtype.kind in "US":
        values = values.astype(str)
        whole = all(map(WHOLE.fullmatch, np.unique(values)))
        return values.astype(np.int64) if whole else values
    if values.dtype.kind not in "biuf":
        raise DataError(f"{path}: labels of dtype {values.dtype}; expected whole "
                        "numbers or text")
    values = values.astype(np.int64) if values.dtype.kind == "b" else values
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero((values != np.rint(values)) | (np.abs(values) >= 2**63))
    if wrong.size:
        raise DataError(f"{path}: the label of row {wrong[0]} is {values[wrong[0]]}; "
                        "a label is a whole number or text")
    return values.astype(np.int64)


def check_counts(x, labels, names):
    """As many labels as items, else a DataError with both names and numbers."""
    if labels is not None and len(x) != len(labels):
        raise DataError(f"{names[0]} has {len(x)} items, but {names[1]} has "
                        f"{len(labels)} labels")
