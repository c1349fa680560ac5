"""What a gradient check says: one row per tensor, and the table of all rows."""

import math
from dataclasses import dataclass

from scratchae.errors import GradientCheckError
from scratchae.text_table import text_table


@dataclass(frozen=True)
class GradientRow:
    """The comparison of one tensor: `print` it to see the table row with headings.

    tolerance : what max_relative_error may be, the numerical error included
    method : "complex", "richardson" or "central", whichever was used
    kinks : where f has no derivative   suspects : entries that are wrong beside
        their own size, however small beside the tensor's largest
    note : why another method was used, or what is remarkable   problem : what is wrong
    slip : code of what was probably done (gradcheck/slips.py), if all entries say so
    """

    name: str
    shape: tuple
    max_relative_error: float
    worst_index: tuple
    analytic: float
    numeric: float
    tolerance: float
    method: str
    model: str = ""
    kinks: tuple = ()
    suspects: tuple = ()
    note: str = ""
    problem: str = ""
    slip: str = ""

    @classmethod
    def failed(cls, name, problem, method, *, shape=(), model=""):
        """A row of what could not be compared at all."""
        nothing = math.inf, (), math.nan, math.nan, 0.0
        return cls(name, shape, *nothing, method, model, problem=problem)

    @property
    def passed(self):
        """Whether the error is within the tolerance and there is no other problem."""
        return bool(self.max_relative_error <= self.tolerance and not self.problem)

    @property
    def ratio(self):
        """analytic / numeric at the worst entry; the verdict looks at all entries."""
        return self.analytic / self.numeric if self.numeric else math.nan

    @property
    def verdict(self):
        """ok, or what is wrong."""
        if self.passed:
            return "ok"
        return f"FAILED: {self.problem}" if self.problem else "FAILED"

    def raise_if_failed(self):
        """The row itself, or GradientCheckError with its table if it failed."""
        GradientReport([self]).raise_if_failed()
        return self

    def __str__(self):
        return str(GradientReport([self]))


class GradientReport:
    """Rows of a gradient check, in order; `print` it to see the table."""

    def __init__(self, rows):
        self.rows = list(rows)

    @property
    def passed(self):
        """Whether there is a row and every row passed."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    def raise_if_failed(self):
        """The report itself, or GradientCheckError with the table if a row failed."""
        if not self.passed:
            raise GradientCheckError(f"\n{self}")
        return self

    def to_json_dict(self):
        """The report as plain lists and numbers; what is not finite becomes null."""
        methods = {row.method for row in self.rows}
        return {
            "method": methods.pop() if len(methods) == 1 else sorted(methods),
            "passed": self.passed,
            "rows": [_plain(row) for row in self.rows],
        }

    def __str__(self):
        head = ("model", "name", "shape", "max rel. error", "worst index", "analytic",
                "numeric", "ratio", "verdict")
        lines = text_table(head, map(_cells, self.rows))
        notes = [f"note on {_title(row)}: {row.note}" for row in self.rows if row.note]
        lines += [*notes, self._summary()]
        return "\n".join(lines)

    def _summary(self):
        failed = [row for row in self.rows if not row.passed]
        if not self.rows:
            return "FAILED: there was no gradient to check"
        if not failed:
            return f"all {len(self.rows)} gradients agree"
        first = _title(failed[0])
        return f"{len(failed)} of {len(self.rows)} failed; the first is {first}"


def _title(row):
    return f"{row.model} {row.name}".strip()


def _cells(row):
    shape = "x".join(map(str, row.shape)) or "scalar"
    numbers = (f"{x:.6g}" for x in (row.analytic, row.numeric, row.ratio))
    return (str(row.model), str(row.name), shape, f"{row.max_relative_error:.1e}",
            str(row.worst_index), *numbers, row.verdict)


def _plain(row):
    def finite(value):
        return value if math.isfinite(value) else None

    return {
        "model": str(row.model),
        "name": str(row.name),
        "shape": list(row.shape),
        "method": row.method,
        "max_relative_error": finite(row.max_relative_error),
        "worst_index": list(row.worst_index),
        "analytic": finite(row.analytic),
        "numeric": finite(row.numeric),
        "passed": row.passed,
        "verdict": row.verdict,
        "suspects": [list(index) for index in row.suspects],
        "note": row.note,
        "slip": row.slip,
    }
