"""Whether the first row of a table is names of columns, or numbers like the others."""

import math

import numpy as np

from scratchae.data.columns import number


def names_of(start, rows, decimal, like):
    """(names or None, notes) by the first row and, if that leaves a doubt, the others.

    Text alone is names and numbers alone are a row, but for 0, 1, 2, ... as pandas
    writes them. start : (line, cells); rows : those below; like : names that are asked
    for, by which the row that has them all is known
    """
    line, cells = start[0], [cell.strip() for cell in start[1]]
    names = tuple(cells)
    if like and {*like} <= {*cells}:
        return names, ()
    values = [number(cell, decimal) for cell in cells]
    text = [i for i, value in enumerate(values) if value is None]
    there = [v for v in values if v is not None and not math.isnan(v)]
    if not there:
        return (names if text else None), ()
    counted = _count(cells, decimal)
    if not text and not counted:
        return None, ()
    below = _below(cells, text, rows)
    if below is None:
        return None, ()
    if counted or _are_names(there, below, decimal):
        return names, (f"line {line} was taken as names of columns, not as a row",)
    return None, (f"line {line} was taken as a row, not as names of columns",)


def _count(cells, decimal):
    """Whether the numbers among the cells are 0, 1, 2, ..., beside an empty first cell.
    """
    beside = cells[1:] if cells[0] == "" else cells
    counted = [cell for cell in beside if number(cell, decimal) is not None]
    return len(cells) > 1 and counted == [str(i) for i in range(len(counted))]


def has_row_names(names, rows, decimal):
    """Whether each row has a cell more than there are names, as R writes names of rows.

    rows : those below the names. They are text or whole numbers, all different; where
    each row ends in a separator, it is the last cell that is none
    """
    first, last = [], set()
    for _, cells in rows:
        if len(cells) != len(names) + 1:
            return False
        first.append(cells[0].strip())
        last.add(cells[-1].strip())
    values = (number(cell, decimal) for cell in first)
    whole = all(value is None or value.is_integer() for value in values)
    return last != {""} and whole and len({*first}) == len(first) > 0


def _below(cells, text, rows):
    """The different cells of the columns of text, and how many rows; None where the
    first row's recur, which are no names then."""
    kinds, n = [set() for _ in text], 0
    for _, row in rows:
        n += 1
        row = [cell.strip() for cell in row]
        if row == cells or any(row[i : i + 1] == [cells[i]] for i in text):
            return None
        for kind, i in zip(kinds, text, strict=True):
            kind.update(row[i : i + 1])
    return kinds, n


def _are_names(there, below, decimal):
    """Whether text above numbers, or whole numbers that ascend as years do."""
    kinds, n = below
    if any(kind and all(number(c, decimal) is not None for c in kind)
           for kind in kinds):
        return True
    steps = np.diff(there)
    if (steps <= 0).any() or not all(map(float.is_integer, there)):
        return False
    even = len(steps) > 1 and (steps == steps[0]).all()
    return bool(even) or any(len(kind) < n for kind in kinds)
