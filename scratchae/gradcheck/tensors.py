"""Numerical derivatives of a scalar function of an array, entry by entry."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scratchae.gradcheck.differences import START, central, derivative
from scratchae.gradcheck.loss import Inapplicable
from scratchae.gradcheck.rounding import (
    NOT_VERIFIED,
    direction_of,
    measured_noise,
    noise_of,
    typical,
    zero_is_resolved,
)

METHODS = ("auto", "complex", "richardson", "central")
STEPS = {"complex": 1e-30, "richardson": START, "central": 6e-6}
SUSPICIOUS = 8  # entries at the most whose rounding is measured
COARSE = 1e-8  # what it supports where nothing is hidden; else each entry is looked at


@dataclass
class Derivative:
    """values, errors : arrays of x's shape; what the method gives, what it may be off
    method : that was used   note : why, if it is not the one that was wanted
    kinks : where there is no derivative   step : h of the complex step
    """

    values: np.ndarray
    errors: np.ndarray
    method: str
    note: str = ""
    kinks: tuple = ()
    step: float = None


def differentiate(loss, method, step=None, kinks=None):
    """The derivative of a Loss by one of METHODS.

    step : h of "complex", else the first step of the differences
    "complex" is compared with a difference along a random direction; where the two
    disagree or f takes no complex numbers, "auto" goes over to "richardson" and says
    why in the note, and "complex" raises Inapplicable.
    """
    if method in ("richardson", "central"):
        return by_differences(loss, method, step, kinks)
    h, step = (step, None) if method == "complex" else (None, step)
    try:
        found = by_complex_step(loss, h)
        if verify(loss, found.values, step, kinks):
            _verify_entries(loss, found, step, kinks)
    except Inapplicable as why:
        if method == "complex":
            raise
        found = by_differences(loss, "richardson", step, kinks)
        found.note = f"the complex step does not apply, {why}: Richardson"
    return found


def _verify_entries(loss, found, step, kinks):
    """Raise Inapplicable where one entry's own differences, twice, say otherwise."""
    size, scale = np.max(np.abs(found.values), initial=0.0), scales(loss.x)
    other = by_differences(loss, "richardson", step, kinks)
    off = np.abs(other.values - found.values) > 4 * other.errors + 1e-12 * size
    for index in map(tuple, np.argwhere(off)):
        h = 0.37 * (START * scale[index] if step is None else step)
        again = _estimate(loss, index, "richardson", h, grow=True)
        off_again = abs(again.value - found.values[index])
        if off_again > 4 * again.error + 1e-12 * size and not again.kink:
            raise Inapplicable("differences of its entries say otherwise")


def by_complex_step(loss, h=None):
    """Im f(x + i h) / h, exact to rounding if f is analytic in every term."""
    h = STEPS["complex"] if h is None else h
    values, scale = np.zeros(loss.x.shape), h + scales(loss.x)
    for index in np.ndindex(values.shape):
        real, imaginary = loss.imaginary(moved(loss.x, index, 1j * h))
        values[index] = imaginary / h
        room = abs(loss.value) + abs(values[index]) * scale[index] + h
        if abs(real - loss.value) > 1e-6 * room:
            text = f"f is another for complex numbers, {real:.6g} and not"
            raise Inapplicable(f"{text} {loss.value:.6g}")
    return Derivative(values, np.zeros(values.shape), "complex", step=h)


def by_differences(loss, method, step=None, kinks=None):
    """Extrapolated or plain differences; a step over a user's kink is shortened."""
    values, errors, bent = np.zeros(loss.x.shape), np.zeros(loss.x.shape), []
    scale = scales(loss.x)
    for index in np.ndindex(values.shape):
        h = STEPS[method] * scale[index] if step is None else step
        estimate = _estimate(loss, index, method, h, grow=step is None)
        crosses = _crosses(kinks, loss.x, index, estimate.step)
        while crosses and h > 1e-9 * scale[index]:
            h = min(h, estimate.step) / 16
            estimate = _estimate(loss, index, method, h, grow=False)
            crosses = _crosses(kinks, loss.x, index, estimate.step)
        if crosses or estimate.kink:
            bent.append(index)
        values[index], errors[index] = estimate.value, estimate.error
    return Derivative(values, errors, method, kinks=tuple(bent))


def _estimate(loss, index, method, h, grow):
    """The Estimate of the derivative in one entry; h is the first step."""
    def phi(t):
        return loss.near(moved(loss.x, index, t))

    if method == "central":
        return central(phi, loss.value, h, noise_of(loss))
    return derivative(phi, loss.value, h, noise_of(loss), grow=grow)


def _crosses(kinks, x, index, h):
    """Whether a step, to either side, moves some unit beyond its kink."""
    return kinks is not None and any(
        differ(kinks, moved(x, index, t), x) for t in (h, -h))


def differ(kinks, x, other):
    """Whether `kinks` tells two points apart, by arrays or lists or dicts of them."""
    def same(a, b):
        if isinstance(a, dict):
            return all(same(a[name], b[name]) for name in a)
        if isinstance(a, list | tuple):
            return all(map(same, a, b))
        return np.array_equal(a, b)

    return not same(kinks(x), kinks(other))


def verify(loss, gradient, step=None, kinks=None):
    """Raise Inapplicable unless f changes along a direction as the gradient says.

    Returns whether that is known coarsely only, and so says little of small terms.
    """
    v = direction_of(loss.x)
    slope, size = float(np.sum(gradient * v)), float(np.sum(np.abs(gradient * v)))
    for measured in False, True:
        found = _slope_along(v, loss, measured, 1e-11 * size, step)
        agree = abs(found.value - slope) <= 4 * found.error + 1e-12 * size
        if agree and found.error <= NOT_VERIFIED * size and not found.kink:
            break
    bent = kinks is not None and differ(kinks, loss.x + 1e-9 * v, loss.x - 1e-9 * v)
    if bent or found.kink:
        raise Inapplicable("f has a kink here")
    if not agree:
        raise Inapplicable(
            f"its slope {slope:.3g} along a random direction is off by "
            f"{abs(found.value - slope):.1g} (is there an abs, norm, conj or max?)"
        )
    if found.error > NOT_VERIFIED * size and not zero_is_resolved(loss, found.error):
        raise Inapplicable("differences of f are too coarse to verify it")
    return found.error > COARSE * size


def _slope_along(v, loss, measured, goal, step):
    """The derivative of f along v; if its noise is measured, steps may grow, too."""
    noise = noise_of(loss) if measured else loss.precision * abs(loss.value)
    h = START / 4 if step is None else step
    return derivative(lambda t: loss.near(loss.x + t * v), loss.value, h, noise,
                      goal=goal, grow=measured and step is None)


def complex_rounding(loss, found, suspicious):
    """How much Im f(x + ih) / h varies with h, and with x but for what is smooth, at
    some entries: by rounding. That of 1 - sigmoid(20) is in its logarithm's slope."""
    h, spread = found.step, 0.0
    for index in suspicious[:SUSPICIOUS]:
        varied = [abs(_complex_slope(loss, index, factor * h, loss.x)
                      - found.values[index]) for factor in (0.37, 0.73, 1.9)]
        slope = partial(_complex_slope, loss, index, h)
        least = np.finfo(float).eps * abs(found.values[index])
        spread = max(spread, *varied, measured_noise(slope, loss.x, least))
    return 4 * spread


def _complex_slope(loss, index, h, x):
    """Im f(x + ih) / h in one entry of x; nan outside of the domain."""
    try:
        return loss.imaginary(moved(np.asarray(x), index, 1j * h))[1] / h
    except Inapplicable:
        return np.nan


def moved(x, index, h):
    """A copy of x with h, real or imaginary, added to one entry."""
    copy = x.astype(np.result_type(x.dtype, type(h)))
    copy[index] += h
    return copy


def scales(x):
    """Which steps are short for each entry: its own size, or the typical one."""
    return np.maximum(np.abs(x), typical(x))
