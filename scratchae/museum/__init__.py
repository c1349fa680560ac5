"""The museum of faults: which check notices which mistake (`scratchae museum`)."""

import contextlib

import numpy as np

from scratchae.museum import in_formulas, in_models  # noqa: F401  (they register)
from scratchae.museum.checks import CHECKS
from scratchae.museum.registry import FAULTS
from scratchae.nn.backend import backend


def is_caught(check, fault=None):
    """Whether a check, by name, raises while a fault, by name, is planted.

    Any exception counts: a crash is noticed too. fault=None is the library as it is.
    """
    plant = contextlib.nullcontext() if fault is None else FAULTS[fault][0]()
    with backend("numpy"), np.errstate(all="ignore"), plant:
        try:
            CHECKS[check]()
        except Exception:
            return True
    return False


def matrix(progress=None):
    """Fault x check: {fault: {check: caught}} for every exhibit, in order.

    progress : function of a fault's name, called before its row
    """
    rows = {}
    for fault in FAULTS:
        if progress is not None:
            progress(fault)
        rows[fault] = {check: is_caught(check, fault) for check in CHECKS}
    return rows


def as_markdown(rows):
    """The matrix as a table; x means caught."""
    head = ["fault", "seen in", *CHECKS]
    lines = [head, ["---"] * 2 + [":-:"] * len(CHECKS)]
    for fault, caught in rows.items():
        _, text, seen_in = FAULTS[fault]
        lines.append([text, seen_in, *("x" if caught[c] else "" for c in CHECKS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
