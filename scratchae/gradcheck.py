"""Compare a hand-written gradient with a numerical one, tensor by tensor.

Three numerical derivatives of a scalar function, one coordinate at a time:

    complex step   Im f(x + i h) / h, h = 1e-30     error about 1e-15; needs f analytic
    Richardson     central differences extrapolated to h = 0     about 1e-11
    central        (f(x + h) - f(x - h)) / (2 h)                 about 1e-8

The verdict is relative to the tensor's own scale, max|a - n| / max(max|a|, max|n|).
There is no absolute tolerance: where the largest gradient is 7e-7, an absolute 1e-5
would pass a backward that returns zeros.
"""

import math
from dataclasses import dataclass

import numpy as np

from scratchae.errors import GradientCheckError

COMPLEX_STEP = 1e-30
TOLERANCES = {"complex": 1e-12, "richardson": 1e-7, "central": 1e-5}
STEPS = {"complex": COMPLEX_STEP, "richardson": 2e-2, "central": 6e-6}
RICHARDSON_LEVELS = 4  # h, h/2, h/4, h/8: what is left is of order h^8
SLIPS = {-1: "sign flipped", 2: "factor 2", 0.5: "factor 1/2", -2: "factor -2",
         -0.5: "factor -1/2"}  # fmt: skip


def numerical_gradient(f, x, method="complex", step=None):
    """Derivative of the scalar f at x in every coordinate; x is never written to.

    f : function of an array of x's shape; complex in, complex out for "complex"
    Returns an array of x's shape in float64.
    """
    if method not in STEPS:
        raise ValueError(f"method must be one of {sorted(STEPS)}. Got {method!r}.")
    h = STEPS[method] if step is None else step
    x = np.asarray(x)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        if method == "complex":
            gradient[index] = np.imag(f(_moved(x, index, 1j * h))) / h
        elif method == "richardson":
            gradient[index] = _richardson(f, x, index, h)
        else:
            gradient[index] = _central(f, x, index, h)
    return gradient


def _moved(x, index, h):
    moved = x.astype(np.result_type(x.dtype, np.float64, type(h)))
    moved[index] += h
    return moved


def _central(f, x, index, h):
    return float(f(_moved(x, index, h)) - f(_moved(x, index, -h))) / (2 * h)


def _richardson(f, x, index, h):
    """Halving h divides the leading error by 4, the next by 16: cancel them in turn."""
    row = [_central(f, x, index, h / 2**level) for level in range(RICHARDSON_LEVELS)]
    for order in range(1, RICHARDSON_LEVELS):
        factor = 4**order
        row = [
            (factor * fine - coarse) / (factor - 1)
            for coarse, fine in zip(row, row[1:], strict=False)
        ]
    return row[0]


@dataclass(frozen=True)
class GradientRow:
    """The comparison of one tensor: `print` it to see the table row with headings."""

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

    @property
    def passed(self):
        """Whether the error is within the tolerance and no coordinate met a kink."""
        return self.max_relative_error <= self.tolerance and not self.kinks

    @property
    def ratio(self):
        """analytic / numeric at the worst entry: 2, -1, n or 1/n name usual slips."""
        return self.analytic / self.numeric if self.numeric else math.nan

    @property
    def verdict(self):
        """ok, or what is wrong."""
        if self.passed:
            return "ok"
        if self.kinks:
            more = f" and {len(self.kinks) - 1} more" if len(self.kinks) > 1 else ""
            return f"FAILED: crosses a kink at {self.kinks[0]}{more}"
        for ratio, slip in SLIPS.items():
            if math.isclose(self.ratio, ratio, rel_tol=1e-6):
                return f"FAILED: {slip}?"
        return "FAILED"

    def __str__(self):
        return str(GradientReport([self]))


def check_gradient(
    f, x, gradient, method="complex", *, name="x", model="", tolerance=None, kinks=None
):
    """Compare `gradient` with the numerical derivative of the scalar f at x.

    kinks : function of x that returns on which side of each kink every unit is; a
        coordinate whose step changes it is reported and fails: move the point
    Returns a GradientRow. Raises ValueError if the shapes differ.
    """
    x, gradient = np.asarray(x), np.asarray(gradient)
    if gradient.shape != x.shape:
        raise ValueError(
            f"gradient of {name} has shape {gradient.shape}; expected {x.shape}"
        )
    numeric = numerical_gradient(f, x, method)
    error, worst = relative_error(gradient, numeric)
    return GradientRow(
        name,
        x.shape,
        error,
        worst,
        float(gradient[worst]),
        float(numeric[worst]),
        TOLERANCES[method] if tolerance is None else tolerance,
        method,
        model,
        () if kinks is None or method == "complex" else _crossed(kinks, x, method),
    )


def relative_error(a, b):
    """max|a - b| / max(max|a|, max|b|) and where it is; 0 / 0 = 0.

    Anything that is not finite counts as an infinite error.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.size == 0:
        return 0.0, ()
    bad = ~(np.isfinite(a) & np.isfinite(b))
    if bad.any():
        return math.inf, _index(bad)
    difference = np.abs(a - b)
    worst = _index(difference)
    scale = max(np.abs(a).max(), np.abs(b).max())
    return (float(difference[worst] / scale) if scale else 0.0), worst


def _index(values):
    return tuple(int(i) for i in np.unravel_index(np.argmax(values), values.shape))


def _crossed(kinks, x, method):
    """Coordinates whose step moves some unit to the other side of its kink."""
    h = STEPS[method]
    return tuple(
        index
        for index in np.ndindex(x.shape)
        if not np.array_equal(kinks(_moved(x, index, h)), kinks(_moved(x, index, -h)))
    )


def check_parameters(
    loss, parameters, gradients, method="complex", *, model="", kinks=None
):
    """Check every named tensor apart, in the order given (from the loss backwards).

    loss : function of a dict of arrays   parameters, gradients : dicts by name
    kinks : like loss, returns the side of every kink
    Returns a GradientReport.
    """

    def only(function, name):
        if function is None:
            return None
        return lambda value: function(parameters | {name: value})

    return GradientReport(
        [
            check_gradient(
                only(loss, name), value, gradients[name], method, name=name,
                model=model, kinks=only(kinks, name),
            )
            for name, value in parameters.items()
        ]
    )  # fmt: skip


def random_projection(shape, rng):
    """Random weights that turn a tensor into a scalar. Never ones: a softmax summed
    is constant, and a backward that returns 0 would pass."""
    return rng.normal(size=shape)


class GradientReport:
    """Rows of a gradient check, in order; `print` it to see the table."""

    def __init__(self, rows):
        self.rows = list(rows)

    @property
    def passed(self):
        """Whether every row passed."""
        return all(row.passed for row in self.rows)

    def raise_if_failed(self):
        """Raise GradientCheckError with the table if a row failed."""
        if not self.passed:
            raise GradientCheckError(f"\n{self}")

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
                "numeric", "ratio", "verdict")  # fmt: skip
        table = [head] + [_cells(row) for row in self.rows]
        widths = [max(len(line[i]) for line in table) for i in range(len(head))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in table
        ]
        return "\n".join(line.rstrip() for line in [*lines, self._summary()])

    def _summary(self):
        failed = [row for row in self.rows if not row.passed]
        if not failed:
            return f"all {len(self.rows)} gradients agree"
        first = f"{failed[0].model} {failed[0].name}".strip()
        return f"{len(failed)} of {len(self.rows)} failed; the first is {first}"


def _cells(row):
    shape = "x".join(map(str, row.shape)) or "scalar"
    return (
        row.model, row.name, shape, f"{row.max_relative_error:.1e}",
        str(row.worst_index), f"{row.analytic:.6g}", f"{row.numeric:.6g}",
        f"{row.ratio:.6g}", row.verdict,
    )  # fmt: skip


def _plain(row):
    def finite(value):
        return value if math.isfinite(value) else None

    return {
        "model": row.model,
        "name": row.name,
        "shape": list(row.shape),
        "max_relative_error": finite(row.max_relative_error),
        "worst_index": list(row.worst_index),
        "analytic": finite(row.analytic),
        "numeric": finite(row.numeric),
        "passed": row.passed,
    }
