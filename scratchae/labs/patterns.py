"""What can be seen of a wrong array that no slip explains: where, and how it is off."""

import numpy as np

from scratchae.gradcheck.slips import Slip, same


def which(wrong, w):
    """Which entries are wrong, in words; "" where all are.

    wrong : mask of those   w : the right array
    """
    if wrong.all():
        return ""
    words = f"{wrong.sum()} of {wrong.size} entries are wrong"
    names = ("row", "column")[: wrong.ndim] if wrong.ndim < 3 else ()
    for axis, name in enumerate(names):
        at = np.unique(np.nonzero(wrong)[axis])
        if len(at) == 1:
            return f"{words}, all in {name} {at[0]}"
    for sign, name in (w < 0, "negative"), (w > 0, "positive"), (w == 0, "0"):
        if np.array_equal(wrong, sign):
            return f"{words}, those where the right value is {name}"
    return words


def typed(right, there, y, w):
    """Of an answer that is wrong on the second input, which size is always the same.

    right : the Sizes of the inputs on which it is right   there : of the second
    y, w : the answer there, and the right one: a size is spoken of where it shows
    """
    common = [(name, value) for name, value in vars(right[0]).items()
              if all(vars(sizes)[name] == value for sizes in right)]
    if len(common) == 1:
        ((name, value),) = common
        if _shows(value, vars(there)[name], y, w):
            return f"right for {name} = {value} only: is a number typed in?"
    return "right on the first input, of other sizes"


def _shows(value, size, y, w):
    """Whether y is w with a number in the place of a size: in a factor, or as an end.
    """
    if y.shape != w.shape:
        return value in y.shape
    if any(same(y, w * (value / size) ** power) for power in (1, -1, 2, -2)):
        return True
    for axis in range(w.ndim):
        if w.shape[axis] == size > value:
            ends = [np.split(array, [value], axis) for array in (y, w)]
            if same(ends[0][0], ends[1][0]) and not np.any(ends[0][1] == ends[1][1]):
                return True
    return False


def pattern(y, w):
    """How an array is off the right one, in words; "" if in no simple way."""
    if y.shape != w.shape:
        return ""
    if same(y, w):
        exact = np.allclose(y, w, rtol=1e-12, atol=0)
        return "" if exact else ("nearly right: is a small number added somewhere, or "
                                 "float32 used?")
    if y.size < 3:
        return ""
    if not (np.isfinite(y).all() and np.isfinite(w).all()):
        return ""
    if same(np.abs(y), np.abs(w)):
        return f"right but for the signs of {np.sum(y * w < 0)} entries"
    at = np.unravel_index(np.argmax(np.abs(w)), w.shape)
    if w[at] and same(y, y[at] / w[at] * w):
        return f"off by one factor in all entries, {y[at] / w[at]:.6g}"
    return _offset(y - w) or _factor_of_lines(y, w)


def _offset(off):
    """Whether one number, or one for each row or column, is added everywhere."""
    if same(off, np.full(off.shape, off.flat[0])):
        return f"off by the same number in all entries, {off.flat[0]:.6g}"
    if off.ndim == 2 and min(off.shape) > 1:
        if same(off, np.broadcast_to(off[:1], off.shape)):
            return "off by the same numbers in every row: what is added to each?"
        if same(off, np.broadcast_to(off[:, :1], off.shape)):
            return "off by the same numbers in every column: what is added to each?"
    return ""


def _factor_of_lines(y, w):
    """Whether each row or each column has a factor of its own."""
    if y.ndim == 2 and min(y.shape) > 1:
        for axis, name in (1, "row"), (0, "column"):
            if _factors(y, w, axis):
                return f"each {name} is off by a factor of its own: what multiplies it?"
    return ""


def _factors(y, w, axis):
    """Whether y is w, each row (axis 1) or column (axis 0) times one number, not 0."""
    size = np.sum(w * w, axis=axis, keepdims=True)
    factors = np.sum(y * w, axis=axis, keepdims=True) / np.where(size == 0, 1, size)
    return bool(np.all(factors)) and same(y, factors * w)


def exchanged(names, answers, right):
    """{tensor: the one that stands in its place} where all wrong ones changed places.
    """
    places = {}
    for name in names:
        yours = [np.asarray(answers[i][0][name]) for i in range(len(right))]
        fits = [other for other in names
                if all(map(same, yours, [vars(v)[other] for v in right]))]
        if name not in fits:
            places[name] = fits[0] if len(fits) == 1 else ""
    return places if sorted(places) == sorted(places.values()) else {}


def of_dtype(given, wanted):
    """The Slip of a type of numbers that cannot be right, None where it may be."""
    words = f"has dtype {given}, not {wanted}"
    if given.kind == wanted.kind == "f" and given.itemsize < 8:
        return Slip("float32", words, None)
    if given.kind == wanted.kind or (given.kind in "iu" and wanted.kind in "iu"):
        return None
    kinds = {"i": "integers", "u": "integers", "b": "booleans", "c": "complex"}
    return Slip(kinds.get(given.kind, "dtype"), words, None)
