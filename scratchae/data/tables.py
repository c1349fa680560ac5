"""Tables in text: comma, semicolon, tab or spaces; plain or .gz; with names or without.

Cells may be in quotes, as R writes text between spaces.

What is in the cells is told in `columns`, and in `header` when the first row is names.
Blank lines are no rows, nor are lines before the first row that start with #, or with
sep= as Excel has them. With semicolons the decimal sign may be a comma.
"""

import contextlib
import csv
import io
import itertools
import re
import zlib

from scratchae.data.columns import Columns
from scratchae.data.header import has_row_names, names_of
from scratchae.data.raw import cannot_read, opened
from scratchae.errors import DataError
from scratchae.pulse import doing

SEPARATORS = ("\t", ";", ",")  # without any of these: spaces
BETWEEN_SPACES = re.compile(r'"((?:[^"\\]|""|\\.)*)"(?!\S)|(\S+)')  # in quotes or not


def read_table(path, size, label, like):
    """The rows of a table as `Raw`, and its column of labels where there is one.

    label : its name, its number from 0 (or -1), "none", or None to look for it
    like : names of columns that must be there, and are taken in this order
    Raises DataError that says the line, or the column.
    """
    with _text(path) as file, doing(f"reading {path}"):
        return _read(file, path, label, like).raw(size)


def has_names(path, names):
    """Whether the first row of a table is a header that has all of these names."""
    with _text(path) as file:
        _, cells = next(_rows(file, _separator(_first_row(file))), (0, []))
        return {*names} <= {*map(str.strip, cells)}


@contextlib.contextmanager
def _text(path):
    """The text of a file; DataError for what is none."""
    try:
        with opened(path) as binary:
            if binary.read(2) == b"PK":
                raise DataError(f"{path} is a spreadsheet or another archive: save it "
                                "as CSV")
            binary.seek(0)
            yield io.TextIOWrapper(binary, "utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 text ({error.reason} at byte "
                        f"{error.start}); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise cannot_read(path, error) from error


def _read(file, path, label, like):
    """The `Columns` of a table, filled; the file is read from its start several times.
    """
    separator = _separator(_first_row(file))
    decimal = "," if separator == ";" else "."
    rows = _rows(file, separator)
    start = next(rows, None)
    if start is None:
        raise DataError(f"{path} is empty")
    names, notes = names_of(start, rows, decimal, like)
    begin = 0  # of each row's cells
    below = _rows_below(file, separator, names)
    if names and has_row_names(names, below, decimal):
        notes += ("the first cell of each row, above which is no name, is left out",)
        begin = 1
    below = _rows_below(file, separator, names, begin)
    first = next(below, None)
    if first is None:
        raise DataError(f"{path} has names of columns, but no rows")
    table = Columns(path, names, start, decimal, notes)
    table.choose(label, first[1], like)
    for line, cells in itertools.chain([first], below):
        table.add(line, cells)
    return table


def _separator(first):
    """The sign between the cells of the first row; None for spaces."""
    bare = re.sub('"[^"]*"', '""', first)  # a name in quotes may have a comma
    texts = (bare, first) if len(bare.split()) == 1 else (bare,)
    return next((s for text in texts for s in SEPARATORS if s in text), None)


def _first_row(file):
    """The text of the first row, of several lines where a name in quotes has some."""
    lines, quotes = [], 0
    for line in file:
        if lines or not _is_blank(line):
            lines.append(line)
            quotes += line.count('"')
            if quotes % 2 == 0:
                break
    return "".join(lines)


def _is_blank(line):
    return not line.strip() or line.startswith("#")


def _rows_below(file, separator, names, begin=0):
    """Those of `_rows` below the names, if there are any, their cells from one on."""
    rows = itertools.islice(_rows(file, separator), 1 if names else 0, None)
    return ((line, cells[begin:]) for line, cells in rows)


def _rows(file, separator):
    """(line, cells) of each row; the line on which it begins, counted from 1."""
    file.seek(0)
    begun = False
    found = _spaced(file) if separator is None else _separated(file, separator)
    for line, cells in found:
        some = any(map(str.strip, cells))
        begun = begun or (some and not cells[0].startswith(("#", "sep=")))
        if begun and (some or len(cells) > 1):  # #7 may be the name of a later row
            yield line, cells


def _separated(file, separator):
    lines = itertools.chain(file, ["\n"])  # blank, unless it is inside of a quote
    rows, line = csv.reader(lines, delimiter=separator), 1
    for row in rows:
        yield line, row
        first, line = line, rows.line_num + 1
    if row:
        raise csv.Error(f"the quote in line {first} is not closed")


def _spaced(file):
    for line, text in enumerate(file, 1):
        if '"' in text:
            cells = [plain or quoted.replace('""', '"').replace('\\"', '"')
                     for quoted, plain in BETWEEN_SPACES.findall(text)]
            yield line, cells
        else:
            yield line, text.split()
