"""Rows of an array in a file: read, flattened and scaled when they are asked for.

A data set may be larger than memory. The array is mapped to learn its place and type,
and its rows are read by position: a row that is touched through the map may bring a
page of two megabytes with it, and a shuffled batch of them the whole file.
"""

import os

import numpy as np

from scratchae.pulse import steps

BLOCK = 1000  # rows at a time where all are read in order
AT_ONCE = 2**30  # bytes; some systems refuse to read two gigabytes by one call


class MappedRows:
    """Rows (n, d) of a mapped array, of which only those asked for are in memory.

    source : memory-mapped array (n, ...) of real numbers; an item is one flat row, or
        what such a row begins with
    scaling : object with `apply(raw, dtype)` for raw : (m, d), or None
    rows : indices (n,) of items of the source, or None for all in order
    unit : whether numbers outside [0, 1], where rounding may bring them, become 0 or 1
    beside : (n, c), columns in memory that stand behind those of the file

    `x[i]`, `x[i:j]` and `x[indices]` are arrays of the dtype. `part` is the same
    without reading. NumPy's own functions read all of it, but for column by column.
    Raises OSError if the file has become shorter.
    """

    ndim = 2

    def __init__(self, source, scaling=None, rows=None, dtype=np.float32, unit=False,
                 beside=None):
        self.source, self.scaling, self.dtype = source, scaling, np.dtype(dtype)
        self.unit, self.beside = unit, beside
        self.rows = np.arange(len(source)) if rows is None else np.asarray(rows)
        self._width = int(np.prod(source.shape[1:]))
        more = 0 if beside is None else beside.shape[1]
        self.shape = len(self.rows), self._width + more

    def __len__(self):
        return self.shape[0]

    def __repr__(self):
        return f"MappedRows(shape={self.shape}, dtype={self.dtype})"

    def __getitem__(self, rows):
        chosen = self._chosen(rows)
        if np.ndim(chosen) == 0:
            return self[np.reshape(rows, 1)][0]
        raw = self._read(chosen)
        with np.errstate(all="ignore"):  # what is not finite is for others to refuse
            x = (np.array(raw, self.dtype) if self.scaling is None
                 else self.scaling.apply(raw, self.dtype))
            x = x.clip(0, 1) if self.unit else x
        if self.beside is None:
            return x
        return np.concatenate([x, self.beside[rows].astype(self.dtype)], axis=1)

    def _chosen(self, rows):
        """Which items of the source are meant : (m,), or one by its number."""
        if isinstance(rows, tuple) and len(rows) > 1:
            raise TypeError("MappedRows have no columns before they are read: take "
                            "rows first, x[i:j], or all of them, numpy.asarray(x)")
        chosen = self.rows[rows]
        if np.ndim(chosen) > 1:
            raise IndexError("MappedRows have rows by a number, a slice, indices (m,) "
                             f"or a mask (n,); got {rows!r:.60}")
        return chosen

    def __getstate__(self):
        """For pickle and copy: where the file is, and not what is in it."""
        state, source = vars(self).copy(), self.source
        if _is_in_order(source):
            state["source"] = (str(source.filename), source.dtype, "r",
                               _place_in_file(source), source.shape)
        return state

    def __setstate__(self, state):
        vars(self).update(state)
        if isinstance(self.source, tuple):
            self.source = np.memmap(*self.source)

    def _read(self, rows):
        """Items of the source as they are in the file, flat : (m, d)."""
        source = self.source
        if not _is_in_order(source):
            return np.asarray(source[rows]).reshape(len(rows), self._width)
        raw = np.empty((len(rows), self._width), source.dtype)
        size, room = raw[:1].nbytes, memoryview(raw.reshape(-1).view(np.uint8))
        begin = _place_in_file(source)
        with open(source.filename, "rb", buffering=0) as file:
            for start, stop in _runs(rows):
                part = room[start * size : stop * size]
                if _read_at(file, begin + int(rows[start]) * size, part):
                    last = rows[stop - 1]
                    raise OSError(f"{source.filename} ended before row {last}")
        return raw

    def __array__(self, dtype=None, copy=None):
        x = np.concatenate([self[:0], *self.blocks()])
        return x if dtype is None else x.astype(dtype, copy=False)

    def part(self, rows):
        """Some of the rows, a slice or indices, as MappedRows."""
        chosen = self._chosen(rows)
        if np.ndim(chosen) == 0:
            raise IndexError(f"part takes a slice or indices (m,); got {rows!r:.60}")
        beside = None if self.beside is None else self.beside[rows]
        return MappedRows(self.source, self.scaling, chosen, self.dtype, self.unit,
                          beside)

    def astype(self, dtype, unit=False):
        """The same rows as floats of another size, once they are read."""
        return MappedRows(self.source, self.scaling, self.rows, dtype, unit,
                          self.beside)

    def with_beside(self, columns):
        """The same rows with these columns : (n, c) behind the file's, or with none.

        They take the place of those that stand there already. Raises ValueError unless
        there is a row of them for each.
        """
        if columns is not None and len(columns) != len(self):
            raise ValueError(f"got {len(columns)} rows of columns; expected "
                             f"{len(self)}, one beside each row")
        return MappedRows(self.source, self.scaling, self.rows, self.dtype, self.unit,
                          columns)

    def blocks(self):
        """All rows in order, BLOCK at a time."""
        return blocks_of(self, what="reading")

    def file_blocks(self):
        """All rows, some at a time, those that follow one another in the file together.

        A disk reads them many times as fast as rows here and there.
        """
        return self.part(np.argsort(self.rows, kind="stable")).blocks()

    def min(self, axis=None, **options):
        """The smallest number of each column, axis=0 : (d,), block by block."""
        if axis != 0 or _asked(options):
            return np.asarray(self).min(axis, **options)
        return np.min([block.min(axis) for block in self.file_blocks()], axis)

    def max(self, axis=None, **options):
        """The largest number of each column, axis=0 : (d,), block by block."""
        if axis != 0 or _asked(options):
            return np.asarray(self).max(axis, **options)
        return np.max([block.max(axis) for block in self.file_blocks()], axis)

    def mean(self, axis=None, dtype=None, **options):
        """The mean of each column, axis=0 : (d,), block by block, in float64."""
        if axis != 0 or _asked(options):
            return np.asarray(self).mean(axis, dtype, **options)
        blocks = self.file_blocks()
        return sum(x.sum(axis, dtype=dtype or np.float64) for x in blocks) / len(self)

    def var(self, axis=None, dtype=None, **options):
        """The variance of each column, axis=0 : (d,), block by block."""
        if axis != 0 or _asked(options):
            return np.asarray(self).var(axis, dtype, **options)
        mean = self.mean(axis, dtype)
        squares = (((x - mean) ** 2).sum(axis) for x in self.file_blocks())
        return sum(squares) / len(self)


def _asked(options):
    """Whether there is an option of NumPy's that says something."""
    return any(value is not None for value in options.values())


def _is_in_order(source):
    """Whether a row of it is one piece of a file."""
    mapped = isinstance(source, np.memmap) and source.filename is not None
    return mapped and source.flags.c_contiguous


def _place_in_file(source):
    """At which byte a mapped array begins; a part of one says where the whole does."""
    whole = source
    while isinstance(whole.base, np.memmap):
        whole = whole.base
    return whole.offset + source.ctypes.data - whole.ctypes.data


def _read_at(file, place, room):
    """Fill the room with what stands at a place of a file; how much is missing."""
    while len(room):  # one call may read less than it was asked for
        part = room[:AT_ONCE]
        if hasattr(os, "preadv"):
            got = os.preadv(file.fileno(), [part], place)
        else:
            file.seek(place)
            got = file.readinto(part)
        if not got:
            break
        room, place = room[got:], place + got
    return len(room)


def _runs(rows):
    """Where rows that follow one another begin and end : pairs of int."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    edges = [0, *breaks.tolist(), len(rows)]
    return [pair for pair in zip(edges, edges[1:], strict=False) if pair[0] < pair[1]]


def part_of(x, rows):
    """Rows of an array, or of `MappedRows` without reading them."""
    return x.part(rows) if isinstance(x, MappedRows) else x[rows]


def by_blocks(answer, x):
    """answer(x) of an array; of `MappedRows` the answers to their blocks, joined."""
    if isinstance(x, MappedRows):
        return np.concatenate([answer(block) for block in x.blocks()])
    return answer(x)


def blocks_of(x, size=BLOCK, what=None):
    """All rows of x : (n, d) in order, some at a time.

    what : says on the screen what is done with them, with how many are through
    """
    starts = range(0, len(x), size)
    for start in starts if what is None else steps(starts, what, "rows"):
        yield x[start : start + size]
