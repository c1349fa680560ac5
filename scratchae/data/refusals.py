"""Numbers that are refused: missing, in two units, too large, too close together."""

import numpy as np

from scratchae.data.overview import in_digits
from scratchae.data.statistics import are_whole
from scratchae.errors import DataError
from scratchae.rows import blocks_of

COARSE = 1e-3  # of a column's range: no number may be moved as far by rounding
LISTED = 5  # columns that a message lists
KEPT = "load_dataset(missing='mask') for DenoisingAutoencoder(missing='mask')"


def refuse_missing(parts, columns):
    """DataError where numbers of a file are missing, with how many of each column.

    parts : the two `Part`s   columns : their names; None for images
    """
    for source in dict.fromkeys(part.source for part in parts):  # it may have both
        missing = sum(part.known.missing for part in parts if part.source == source)
        if missing.any():
            raise DataError(_lacking(source, missing, columns))


def _lacking(source, missing, columns):
    total = missing.sum()
    if columns is None:
        return f"{source} has {total} pixels that are no numbers"
    some = np.flatnonzero(missing)
    listed = ", ".join(f"{columns[i]!r} {missing[i]}" for i in some[:LISTED])
    left = len(some) - LISTED
    more = f" and {left} more columns" if left > 0 else ""
    return (f"{source} lacks {total} number{'' if total == 1 else 's'} (empty, NA, nan "
            f"or ?), by column: {listed}{more}. Drop their rows, fill them in (with "
            f"the column's median, say), or keep them: {KEPT}")


def refuse_other_units(raw, parts):
    """DataError where one part has whole numbers beyond 1 and the other fractions in
    [0, 1]: grey values, say, and grey values that were divided by 255.

    Images of zeros and ones are refused as well; rows of a table may have no others.
    """
    if len(raw.x) < 2:
        return
    kinds = [array.dtype.kind for array in raw.x]
    lows = [np.fmin.reduce(part.known.low) for part in parts]
    highs = [np.fmax.reduce(part.known.high) for part in parts]
    for i, j in (0, 1), (1, 0):
        whole = kinds[i] in "iu" and highs[i] > 1
        unit = kinds[j] in "fb" and lows[j] >= 0 and 0 < highs[j] <= 1
        if whole and unit and (raw.shape or not are_whole(parts[j].x)):
            names = _names(parts)
            raise DataError(f"{names[i]} has whole numbers up to {highs[i]:g}, "
                            f"{names[j]} numbers in [0, 1]: expected both in the same "
                            "unit")


def _names(parts):
    """What the two parts are called: by their files, or by what they are in one."""
    ours, theirs = (part.source for part in parts)
    if ours == theirs:
        return f"the training part of {ours}", f"the test part of {ours}"
    return ours, theirs


def refuse_huge(parts, scaling, dtype):
    """DataError where scaled numbers, or what they are scaled by, become infinite."""
    for part in parts:
        ends = [scaling.apply(end, dtype) for end in (part.known.low, part.known.high)]
        if np.isinf(scaling.scale).any() or np.isinf(ends).any():
            raise DataError(f"{part.source} has numbers that are too large for {dtype}")


def refuse_coarse(parts, scaling, dtype, columns):
    """DataError where rounding to the dtype moves numbers by more than a share of the
    range of their column.

    columns : their names where each has its own unit; None: the range is that of all
    """
    axis = None if columns is None else 0
    low = np.fmin.reduce([part.known.low for part in parts], axis)
    high = np.fmax.reduce([part.known.high for part in parts], axis)
    ends = np.abs([scaling.apply(end, np.float64) for end in (low, high)]).max(axis=0)
    step = np.spacing(ends.astype(dtype)) * np.float64(scaling.scale)
    if not (step > COARSE * (high - low)).any(where=low < high):
        return  # without looking at each number
    moved = [np.fmax.reduce(abs(scaling.restore(scaling.apply(b, dtype)) - b), axis)
             for part in parts for b in blocks_of(part.x)]
    lost = np.atleast_1d(np.fmax.reduce(moved) > COARSE * (high - low))
    if not lost.any():
        return
    i, source = lost.argmax(), parts[0].source
    what = source if columns is None else f"{source}, {columns[i]!r}"
    low, high = np.ravel(low)[i], np.ravel(high)[i]
    ends = [in_digits(end, high - low, 4) for end in (low, high)]
    raise DataError(f"{what}: numbers from {ends[0]} to {ends[1]} lie too close "
                    f"together for {dtype}; scale=standard moves them apart")
