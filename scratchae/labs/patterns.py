"""What can be seen of a wrong array that no slip explains: where, and how it is off."""

import numpy as np

from scratchae.gradcheck.slips import same


def which(wrong, w):
    """Which entries are wrong, in words; "" where all are.

    wrong : mask of those   w : the right array
    """
    if wrong.all():
        return ""
    words = f"{wrong.sum()} of {wrong.size} entries are wrong"
    for axis, name in enumerate(("row", "column")[: wrong.ndim] * (wrong.ndim < 3)):
        at = np.unique(np.nonzero(wrong)[axis])
        if len(at) == 1:
            return f"{words}, all in {name} {at[0]}"
    for sign, name in (w < 0, "negative"), (w > 0, "positive"), (w == 0, "0"):
        if np.array_equal(wrong, sign):
            return f"{words}, those where the right value is {name}"
    return words


def typed(right):
    """Of an answer that is wrong on the second input, which size is always the same.

    right : the Sizes of the inputs on which it is right
    """
    common = set.intersection(*({*vars(sizes).items()} for sizes in right))
    if len(common) == 1:
        (name, value), = common
        return f"right for {name} = {value} only: is a number typed in?"
    return "right on the first input, of other sizes"


def pattern(y, w):
    """How an array is off the right one, in words; "" if in no simple way."""
    if y.shape != w.shape:
        return ""
    if same(y, w):
        exact = np.allclose(y, w, rtol=1e-12, atol=0)
        return "" if exact else "nearly right: is a small number added somewhere?"
    if y.size < 3:
        return ""
    if not (np.isfinite(y).all() and np.isfinite(w).all()):
        return ""
    if same(np.abs(y), np.abs(w)):
        return f"right but for the signs of {np.sum(y * w < 0)} entries"
    off = y - w
    if same(off, np.full(off.shape, off.flat[0])):
        return f"off by the same number in all entries, {off.flat[0]:.6g}"
    if y.ndim != 2 or min(y.shape) < 2:
        return ""
    if same(off, np.broadcast_to(off[:1], off.shape)):
        return "off by the same numbers in every row: what is added to each?"
    if same(off, np.broadcast_to(off[:, :1], off.shape)):
        return "off by the same numbers in every column: what is added to each?"
    for axis, name in (1, "row"), (0, "column"):
        if _factors(y, w, axis):
            return f"each {name} is off by a factor of its own: what multiplies it?"
    return ""


def _factors(y, w, axis):
    """Whether y is w, each row (axis 1) or column (axis 0) times one number."""
    size = np.sum(w * w, axis=axis, keepdims=True)
    factors = np.sum(y * w, axis=axis, keepdims=True) / np.where(size == 0, 1, size)
    return same(y, factors * w)
