"""What several commands share: types of options, --overwrite, and JSON."""

import argparse
import json
import math
import re

from scratchae.errors import warn


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
