"""The arguments of a function in a file of one's own: what they are, and the call."""

import inspect

import numpy as np

from scratchae.gradient_checks.nested import parts_of, put_together


def kind_of(value):
    """The kind of the array's dtype, or "" of a list that is no array."""
    try:
        return np.asarray(value).dtype.kind
    except ValueError:
        return ""


def called(forward, given):
    """forward with its arguments by name, or by their place where it asks for that."""
    by_place = [n for n, p in inspect.signature(forward).parameters.items()
                if p.kind is p.POSITIONAL_ONLY and n in given]
    rest = {n: value for n, value in given.items() if n not in by_place}
    return forward(*(given[n] for n in by_place), **rest)


def in_float64(given):
    """The example with its arrays of floats, wherever they are, in the precision of
    the checker."""
    parts = parts_of(given)
    if parts is not None:
        return put_together(given, {n: in_float64(v) for n, v in parts.items()})
    is_float = getattr(getattr(given, "dtype", None), "kind", "") == "f"
    return given.astype(np.float64) if is_float else given
