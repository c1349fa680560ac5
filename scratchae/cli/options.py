"""Option types and the data set options that several commands share."""

import argparse
import contextlib
import errno
import json
import math
import os
import re
from pathlib import Path

from scratchae.data import (
    NAMED,
    Scaling,
    check_fits,
    data_of,
    is_same,
    load_again,
)
from scratchae.data.kinds import kind_of
from scratchae.data.pictures import is_picture
from scratchae.data_options import DEFAULT, in_options, load_data, reading
from scratchae.errors import DataError, warn
from scratchae.pulse import tell


def positive_int(text):
    """An int of at least 1."""
    value = _int_in(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return value


def non_negative_int(text):
    """An int of at least 0."""
    value = _int_in(text)
    if value < 0:
        raise argparse.ArgumentTypeError(
            f"expected a non-negative integer, got {text!r}"
        )
    return value


def _int_in(text):
    """The digits of a text as an int, else -1; Python's `int` takes 1_000 too."""
    digits = re.fullmatch(r"\s*\+?(\d{1,4000})\s*", text)  # it refuses more
    return int(digits[1]) if digits else -1


def positive_number(text):
    """A finite number above 0."""
    value = _number_in(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text!r}")
    return value


def non_negative_number(text):
    """A finite number of at least 0."""
    value = _number_in(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(
            f"expected a number of at least 0, got {text!r}"
        )
    return value


def _number_in(text):
    """A text as a finite float, else NaN."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def print_json(document):
    """One JSON document, alone on stdout; JSON has no infinity, so that is null."""
    print(json.dumps(without_infinity(document), allow_nan=False))


def without_infinity(value, name="document"):
    """The value with None for floats that are not finite, each with a warning."""
    if isinstance(value, dict):
        return {key: without_infinity(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_infinity(item, name) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        warn(f"{name} is {value:g}, which JSON cannot say: it is null there")
        return None
    return value


def layer_sizes(text):
    """Comma-separated positive ints: "400,200" -> (400, 200); "" means none."""
    return tuple(positive_int(part) for part in text.split(",")) if text else ()


def add_overwrite(parser):
    """The option without which no command replaces a file."""
    parser.add_argument("--overwrite", action="store_true",
                        help="replace files that are there already")


def refuse_overwrite_alone(options, option):
    """Raise ValueError for --overwrite without the option that names the file."""
    if options.overwrite and getattr(options, option) is None:
        raise ValueError(f"--overwrite means nothing without --{option}: no file is "
                         "written")


WAYS_OUT = "--overwrite replaces it, {} puts the new one elsewhere"


def check_output(path, overwrite, option="--out", kinds=(), reads=None):
    """Raise an OSError before any work if path cannot, or must not, be written.

    option : the one that chooses another place   kinds : its endings, such as ".png"
    reads : the options of a command that reads data
    """
    path = Path(path)
    if kinds and path.suffix.lower() not in kinds:
        raise ValueError(f"{option}: {path} should end in {' or '.join(kinds)}")
    if path.is_dir():
        raise IsADirectoryError(f"{option}: {path} is a folder, not a file")
    check_folder(path.parent, option)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already: {WAYS_OUT.format(option)}")
    refuse_what_is_read(path, reads)


def check_checkpoints(paths):
    """Raise FileNotFoundError for one that is not there, before any other question."""
    for path in paths:
        if not os.path.exists(path):
            raise FileNotFoundError(f"{path}: no such checkpoint")


def refuse_what_is_read(path, options, about=None):
    """Raise ValueError where --out is a file of the data, those that options name or
    those of the model: even --overwrite does not put a result in its data's place.

    about : what the model remembers of its data, or None
    """
    read = {f"--{option} reads": getattr(options, option, None)
            for option in ("data", "test", "normal")}
    if about is not None:
        read |= {"the model was trained on": about["source"],
                 "the model was tested on": about.get("reading", {}).get("test")}
    for what, given in read.items():
        if given is None or given in NAMED:
            continue
        if is_same_file(path, given):
            raise ValueError(f"--out: {path} is what {what}; expected another file")
        if is_picture(path) and is_below(path, given):
            raise ValueError(f"--out: {path} would be one of the pictures of {given}, "
                             f"which is what {what}; expected another folder")


def is_below(path, folder):
    """Whether a file is, or would be, in a folder of pictures or below."""
    folder = Path(folder)
    below = folder.resolve() in path.resolve().parents
    return below and folder.is_dir() and kind_of(folder) == "pictures"


def is_same_file(path, other):
    """Whether both are there and one file, under whatever names."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(path, other)
    return False


def check_folder(folder, option="--out"):
    """Raise an OSError if files cannot be put into a folder, there or not yet.

    Missing folders are made inside the working folder; elsewhere the last one only, so
    that a slip of the pen makes no tree at the root of a disk.
    """
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{option}: {nearest} is not a folder")
    whole, there = (Path(os.path.abspath(path)) for path in (folder, nearest))
    if Path.cwd() not in whole.parents and there not in (whole, *whole.parents[:1]):
        raise FileNotFoundError(
            f"{option}: there is no folder {whole.parent}; outside the working folder "
            "only the last folder of a path is made"
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES)
        raise PermissionError(f"{option}: cannot write into {nearest} ({why})")


def load_data_of(model, options):
    """The data that --data names, read and scaled as those of the checkpoint were.

    Without --data they are the same ones. Raises DataError where they do not fit.
    """
    about = data_of(model)
    source = options.data or (about["source"] if about else DEFAULT)
    given = reading(options)
    if about is not None:
        refuse_other_reading(about, given)
    if about is None or source == "strokes":
        options.data = source
        dataset = load_data(options, **given)
    elif options.data is None and not is_there(source):
        raise DataError(f"{source}, on which the model was trained, is not there: "
                        "--data PATH says where it is")
    else:
        with in_options():
            dataset = load_again(about, options.data, **given)
    if about and dataset.test_source and is_same(dataset.test_source, about["source"]):
        tell(f"the test rows are the training rows, {about['source']}")
    check_fits(dataset, about, model.n_features_in_)
    refuse_outside(model, dataset)
    return dataset


def column_names(about, d):
    """The names of d columns, as a checkpoint remembers its data; pixels have numbers.
    """
    return about["columns"] or [f"pixel{i}" for i in range(d)]


def refuse_outside(model, dataset):
    """Raise ValueError where a Bernoulli loss would get numbers outside [0, 1]."""
    for option, other in (("decoder", "gaussian"), ("loss", "squared_error")):
        if getattr(model, option, None) != "bernoulli" or dataset.in_unit_interval:
            continue
        what, also = "others", (" (or with --scale minmax, if no row may lie beyond "
                                "those of the training)")
        if dataset.scaling.kind == "minmax":
            what, also = "rows beyond those of the training", ""
        if dataset.scaling.kind == "pixels":
            what, also = "pixels beyond all of the training", (
                ", or on numbers that were divided by the largest possible one")
        raise ValueError(
            f"--{option} bernoulli takes numbers in [0, 1], and {dataset.source} has "
            f"{what}, {dataset.scaling}: train with --{option} {other}{also}"
        )


def refuse_other_reading(about, given):
    """ValueError for an option that would undo how the model's data were scaled."""
    if "scale" in given:
        trained = Scaling.from_description(about["scaling"])
        raise ValueError(f"--scale {given['scale']}: rows are scaled as those of the "
                         f"training were, {trained}")


def is_there(source):
    """Whether a data set is a name, or a path at which something is."""
    return source in NAMED or os.path.exists(source)
