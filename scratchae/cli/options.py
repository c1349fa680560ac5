"""Option types and the data set options that several commands share."""

import argparse
import errno
import json
import math
import os
import re
from pathlib import Path

from scratchae.course import add_data_options, load_data
from scratchae.errors import warn

__all__ = [
    "add_data_options",
    "add_overwrite",
    "check_output",
    "in_typed_words",
    "layer_sizes",
    "load_data",
    "positive_int",
    "print_json",
]


def positive_int(text):
    """An int of at least 1."""
    value = int(text) if text.strip().lstrip("+-").isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return value


def non_negative_int(text):
    """An int of at least 0."""
    return 0 if text.strip() == "0" else positive_int(text)


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


def check_output(path, overwrite, option="--out"):
    """Raise an OSError before any work if path cannot, or must not, be written.

    option : the one that chooses another place
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{option}: {path} is a folder, not a file")
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"{path} is there already: --overwrite replaces it, {option} puts the new "
            "one elsewhere"
        )
    check_folder(path.parent, option)


def check_folder(folder, option="--out"):
    """Raise an OSError if files cannot be put into a folder, there or not yet."""
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{option}: {nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES)
        raise PermissionError(f"{option}: cannot write into {nearest} ({why})")


def in_typed_words(text, options):
    """An error's text with options in place of a constructor's parameters.

    options : {parameter: option}. A name is replaced where it cannot be another word:
        as 'name' parameter of Model, as name=, or where it has an underscore.
    """
    for name, option in options.items():
        text = re.sub(rf"The '{name}' parameter of \w+", option, text)
        text = re.sub(rf"\b{name}=", f"{option} ", text)
        if "_" in name:
            text = re.sub(rf"'?\b{name}\b'?", option, text)
    return text
