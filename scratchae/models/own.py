"""An object of one's own among a model's parameters, as a file has it: no code."""

import numbers

import numpy as np

from scratchae.checkpoints.format import as_read
from scratchae.formulas.activations import ACTIVATIONS, Activation


def as_json(value):
    """A parameter as a checkpoint has it: of one's own object its class and numbers."""
    if not hasattr(value, "forward") and not hasattr(value, "corrupt"):
        return value
    if isinstance(value, Activation) and ACTIVATIONS.get(value.name) is value:
        return value.name
    held = {name: v for name, v in _held(value).items() if _is_plain(v)}
    return {"own": type(value).__name__, "with": held}


def _held(value):
    """What an object of any class holds, by name; a class itself holds nothing."""
    if isinstance(value, type):
        return {}
    if isinstance(value, Activation):  # a tuple with names
        return {"name": value.name, "kinked": value.kinked}
    slots = (vars(cls).get("__slots__", ()) for cls in type(value).__mro__)
    names = [str(name) for some in slots for name in np.atleast_1d(some)]
    names += getattr(value, "__dict__", ())
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _is_plain(value):
    """Whether a file can hold it: text, a number, or a list of such."""
    if not isinstance(value, (str, numbers.Number, type(None), tuple, list)):
        return False
    try:
        as_read(value)
    except TypeError:  # functions in a list
        return False
    return True


def in_words(own):
    """An object as one would make it: its class, and what it holds."""
    if not isinstance(own, dict):
        return "none"
    return f"{own['own']}({', '.join(f'{n}={v!r}' for n, v in own['with'].items())})"
