"""Texts of strangers, made fit for a table: on one line, and no formula."""

import re

LONGEST = 1000  # characters
# At the start of a cell, or after what some spreadsheets take for the end of one.
FORMULA = re.compile(r"(^|[;,|])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def printable(text):
    """A text on one line; what cannot be seen is written as its escape."""
    text = text[:LONGEST]
    shown = "".join(mark if mark == " " or mark.isprintable()
                    else mark.encode("unicode_escape").decode() for mark in text)
    return (shown.strip() or repr(text))[:LONGEST]


def cell(value):
    """A value as the text of a cell; a cell's own text is left as it is."""
    return FORMULA.sub(r"\1'", printable(str(value))) if value != "" else ""
