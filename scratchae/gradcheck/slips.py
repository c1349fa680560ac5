"""Slips: what somebody who wrote a wrong gradient has probably done.

A slip is a hypothesis that can be run: it computes the wrong array that it would give.
It is named only where that array is the given one in all entries, on every input, and
where no other slip gives the same. These here need the right array and nothing else;
those of a lab know what the formula was made of (labs/specification.py).
"""

import contextlib
import itertools
import math
from typing import NamedTuple

import numpy as np

CLOSE = 1e-6  # an entry may be off by this, beside itself or
SMALL = 0.03  # beside this part of the largest one: what is smaller is rounded away


class Slip(NamedTuple):
    """code : one word, for tables   words : what was probably done, never the formula
    wrong : function that computes the wrong array, if the slip was not read off it;
        its argument is the right array for the slips of this file, and a lab's
        quantities for those of a lab
    """

    code: str
    words: str
    wrong: callable = None


def same(yours, wrong):
    """Whether two arrays are one, to a millionth in each entry that counts."""
    yours, wrong = np.asarray(yours), np.asarray(wrong)
    if yours.shape != wrong.shape or not yours.size or _any_complex(yours, wrong):
        return False
    size = np.abs(wrong.astype(float))
    if not np.isfinite(size).all():  # beside an infinity every number is small
        return False
    off = np.abs(yours.astype(float) - wrong)
    return bool(np.all(off <= CLOSE * np.maximum(size, SMALL * size.max())))


def _any_complex(*arrays):
    return any(map(np.iscomplexobj, arrays))


def _plane(e):
    """The array itself; ValueError if it has one axis or none."""
    if e.ndim < 2:
        raise ValueError("one axis")
    return e


def _cut_off(e):
    """What an array of integers keeps; ValueError if that is nothing at all."""
    if not np.any(np.trunc(e)):
        raise ValueError("nothing left")
    return np.trunc(e)


FACTORS = (
    Slip("sign", "sign flipped", lambda e: -e),
    Slip("twice", "factor 2", lambda e: 2 * e),
    Slip("half", "factor 1/2", lambda e: e / 2),
    Slip("minus_twice", "factor -2", lambda e: -2 * e),
    Slip("minus_half", "factor -1/2", lambda e: -e / 2),
    Slip("zero", "all zero", lambda e: 0 * e),
)
GENERIC = (
    *FACTORS,
    Slip("transposed", "transposed", lambda e: e.T),
    Slip("kept_axis", "an axis of length 1 too many, in front: keepdims",
         lambda e: e[None]),
    Slip("kept_last", "an axis of length 1 too many, at the end: keepdims",
         lambda e: e[..., None]),
    Slip("summed_first", "summed over the first axis, which should stay",
         lambda e: _plane(e).sum(axis=0)),
    Slip("summed_last", "summed over the last axis, which should stay",
         lambda e: _plane(e).sum(axis=-1)),
    Slip("averaged_first", "averaged over the first axis, which should stay",
         lambda e: _plane(e).mean(axis=0)),
    Slip("averaged_last", "averaged over the last axis, which should stay",
         lambda e: _plane(e).mean(axis=-1)),
    Slip("summed_all", "summed over all axes to one number", lambda e: e.sum()),
    Slip("averaged_all", "averaged over all axes to one number", lambda e: e.mean()),
    Slip("total", "the same number in all entries, their sum",
         lambda e: np.full(e.shape, e.sum())),
    Slip("average", "the same number in all entries, their mean",
         lambda e: np.full(e.shape, e.mean())),
    Slip("reversed", "the rows in reverse order", lambda e: e[::-1]),
    Slip("reversed_last", "the columns in reverse order", lambda e: _plane(e)[:, ::-1]),
    Slip("absolute", "the signs are lost: absolute values", np.abs),
    Slip("positive", "negative entries cut off at 0", lambda e: np.maximum(e, 0)),
    Slip("squared", "squared", lambda e: e * e),
    Slip("root", "a square root too many",
         lambda e: np.sqrt(np.where(e < 0, np.nan, e))),
    Slip("inverse", "one divided by it", lambda e: 1 / e),
    Slip("exponential", "its exponential", np.exp),
    Slip("integers", "what follows the decimal point is cut off: an array of integers",
         _cut_off),
    Slip("last_row", "the last row is left out: 0",
         lambda e: np.concatenate([e[:-1], 0 * e[-1:]])),
    Slip("first_row", "the first row alone; the others are 0",
         lambda e: np.concatenate([e[:1], 0 * e[1:]])),
    Slip("one_row", "the first row in all rows",
         lambda e: np.broadcast_to(e[:1], e.shape)),
)


def counted(sizes):
    """Slips by a factor that is a size, or a product of two, and the factors.

    sizes : as n : {"n": [5, 7]}, one for each input
    """
    products = dict(sizes)
    for a, b in itertools.combinations_with_replacement(sizes, 2):
        products[f"{a}_{b}"] = [m * n for m, n in zip(sizes[a], sizes[b], strict=True)]
    slips = []
    for name, values in products.items():
        words = name.replace("_", " times ")
        slips.append((Slip(f"times_{name}", f"too large by the factor {words}"),
                      [float(value) for value in values]))
        slips.append((Slip(f"over_{name}", f"too small by the factor {words}"),
                      [1 / value for value in values]))
    return slips


def diagnose(given, expected, hypotheses=(), sizes=None, others=()):
    """The slip that explains all given arrays, or None where none or several do.

    given, expected : lists of arrays, one for each input
    hypotheses : pairs (Slip, list of its wrong arrays), looked at before the generic
        ones, which know less   others : the same, looked at after them
    sizes : names of sizes to their values, as in `counted`
    An unnamed factor that is one number in all entries of all inputs is found as well,
    alone or besides one of the hypotheses.
    """
    with np.errstate(all="ignore"):
        found = (
            _explaining(hypotheses, given, expected)
            or _explaining(_general(given, expected, sizes or {}), given, expected)
            or _shapes(given, expected)
            or _factor(given, expected)
            or _explaining(others, given, expected)
            or _besides_a_factor(given, expected, hypotheses)
        )
    return found[0] if len(found) == 1 else None


def _explaining(hypotheses, given, expected):
    """The slips whose wrong arrays are those given, one of which is wrong indeed."""
    return [
        slip for slip, wrong in hypotheses
        if all(map(same, given, wrong)) and not all(map(same, wrong, expected))
    ]


def _general(given, expected, sizes):
    """The generic slips as hypotheses, one by one, as far as they apply.

    None of what is infinite, which nearly all of them turn into something of its own.
    Where one factor explains the given arrays, only those that are one: where the
    right gradient is one number, every slip is a factor.
    """
    if not all(np.isfinite(array).all() for array in expected):
        return
    proportional = _common_ratio(given, expected) not in (None, 0.0)
    for slip in FACTORS if proportional else GENERIC:
        with contextlib.suppress(ValueError, IndexError, TypeError, OverflowError):
            yield slip, [slip.wrong(array) for array in expected]
    for slip, factors in counted(sizes):
        yield slip, [f * e for f, e in zip(factors, expected, strict=True)]


def _shapes(given, expected):
    """An axis that is still there: its sum or mean would be right."""
    found = []
    for axis in range(min((array.ndim for array in given), default=0)):
        sums = [array.sum(axis=axis) for array in given]
        means = [array.mean(axis=axis) for array in given]
        if all(map(same, sums, expected)):
            found.append(Slip(f"not_summed_{axis}", f"not summed over axis {axis}"))
        if not all(map(same, means, expected)):
            continue
        if any(np.ptp(array, axis=axis).any() for array in given):
            found.append(Slip(f"not_averaged_{axis}", f"not averaged over axis {axis}"))
        else:
            words = f"repeated along axis {axis}: once is enough"
            found.append(Slip(f"repeated_{axis}", words))
    return found


def _factor(given, expected):
    """The slip of one unnamed factor, if that is what explains them."""
    factor = _common_ratio(given, expected)
    entries = sum(array.size for array in expected)
    if factor is None or abs(factor - 1) < 1e-5 or entries < 2:
        return []  # any number is another one times a factor
    words = factor_words(factor)
    if all(array.size == 1 for array in expected):
        words = words.removesuffix(" in all entries")
    return [Slip("factor", words)]


def _besides_a_factor(given, expected, hypotheses):
    """Hypotheses that are given but for one factor, each with it in its words.

    One input, or few numbers, would be explained by too many.
    """
    if len(given) < 2 or any(array.size < 3 for array in given):
        return []
    found = []
    for slip, wrong in hypotheses:
        right_itself = all(_ratio(w, e) for w, e in zip(wrong, expected, strict=True))
        factor = None if right_itself else _common_ratio(given, wrong)
        if factor:
            words = f"{slip.words}; and besides a factor {factor:.6g}"
            found.append(Slip(slip.code, words))
    return found


def _common_ratio(given, arrays):
    """The number that is given / array in all entries of all inputs, or None."""
    factors = [_ratio(g, a) for g, a in zip(given, arrays, strict=True)]
    if None in factors or not all(math.isclose(f, factors[0], rel_tol=1e-5)
                                  for f in factors):
        return None
    return factors[0]


def _ratio(given, expected):
    """given / expected, if that is one number; else None."""
    if given.shape != expected.shape or not np.any(expected):
        return None
    if _any_complex(given, expected):
        return None
    at = np.unravel_index(np.argmax(np.abs(expected)), expected.shape)
    factor = float(given[at] / expected[at])
    return factor if same(given, factor * expected) else None


def factor_words(factor):
    """A factor in words; a whole one is that of a sum or a mean."""
    for value in (factor, 1 / factor):
        if value > 2.5 and math.isclose(value, round(value), rel_tol=1e-6):
            times = f"{round(value)}" if value == factor else f"1/{round(value)}"
            return f"factor {times}: a sum or a mean too many"
    return f"factor {factor:.6g} in all entries"
