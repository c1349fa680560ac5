"""Is one tensor's gradient right? The comparison of two arrays of numbers."""

import math
from dataclasses import dataclass

import numpy as np

from scratchae.gradcheck.loss import Inapplicable, real_array
from scratchae.gradcheck.rounding import (
    is_drowned,
    noise_of,
    typical,
    zero_floor,
    zero_is_resolved,
)
from scratchae.gradcheck.slips import diagnose
from scratchae.gradcheck.tensors import complex_rounding, differentiate

TOLERANCES = {"complex": 1e-12, "richardson": 1e-9, "central": 1e-5}
SUPPORT = 1e-3  # of the gradient: differences whose own error is larger say nothing
ENTRY = 1e-3  # an entry further off than this, in parts of itself, is suspicious
SMALL = 1e-3  # of the tensor's largest: entries that the tensor's scale may hide
WIDE = 2  # a tolerance this many times the one that was asked for is told


@dataclass
class Verdict:
    """What is known of one tensor: the fields of a GradientRow but for its name."""

    method: str
    worst_index: tuple = ()
    max_relative_error: float = math.inf
    analytic: float = math.nan
    numeric: float = math.nan
    tolerance: float = 0.0
    kinks: tuple = ()
    suspects: tuple = ()
    note: str = ""
    problem: str = ""
    slip: str = ""

    def point_at(self, index, a, n):
        """Make this the entry that the row shows."""
        self.worst_index = index
        self.analytic, self.numeric = float(a[index]), float(n[index])


def examine(loss, given, method, tolerance=None, step=None, kinks=None):
    """The Verdict on the gradient `given`, an array of the shape of loss.x."""
    verdict = Verdict(method, problem=_obstacle(loss, given))
    if verdict.problem:
        return verdict
    if given.size == 0:
        verdict.max_relative_error, verdict.note = 0.0, "there are no entries"
        return verdict
    try:
        found = differentiate(loss, method, step, kinks)
    except Inapplicable as why:
        verdict.problem = f"the complex step does not apply: {why}; use method='auto'"
        return verdict
    _compare(verdict, loss, found, given, tolerance)
    if verdict.max_relative_error > verdict.tolerance or verdict.problem:
        again = loss.changes(calls=20)
        if again is not None:
            verdict.problem = _random(loss, again)
    return verdict


def _compare(verdict, loss, found, given, tolerance):
    """Fill in the Verdict by the numerical derivative that was found."""
    a = real_array(given, "gradient")
    verdict.method, verdict.note, verdict.kinks = found.method, found.note, found.kinks
    if found.kinks:
        more = f" and {len(found.kinks) - 1} more" if len(found.kinks) > 1 else ""
        verdict.point_at(found.kinks[0], a, found.values)
        verdict.problem = f"kink at {found.kinks[0]}{more}: move the point"
    elif not np.isfinite(found.values).all():
        verdict.point_at(_index(~np.isfinite(found.values)), a, found.values)
        verdict.problem = f"f is not finite around {verdict.worst_index}"
    else:
        _judge(verdict, loss, found, a, _precision(given), tolerance)


def _obstacle(loss, given):
    """Why nothing can be compared, or ""."""
    if not np.isfinite(loss.value):
        return f"f(x) is {loss.value}"
    if not np.isfinite(loss.x).all():
        return f"x is not finite at {_index(~np.isfinite(loss.x))}"
    again = loss.changes()
    if again is not None:
        return _random(loss, again)
    if given.dtype.kind == "c":
        return "the gradient is complex; that of a real f is real"
    bad = ~np.isfinite(real_array(given, "gradient"))
    return f"the gradient is not finite at {_index(bad)}" if bad.any() else ""


def _random(loss, again):
    first, then = f"{loss.value:.6g}", f"{again:.6g}"
    if first == then:
        first, then = f"{loss.value:.17g}", f"{again:.17g}"
    return (f"f is not deterministic: f(x) is {first} and then {then}; "
            "draw the noise once, outside of f")


def _precision(given):
    """Rounding of the type in which a gradient was given: 1.2e-7 for float32."""
    kept = given.dtype if given.dtype.kind == "f" else np.float64
    return float(max(np.finfo(np.float64).eps, np.finfo(kept).eps))


def _judge(verdict, loss, found, a, precision, tolerance):
    n = found.values
    asked = allowed = tolerance
    if tolerance is None:
        asked = _usual(found.method, precision)
        allowed = _explained(loss, found, a, asked)
    slack = _slack(loss, found, a, allowed)
    if np.all(np.abs(n) <= slack):
        floor = zero_floor(loss)
        if np.all(np.abs(a) <= slack + floor):
            return _judge_zero(verdict, loss, a, n, slack, allowed, floor)
    error, worst = relative_error(a, n, slack)
    scale = max(np.abs(a).max(), np.abs(n).max())
    verdict.max_relative_error = error
    verdict.tolerance = allowed + float(slack[worst] / scale)
    verdict.point_at(worst, a, n)
    if slack.max() > max(SUPPORT, allowed) * scale:
        return _judge_coarse(verdict, loss, a, n, slack)
    _look_at_entries(verdict, a, n, slack, scale, precision, allowed)
    _tell_if_wide(verdict, asked)
    if error > verdict.tolerance:
        hidden = verdict.problem if worst in verdict.suspects else ""
        verdict.slip, words = _slip_of(a, n)
        verdict.problem = words or hidden


def _judge_coarse(verdict, loss, a, n, slack):
    """A numerical derivative that may be off too far to say anything."""
    at = _index(slack)
    verdict.point_at(at, a, n)
    by_step = verdict.method == "complex"
    by = "rounding lets the complex step" if by_step else "its differences"
    verdict.problem = (f"not resolvable at {at}: f is {loss.value:.3g}, and {by} "
                       f"give the derivative to {slack[at]:.1g} only")


def _tell_if_wide(verdict, asked):
    """Say in the note that rounding made the tolerance larger than was asked for."""
    if verdict.tolerance > WIDE * asked:
        text = f"rounding hides what is below {verdict.tolerance:.1g} of the largest"
        verdict.note = f"{verdict.note}; {text}" if verdict.note else text


def _usual(method, precision):
    """The tolerance of a method, for a gradient whose type rounds to `precision`."""
    roundings = 64 if precision < 1e-4 else 2  # 64 of float16 are 6 per cent
    return max(TOLERANCES[method], roundings * precision)


def _explained(loss, found, a, usual):
    """The usual tolerance, or what rounding of f explains of an error by complex step.

    At most what differences allow: where f is saturated, 1 - tanh(x)^2 has the rounding
    of the 1.
    """
    off, scale = np.abs(a - found.values).max(), np.abs(found.values).max()
    if found.method != "complex" or off <= usual * scale:
        return usual
    rounding = zero_floor(loss) / scale if scale else 0.0
    return max(usual, min(rounding, TOLERANCES["richardson"]))


def _slack(loss, found, a, allowed):
    """What each numerical entry may be off; of the complex step, only if it matters."""
    if found.method != "complex":
        return 2 * found.errors
    scale = max(np.abs(a).max(), np.abs(found.values).max())
    off = np.abs(a - found.values)
    order = np.argsort(-off, axis=None)[: int(np.sum(off > allowed * scale))]
    suspicious = [np.unravel_index(flat, off.shape) for flat in order]
    return np.full(off.shape, complex_rounding(loss, found, suspicious))


def _judge_zero(verdict, loss, a, n, slack, allowed, floor):
    """A gradient that is 0 to rounding: its scale is that of f's own rounding."""
    scale = (floor + float(slack.max())) / min(allowed or 1e-12, 1e-12)
    error, worst = relative_error(a, n, slack, floor=scale)
    verdict.max_relative_error, verdict.tolerance = error, allowed
    verdict.point_at(worst, a, n)
    if not zero_is_resolved(loss, float(slack.max()) * typical(loss.x)):
        value = f"{loss.value:.6g}"
        verdict.problem = f"not resolvable: f = {value} changes less than its rounding"
    elif verdict.method != "complex" and is_drowned(loss):
        verdict.problem = (f"not resolvable: f = {loss.value:.6g} changes by "
                           f"{noise_of(loss):.1g} with the last bit of x")
    elif np.any(a) or np.any(n):
        least = f"{slack.max() + floor:.1g}"
        verdict.note = f"zero, to the rounding of f, which hides all below {least}"
    else:
        verdict.note = "f does not depend on it here, so that little is checked"


def _look_at_entries(verdict, a, n, slack, scale, precision, allowed):
    """Entries that are wrong beside their own size fail unless rounding may be why."""
    off, own = np.abs(a - n), np.maximum(np.abs(a), np.abs(n))
    small = own < SMALL * scale
    wrong = small & (off > max(ENTRY, 2 * allowed) * own) & (off > 3 * slack)
    suspicious = wrong & (off > 64 * precision * scale)
    verdict.suspects = tuple(map(_plain_index, np.argwhere(suspicious)))
    certain = suspicious & (off > max(1e-12, 256 * precision) * scale)
    if certain.any():
        at = _index(np.where(certain, off, 0))
        verdict.problem = f"the small entry {at} is {a[at]:.3g}, not {n[at]:.3g}"
        if verdict.max_relative_error <= verdict.tolerance:
            verdict.point_at(at, a, n)
    elif verdict.suspects:
        at = verdict.suspects[0]
        verdict.note = f"entry {at} is {a[at]:.3g} and not {n[at]:.3g}: only rounding?"


def relative_error(a, b, slack=0.0, floor=0.0):
    """max|a - b| / max(max|a|, max|b|) and where it is; 0 / 0 = 0.

    slack : what b may be off: the entry that exceeds it most is the worst
    floor : the least that the difference is divided by
    Anything that is not finite counts as an infinite error.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.size == 0:
        return 0.0, ()
    bad = ~(np.isfinite(a) & np.isfinite(b))
    if bad.any():
        return math.inf, _index(bad)
    difference = np.abs(a - b)
    worst = _index(difference - slack)
    scale = max(np.abs(a).max(), np.abs(b).max(), floor)
    return (float(difference[worst] / scale) if scale else 0.0), worst


def _slip_of(a, n):
    """Code and words of the slip that explains every entry of a, "" if none does."""
    if not np.any(n):
        return "independent", "f does not depend on it here"
    slip = diagnose([a], [n])
    if slip is None or (slip.code == "factor" and n.size == 1):  # there always is one
        return "", ""
    certain = slip.words.endswith("in all entries")  # that is seen, and no guess
    return slip.code, slip.words if certain else f"{slip.words}?"


def _index(values):
    return _plain_index(np.unravel_index(np.argmax(values), values.shape))


def _plain_index(index):
    return tuple(int(i) for i in index)
