"""An object of one's own among a model's parameters, as a file has it: no code."""

import hashlib
import json
import numbers

import numpy as np

from scratchae.checkpoints.format import to_json
from scratchae.formulas.activations import Activation
from scratchae.nn.own import is_ours, name_or_own

# What a class of one's own may be a subclass of and hold in itself, under no name.
CONTENTS = (dict, list, tuple, set, frozenset, str, float, int, complex, np.ndarray)
LONG = 64  # numbers of an array; of a longer one a file has a digest


def as_json(value):
    """A parameter as a checkpoint has it: of one's own object its class and what it
    holds. So is any that would not come back from a file as what it is."""
    if _is_piece(value):
        return _told(value, ())
    if isinstance(value, numbers.Rational) and not isinstance(value, numbers.Integral):
        return float(value)
    if _comes_back(value):
        return value
    told = _told_piece(value, (value,))
    return told if told["with"] else told | {"with": {"value": _told(value, ())}}


def _comes_back(value):
    try:
        json.dumps(value, default=_number)
    except (TypeError, ValueError):  # of a type that JSON has not, or of itself
        return False
    return True


def _number(value):
    """As `to_json`, but for arrays, which would come back as lists."""
    if isinstance(value, np.ndarray):
        raise TypeError
    return to_json(value)


def _is_piece(value):
    return hasattr(value, "forward") or hasattr(value, "corrupt")


def _told(value, around):
    """What a file says of a piece, or of what a piece holds.

    Numbers and text as they are, also in lists, dicts and arrays; of anything else,
    such as a function, the name. around : the objects that it is in
    """
    plain = isinstance(value, (str, numbers.Number, np.bool_, type(None)))
    if plain and not _is_piece(value):
        return value
    inside = (*around, value)
    if not any(value is other for other in around):
        if _is_piece(value) and not (around and isinstance(value, type)):
            return _told_piece(value, inside)
        if isinstance(value, np.ndarray):
            return _told_array(value, inside)
        if isinstance(value, dict):
            return {str(name): _told(v, inside) for name, v in value.items()}
        if isinstance(value, (tuple, list)):
            return [_told(v, inside) for v in value]
        if isinstance(value, (set, frozenset)):
            return sorted((_told(v, inside) for v in value), key=repr)
    return getattr(value, "__name__", type(value).__name__)


def _told_piece(value, inside):
    if name_or_own(value) is not value:
        return value.name
    cls, held = type(value), _held(value).items()
    name = f"{cls.__module__}.{cls.__name__}" if is_ours(cls) else cls.__name__
    return {"own": name, "with": {n: _told(v, inside) for n, v in held}}


def _told_array(array, inside):
    if array.dtype.hasobject or array.size <= LONG and array.dtype.kind in "biufcU":
        return _told(array.tolist(), inside)
    digest = hashlib.blake2b(np.ascontiguousarray(array), digest_size=8).hexdigest()
    return f"array of {array.dtype} {array.shape}, {digest}"


def _held(value):
    """What an object of any class holds, by name; a class itself holds nothing."""
    if isinstance(value, type):
        return {}
    if isinstance(value, Activation):  # a tuple with names
        return {"name": value.name, "kinked": value.kinked}
    names = [name for cls in type(value).__mro__ for name in _slots(cls)]
    names += [*getattr(value, "_fields", ()), *getattr(value, "__dict__", ())]
    held = {name: getattr(value, name) for name in names
            if hasattr(value, name) and not name.startswith("__")}
    return _contents(value) | held


def _slots(cls):
    """The attributes of a class's own slots, as the interpreter calls them."""
    names = vars(cls).get("__slots__", ())
    for name in (names,) if isinstance(names, str) else names:
        private = name.startswith("__") and not name.endswith("__")
        yield f"_{cls.__name__.lstrip('_')}{name}" if private else name


def _contents(value):
    """What one of a subclass holds as a number, a text or a list does, by its type."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # they have names
        return {}
    return {kind.__name__: np.array(value) if kind is np.ndarray else kind(value)
            for kind in CONTENTS if isinstance(value, kind) and type(value) is not kind}


def in_words(own):
    """An object as one would make it: its class, and what it holds."""
    if not isinstance(own, dict):
        return "none" if own is None else repr(own)
    held = ", ".join(f"{name}={_word(v)}" for name, v in own["with"].items())
    return f"{own['own']}({held})"


def _word(value):
    if isinstance(value, list):
        return f"[{', '.join(map(_word, value))}]"
    if not isinstance(value, dict):
        return repr(value)
    if value.keys() == {"own", "with"}:
        return in_words(value)
    return f"{{{', '.join(f'{name!r}: {_word(v)}' for name, v in value.items())}}}"
