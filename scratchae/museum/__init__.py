"""The museum of faults: which check notices which mistake (`scratchae museum`)."""

import contextlib
import sys

import numpy as np

from scratchae.museum import (  # noqa: F401  (exhibits register)
    conduct,
    in_formulas,
    in_kernels,
    in_models,
    in_networks,
    in_tools,
    mathematics,
    surroundings,
)
from scratchae.museum.registry import FAULTS
from scratchae.nn.backend import backend
from scratchae.pulse import doing, steps, tell

CHECKS = mathematics.CHECKS | conduct.CHECKS | surroundings.CHECKS
KERNELS = "kernel = twin"  # the column of the compiled backend


def is_caught(check, fault=None):
    """Whether a check, by name, raises while a fault, by name, is planted.

    fault=None is the library as it is.
    """
    return _is_caught(CHECKS[check], fault)


def _is_caught(parts, fault=None):
    """Any exception counts, as a crash is noticed too, but a NameError: that is a
    mistake of the exhibit."""
    plant = contextlib.nullcontext() if fault is None else FAULTS[fault].planted()
    with backend("numpy"), np.errstate(all="ignore"), plant:
        try:
            for part in parts:
                part()
        except NameError:
            raise
        except Exception:
            return True
    return False


def footprint(part):
    """The code that a part of a check runs: only a mistake in it can be noticed."""
    ran = set()

    def watch(frame, event, _):
        if event == "call":
            ran.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        _is_caught([part])
    finally:
        sys.setprofile(before)
    return ran


def matrix(progress=None):
    """Fault x check: {fault: {check: caught}} for every exhibit, in order.

    progress : function of a fault's name, called before its row
    Where Numba cannot be imported, the column of the kernels is left out.
    """
    ran = {
        check: [(part, footprint(part)) for part in parts]
        for check, parts in steps(CHECKS.items(), "what each check runs", "checks")
    }
    with doing("planting faults in the kernels"):
        kernels, rows = in_kernels.noticed(), {}
    if kernels is None:
        tell(f"left out: {KERNELS!r}, for Numba cannot be imported")
    for fault, exhibit in steps(FAULTS.items(), "planting faults", "faults"):
        if progress is not None:
            progress(fault)
        codes = {function.__code__ for function in exhibit.targets}
        row = rows[fault] = {}
        for check, parts in ran.items():
            concerned = [part for part, code in parts if not codes.isdisjoint(code)]
            row[check] = bool(concerned) and _is_caught(concerned, fault)
        if kernels is not None:
            row[KERNELS] = kernels.get(fault, False)
    return rows


def columns_of(rows):
    """The checks that the matrix has, in order."""
    return next(iter(rows.values())).keys()


def as_markdown(rows):
    """The matrix as a table; x means caught."""
    columns = columns_of(rows)
    head = ["fault", "seen in", *columns]
    lines = [head, ["---"] * 2 + [":-:"] * len(columns)]
    for fault, caught in rows.items():
        exhibit = FAULTS[fault]
        marks = ("x" if caught[column] else "" for column in columns)
        text = exhibit.text.replace("|", r"\|")  # which would end the cell
        lines.append([text, exhibit.seen_in, *marks])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_text(rows):
    """One line per fault, one column per check."""
    width = max(len(exhibit.text) for exhibit in FAULTS.values())
    columns = columns_of(rows)
    lines = [f"{'':{width}} {'  '.join(columns)}"]
    for fault, caught in rows.items():
        cells = "  ".join(f"{'x' if caught[c] else '.':^{len(c)}}" for c in columns)
        lines.append(f"{FAULTS[fault].text:{width}} {cells}")
    return "\n".join(lines)
