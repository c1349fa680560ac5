"""Option types and the data set options that several commands share."""

import argparse

from scratchae.course import add_data_options, load_digits

__all__ = ["add_data_options", "layer_sizes", "load_digits", "positive_int"]


def positive_int(text):
    """An int of at least 1."""
    value = int(text) if text.strip().lstrip("+-").isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return value


def non_negative_int(text):
    """An int of at least 0."""
    return 0 if text.strip() == "0" else positive_int(text)


def layer_sizes(text):
    """Comma-separated positive ints: "400,200" -> (400, 200); "" means none."""
    return tuple(positive_int(part) for part in text.split(",")) if text else ()
