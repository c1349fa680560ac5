"""Arrays that stand in dicts and lists of arrays, by names such as "layer.W"."""

import copy
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
    like, found = _by_key(like), {}
    for key, part in _by_key(value).items():
        found |= flattened(part, like.get(key), f"{name}.{key}" if name else key)
    return found


def rebuilt(value, changed, name=""):
    """A copy of the value with the arrays of `changed`, by name, in their places."""
    if not _is_nested(value):
        return changed[name] if name in changed else copy.deepcopy(value)
    parts = {
        key: rebuilt(part, changed, f"{name}.{key}" if name else key)
        for key, part in _by_key(value).items()
    }
    return parts if isinstance(value, Mapping) else type(value)(parts.values())


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
    """In the order of the arguments: of all, of those with floats, of float arrays."""
    if not isinstance(gradients, tuple | list):
        gradients = (gradients,)
    arrays = [name for name in given if name in floats]
    learned = [n for n, v in given.items() if {*flattened(v, v, n)} & {*floats}]
    names = next((names for names in (given, learned)
                  if len(names) == len(gradients)), arrays)
    extra = [f"gradient {i + 1}" for i in range(len(names), len(gradients))]
    return dict(zip([*names, *extra], gradients, strict=False))


def _is_nested(value):
    """Whether it is a dict, or a list in which arrays, dicts or such lists are."""
    if type(value) in (list, tuple):
        return any(isinstance(v, np.ndarray) or _is_nested(v) for v in value)
    return isinstance(value, Mapping)


def _by_key(value):
    return value if isinstance(value, Mapping) else dict(enumerate(value))
