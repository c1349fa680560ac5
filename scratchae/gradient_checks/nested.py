"""Arrays in dicts, lists, named tuples and dataclasses, by names such as "layer.W"."""

import copy
import dataclasses
from collections.abc import Mapping

import numpy as np


def flattened(value, like, name=""):
    """{name: array} of what is in a value that is built as `like` is.

    Where it is built otherwise, all that it has is under the name of that place. None
    stands for None in all places below.
    """
    if value is None and _is_nested(like):
        return dict.fromkeys(flattened(like, like, name))
    if not (_is_nested(like) and _is_nested(value)):
        return {name: value}
    like, found = parts_of(like), {}
    for key, part in parts_of(value).items():
        found |= flattened(part, like.get(key), f"{name}.{key}" if name else key)
    return found


def rebuilt(value, changed, name=""):
    """A copy of the value with the arrays of `changed`, by name, in their places."""
    if not _is_nested(value):
        return changed[name] if name in changed else copy.deepcopy(value)
    return put_together(value, {
        key: rebuilt(part, changed, f"{name}.{key}" if name else key)
        for key, part in parts_of(value).items()
    })


def by_argument(gradients, given, floats):
    """What backward returned, by the names of the arguments and of what is in them.

    None of a dict or list of arrays in which it has no gradient at all.
    """
    if not isinstance(gradients, Mapping):
        gradients = _by_place(gradients, given, floats)
    named = dict.fromkeys(n for n in given if n not in floats) | dict(gradients)
    found = flattened(named, given)
    return {name: g for name, g in found.items() if name in floats or g is not None}


def _by_place(gradients, given, floats):
    """In the order of the arguments: of all, of those with floats, if need be without
    Python's own, which may be constants, or of float arrays."""
    if not isinstance(gradients, tuple | list):
        gradients = (gradients,)
    arrays = [name for name in given if name in floats]
    learned = [n for n, v in given.items() if {*flattened(v, v, n)} & {*floats}]
    without = [n for n in learned if type(given[n]) is not float]
    for names in given, learned, without, arrays:
        if len(names) == len(gradients):
            break
    extra = [f"gradient {i + 1}" for i in range(len(names), len(gradients))]
    return dict(zip([*names, *extra], gradients, strict=False))


def _is_nested(value):
    """Whether it is a dict, or holds arrays, dicts or what holds such."""
    parts = parts_of(value)
    return isinstance(value, Mapping) or parts is not None and any(
        isinstance(part, np.ndarray) or _is_nested(part) for part in parts.values())


def parts_of(value):
    """What a dict, list, tuple or dataclass holds, by key; None of anything else."""
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value.__match_args__, value, strict=True))
    return dict(enumerate(value)) if type(value) in (list, tuple) else None


def in_float64(value):
    """The value with all its arrays of floats in the precision of the checker."""
    parts = parts_of(value)
    if parts is not None:
        return put_together(value, {n: in_float64(v) for n, v in parts.items()})
    is_float = getattr(getattr(value, "dtype", None), "kind", "") == "f"
    return value.astype(np.float64) if is_float else value


def put_together(value, parts):
    """One such as the value is, of other parts by the same keys."""
    if isinstance(value, Mapping):
        return parts
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **parts)
    if hasattr(value, "_fields"):
        return type(value)(**parts)
    return type(value)(parts.values())
