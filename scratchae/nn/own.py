"""Pieces that a student writes: taken where a name is taken, and checked as they run.

What is asked of each kind is in `nn/own_layer.py` and `networks/own.py`; lecture 14 has
an example of each. A piece that returns another shape than it should gets an error with
its name at once, and not NumPy's somewhere below; so does one that writes to an array
that it was given to read.
"""

import threading
from contextlib import suppress
from copy import copy, deepcopy
from types import ModuleType

import numpy as np

from scratchae.errors import warn
from scratchae.formulas.activations import ACTIVATIONS, Activation
from scratchae.nn.backend import ops

_told = set()


class _Noted(threading.local):
    """The first array that is not finite among what pieces take and return, in words;
    "" if a piece was given it. Nobody looks unless `first` is None."""

    first = ""


_noted = _Noted()


def _note(array, words):
    if _noted.first is None and not np.isfinite(array).all():
        _noted.first = words


def first_not_finite(run):
    """Which array of a piece's is the first to be not finite where run() goes wrong,
    made of finite ones; "" if none is."""
    _noted.first = None
    try:
        with np.errstate(all="ignore"), suppress(Exception):  # it has run already
            run()
    finally:
        found, _noted.first = _noted.first, ""
    return found or ""


def is_ours(thing):
    """Whether a class or a method is this package's, and not one of the same name."""
    package = (getattr(thing, "__module__", None) or "").split(".")[0]
    return package == __name__.split(".")[0]


def name_or_own(value):
    """The name of an `Activation` of ours that is given itself; else the value."""
    ours = isinstance(value, Activation) and ACTIVATIONS.get(value.name) == value
    return value.name if ours else value


def activation_of(value):
    """The `Activation` for an object with `forward` and `backward`."""
    if name_or_own(value) is not value:
        return ACTIVATIONS[value.name]
    name, value = name_of(value), its_own(value)
    kinked = getattr(value, "kinked", False)
    if not isinstance(kinked, (bool, np.bool_)):  # a method would count as True
        raise TypeError(f"{name}.kinked is {kinked!r}; expected a bool")

    def forward(a):
        tell_once(value)
        h, cache = parts(value.forward(read_only(a)), f"{name}.forward", "h, cache")
        return like(h, a, f"{name}.forward", "h"), (cache, a)

    def backward(dh, cache):
        cache, a = cache
        da = value.backward(read_only(dh), cache)
        return like(da, a, f"{name}.backward", "da")

    return Activation(f"{name}()", forward, backward, kinked)


def its_own(piece):
    """A copy of a piece: what it keeps as it runs is of one network, and in no file.

    Its lists and dicts are copied as well, where all that it holds can be. A module has
    no copies.
    """
    if isinstance(piece, ModuleType):
        return piece
    try:
        return deepcopy(piece)
    except TypeError:  # such as "cannot pickle 'module' object"
        return copy(piece)


def name_of(value):
    """What a piece is called in messages and checkpoints: its class."""
    return type(value).__name__


def tell_once(own):
    """Where kernels serve: a warning, once for each class, that it has none."""
    name = name_of(own)
    if ops.serving == "numba" and name not in _told:
        _told.add(name)
        warn(f"no kernel for {name}(): its own functions serve")


def read_only(array):
    """A view that cannot be written to: "assignment destination is read-only".

    A plain number is itself.
    """
    if not isinstance(array, np.ndarray):
        return array
    _note(array, "")
    view = array.view()
    view.flags.writeable = False
    return view


def method_of(own, name):
    """The method of this name of a student's piece, given arrays that it can only read.

    One that it hands back as it was is copied, so that others may write to that.
    Raises TypeError for what cannot be called.
    """
    method = getattr(own, name)
    if not callable(method):
        raise TypeError(f"{name_of(own)}.{name} is {method!r}; expected a method")

    def asked(*given):
        returned = method(*map(read_only, given))
        if isinstance(returned, tuple):
            return tuple(map(_writable, returned))
        return _writable(returned)

    return asked


def _writable(value):
    fixed = isinstance(value, np.ndarray) and not value.flags.writeable
    return value.copy() if fixed else value


def parts(returned, who, what, count=2):
    """The things that a function of a student returned, as many as it should."""
    if not isinstance(returned, tuple) or len(returned) != count:
        raise TypeError(f"{who} returned {type(returned).__name__}; expected {what}")
    return returned


def like(array, other, who, what):
    """The array in the dtype of the other, whose shape it must have."""
    return shaped(array, other.shape, other.dtype, who, what)


def shaped(array, shape, dtype, who, what):
    """The array in this dtype, C-ordered; raises ValueError for another shape, and
    TypeError for what are no numbers, or complex ones where real ones belong."""
    if array is None:
        raise TypeError(f"{who} returned None for {what}; expected {tuple(shape)}")
    try:
        given = np.asarray(array)
        wide = np.iscomplexobj(given) and dtype.kind != "c"
        numbers = np.asarray(given, None if wide else dtype, order="C")
    except (TypeError, ValueError):
        raise TypeError(f"{who} returned {type(array).__name__} for {what}; expected "
                        f"numbers of shape {tuple(shape)}") from None
    if wide:  # of which the real part alone would be trained
        raise TypeError(f"{who} returned complex numbers for {what}; expected real ones"
                        f" of shape {tuple(shape)}")
    if given.shape != tuple(shape):
        raise ValueError(
            f"{who} returned {what} of shape {given.shape}; expected {tuple(shape)}"
        )
    _note(numbers, f"{what} that {who} returned")
    return numbers


def sides(returned, who):
    """The sides of kinks as one flat array; empty for None, if nothing is known."""
    found = np.zeros(0, bool) if returned is None else np.asarray(returned)
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{who} returned {type(returned).__name__}; expected an array "
                        "of bool, or None")
    return found.ravel()


def check_shapes(shapes, said):
    """Raise TypeError for what are no shapes of parameters by name."""
    named = isinstance(shapes, dict) and all(n and isinstance(n, str) for n in shapes)
    if not named or not all(map(_is_shape, shapes.values())):
        raise TypeError(f"{said} {shapes!r}; expected a dict of name and shape, a "
                        "tuple of positive ints")


def _is_shape(shape):
    return isinstance(shape, tuple) and all(map(is_count, shape))


def is_count(n):
    """Whether this is a positive int, of Python or of NumPy."""
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0
