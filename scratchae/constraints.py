"""What an estimator's parameters may be: one table each, looked through at the door."""

import numbers
from typing import NamedTuple

import numpy as np

from scratchae.errors import did_you_mean

INFINITY = float("inf")


class Number(NamedTuple):
    """A number in an interval, whose ends belong to it unless they are left out."""

    low: float
    high: float = INFINITY
    integer: bool = False
    without: tuple = ()
    optional: bool = False  # whether None will do

    def __str__(self):
        what = "an int" if self.integer else "a float"
        left = "(" if self.low in self.without else "["
        closed = self.high < INFINITY and self.high not in self.without
        right = "]" if closed else ")"
        interval = f"{what} in the range {left}{self.low:g}, {self.high:.9g}{right}"
        return interval + (" or None" if self.optional else "")


class Choice(NamedTuple):
    """One of some names or, where methods are named, an object that has them."""

    names: tuple
    methods: tuple = ()
    optional: bool = False  # whether None will do

    def __str__(self):
        listed = ", ".join(repr(name) for name in sorted(self.names))
        own = f" or an object with {' and '.join(self.methods)}" if self.methods else ""
        return f"a str among {{{listed}}}{own}" + (" or None" if self.optional else "")


class Kind(NamedTuple):
    """An instance of some types."""

    types: tuple
    text: str
    or_count: bool = False  # whether a non-negative int will do

    def __str__(self):
        return self.text


class Sizes(NamedTuple):
    """A tuple of widths of layers; one int stands for one layer."""

    optional: bool = False

    def __str__(self):
        nothing = " or None" if self.optional else ""
        return f"a tuple of ints in the range [1, inf), or one int{nothing}"


FLAG = Kind((bool, np.bool_), "a bool")
SEED = Kind((type(None), np.random.Generator, np.random.RandomState),
            "None, a non-negative int, a numpy Generator or a RandomState",
            or_count=True)


def whole(low, optional=False):
    """An int of at least `low`."""
    return Number(low, integer=True, optional=optional)


def check_table(table, values, owner):
    """Raise scikit-learn's ValueError for the first value that its constraint refuses.

    table : constraints by name   values : the parameters by name
    One loop and no method of each: whoever steps into `fit` comes by here.
    """
    for name, constraint in table.items():
        value = values[name]
        if value is None and getattr(constraint, "optional", False):
            continue
        if isinstance(constraint, Number):
            kind = numbers.Integral if constraint.integer else numbers.Real
            fine = (isinstance(value, kind) and not isinstance(value, FLAG.types)
                    and constraint.low <= value <= constraint.high and value < INFINITY
                    and value not in constraint.without)
        elif isinstance(constraint, Choice):
            fine = isinstance(value, str) and value in constraint.names
            if constraint.methods and not isinstance(value, (str, type)):
                fine = not missing_methods(value, constraint.methods)
        elif isinstance(constraint, Kind):
            fine = isinstance(value, constraint.types)
            if constraint.or_count and isinstance(value, numbers.Integral):
                fine = value >= 0 and not isinstance(value, FLAG.types)
        else:
            fine = are_sizes(value)
        if not fine:
            refuse(name, constraint, value, owner)


def missing_methods(value, methods):
    """Those of the methods that an object has not, in quotes.

    The package's posteriors have their `size` already, a number.
    """
    found = {m: getattr(value, m, None) for m in methods}
    return [repr(m) for m, v in found.items() if not callable(v)
            and not (m == "size" and isinstance(v, numbers.Integral))]


def are_sizes(value):
    """Whether these are widths of layers: positive ints."""
    sizes = (value,) if isinstance(value, numbers.Integral) else value
    return isinstance(sizes, (tuple, list)) and all(
        isinstance(size, numbers.Integral) and not isinstance(size, FLAG.types)
        and size >= 1 for size in sizes
    )


def as_sizes(value):
    """Widths that have been checked, as a tuple of ints."""
    return tuple(map(int, value)) if isinstance(value, (tuple, list)) else (int(value),)


def refuse(name, constraint, value, owner):
    """Raise the error that says what was expected, and the nearest name."""
    hint = _hint(constraint, value)
    raise ValueError(f"The {name!r} parameter of {owner} must be {constraint}. Got "
                     f"{value!r} instead.{hint}")


def _hint(constraint, value):
    """What to do about a value that is nearly right, after a space, or ""."""
    names = getattr(constraint, "names", ())
    methods = getattr(constraint, "methods", ())
    if methods and isinstance(value, type):
        return f" {value.__name__} is a class. Did you mean {value.__name__}()?"
    missing = missing_methods(value, methods)
    if missing and any(hasattr(value, m) for m in methods):
        return f" {type(value).__name__} has no method {' and no '.join(missing)}."
    return did_you_mean(value, names)
