"""Numerical derivatives of a scalar function of an array, entry by entry."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scratchae.gradcheck.differences import START, central, derivative
from scratchae.gradcheck.loss import Inapplicable

METHODS = ("auto", "complex", "richardson", "central")
STEPS = {"complex": 1e-30, "richardson": START, "central": 6e-6}
NOT_VERIFIED = 1e-3  # a difference that supports less than this verifies nothing
COARSE = 1e-8  # what it supports where nothing is hidden; else each entry is looked at
# What rounding of f's arguments may change over a distance, in roundings of f: if the
# changes have one sign or do not grow, and if they grow in no order.
ROUNDED, IN_NO_ORDER = 0.5, 64
FLOORS = 16  # roundings of f, over the scale of x, that a zero gradient may be off


@dataclass
class Derivative:
    """values, errors : arrays of x's shape; what the method gives, what it may be off
    method : that was used   note : why, if it is not the one that was wanted
    kinks : where there is no derivative   step : what the user gave, or None
    """

    values: np.ndarray
    errors: np.ndarray
    method: str
    note: str = ""
    kinks: tuple = ()
    step: float = None


def differentiate(loss, method, step=None, kinks=None):
    """The derivative of a Loss by one of METHODS.

    "complex" is compared with a difference along a random direction; where the two
    disagree or f takes no complex numbers, "auto" goes over to "richardson" and says
    why in the note, and "complex" raises Inapplicable.
    """
    if method in ("richardson", "central"):
        return by_differences(loss, method, step, kinks)
    try:
        found = by_complex_step(loss, step if method == "complex" else None)
        step = step if method == "auto" else None
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
        again = derivative(lambda t, index=index: loss.near(moved(loss.x, index, t)),
                           loss.value, h, noise_of(loss))
        off_again = abs(again.value - found.values[index]) > (
            4 * again.error + 1e-12 * size)
        if off_again and not again.kink:
            raise Inapplicable("differences of its entries say otherwise")


def by_complex_step(loss, step=None):
    """Im f(x + i h) / h, exact to rounding if f is analytic in every term."""
    h = STEPS["complex"] if step is None else step
    values, scale = np.zeros(loss.x.shape), h + scales(loss.x)
    for index in np.ndindex(values.shape):
        real, imaginary = loss.imaginary(moved(loss.x, index, 1j * h))
        values[index] = imaginary / h
        room = abs(loss.value) + abs(values[index]) * scale[index] + h
        if abs(real - loss.value) > 1e-6 * room:
            text = f"f is another for complex numbers, {real:.6g} and not"
            raise Inapplicable(f"{text} {loss.value:.6g}")
    return Derivative(values, np.zeros(values.shape), "complex", step=step)


def by_differences(loss, method, step=None, kinks=None):
    """Extrapolated or plain differences; a step over a user's kink is shortened."""
    noise, scale = noise_of(loss), scales(loss.x)
    values, errors, bent = np.zeros(loss.x.shape), np.zeros(loss.x.shape), []
    for index in np.ndindex(values.shape):

        def found(h, grow, index=index):
            def phi(t):
                return loss.near(moved(loss.x, index, t))

            if method == "central":
                return central(phi, loss.value, h, noise)
            return derivative(phi, loss.value, h, noise, grow=grow)

        h = STEPS[method] * scale[index] if step is None else step
        estimate = found(h, step is None)
        crosses = _crosses(kinks, loss.x, index, estimate.step)
        while crosses and h > 1e-9 * scale[index]:
            h = min(h, estimate.step) / 16
            estimate = found(h, False)
            crosses = _crosses(kinks, loss.x, index, estimate.step)
        if crosses or estimate.kink:
            bent.append(index)
        values[index], errors[index] = estimate.value, estimate.error
    return Derivative(values, errors, method, kinks=tuple(bent), step=step)


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
    for noise in (loss.precision * abs(loss.value), None):
        found = _slope_along(v, loss, noise, 1e-11 * size, step)
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


def _slope_along(v, loss, noise, goal, step):
    """The derivative of f along v; noise None: measured, and steps may grow."""
    measured = noise is None
    return derivative(
        lambda t: loss.near(loss.x + t * v), loss.value,
        START / 4 if step is None else step, noise_of(loss) if measured else noise,
        goal=goal, grow=measured and step is None,
    )


def direction_of(x):
    """A fixed random direction of x's scale that leaves no entry out."""
    rng = np.random.default_rng(x.size)
    signs = np.where(rng.random(x.shape) < 0.5, -1.0, 1.0)
    return signs * rng.uniform(0.5, 1.5, x.shape) * typical(x)


def noise_of(loss):
    """Size of the rounding errors of f near x: fourth differences at tiny distances.

    For a smooth f these vanish, and what is left is noise; the squares of the binomial
    coefficients 1, 4, 6, 4, 1 sum to 70 [MoreWild2011]. What still falls as the
    distances become smaller is not noise yet.
    """
    if loss.noise is None:
        least, distance = loss.precision * abs(loss.value), 1e-6
        noise = _fourth_differences(loss.near, loss.x, distance)
        while noise > 100 * least and distance > 1e-13:
            distance /= 8
            before, noise = noise, _fourth_differences(loss.near, loss.x, distance)
            if noise > before / 8:
                noise = max(noise, before)
                break
        loss.noise = max(least, 2 * noise, quantum_of(loss) / 2)
    return loss.noise


def quantum_of(loss):
    """The step of f's own values: the last bit that any of them uses, 0 if unknown.

    1 - sigmoid(30) has the last bits of 1, float32 those of float32. At shorter
    steps f does not change at all, which is not a derivative of 0.
    """
    v = direction_of(loss.x)
    values = [loss.near(loss.x + 1e-6 * 8.0**power * v) for power in range(7)]
    values = np.unique([value for value in values if value and np.isfinite(value)])
    if len(values) < 3:
        return 0.0
    mantissa, exponent = np.frexp(values)
    bits = np.ldexp(mantissa, 53).astype(np.int64)
    return float(np.min(np.ldexp((bits & -bits).astype(float), exponent - 53)))


def _fourth_differences(f, x, distance):
    size, usual = np.abs(x), typical(x)
    v = direction_of(x) * np.where(size > 0, np.minimum(size / usual, 1), 1)
    sides = [
        [f(x + sign * t * distance * v) for t in range(1, 8)]
        for sign in (1, -1)  # each for itself, since x may be a kink, which is no noise
    ]
    quieter = np.fmin(*map(root_mean_square, np.diff(sides, 4))) / np.sqrt(70)
    return float(quieter) if np.isfinite(quieter) else 0.0


def zero_is_resolved(loss, error):
    """Whether a derivative that seems 0 is known well beside what f does further off.

    A small change on top of a large constant drowns in rounding and looks like 0. Take
    the first distance at which f visibly changes: there the error must be small beside
    the slope. A function that changes nowhere, but for rounding, has gradient 0.
    """
    v, noise, distances = direction_of(loss.x), noise_of(loss), 2.0 ** np.arange(21)
    values = np.array([loss.near(loss.x + distance * v) for distance in distances])
    there = np.isfinite(values)
    changes, distances = values[there] - loss.value, distances[there]
    visible = np.abs(changes) > 8 * noise
    if not visible.any():
        return True
    slopes = (changes / distances)[np.argmax(visible):]
    return _are_rounding(slopes, noise) or error <= NOT_VERIFIED * abs(slopes[0])


def _are_rounding(slopes, noise):
    """Whether f changes only because its arguments are rounded.

    A bias in front of a softmax or of a normalisation changes nothing, but the larger
    it is, the fewer digits are left of what it is added to. Such changes are small, or
    grow with the distance and have any sign. A function's own have one sign far away,
    or stay behind the distance.
    """
    signs, size = np.sign(slopes[slopes != 0]), np.abs(slopes)
    later = size[size.size // 2 :]
    in_no_order = np.count_nonzero(np.diff(signs)) > 2 and later.max() > size.max() / 16
    return size.max() <= (IN_NO_ORDER if in_no_order else ROUNDED) * noise


def zero_floor(loss):
    """What an analytic gradient may be off 0 by rounding: a few roundings of f."""
    return FLOORS * noise_of(loss) / typical(loss.x)


def complex_rounding(loss, found, suspicious, most=8):
    """How much Im f(x + ih) / h varies with h, and with x but for what is smooth, at
    some entries: by rounding. That of 1 - sigmoid(20) is in its logarithm's slope."""
    h, spread = STEPS["complex"] if found.step is None else found.step, 0.0
    for index in suspicious[:most]:
        varied = [abs(_complex_slope(loss, index, factor * h, loss.x)
                      - found.values[index]) for factor in (0.37, 0.73, 1.9)]
        slope = partial(_complex_slope, loss, index, h)
        spread = max(spread, *varied, _fourth_differences(slope, loss.x, 1e-6))
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


def typical(x):
    """Root mean square of x, or 1 if that is 0."""
    return root_mean_square(x) or 1.0


def root_mean_square(x):
    """The root of the mean of x^2, whose squares may leave the range of numbers."""
    size = float(np.max(np.abs(x), initial=0.0))
    return size * float(np.sqrt(np.mean((x / size) ** 2))) if size else 0.0


def scales(x):
    """Which steps are short for each entry: its own size, or the typical one."""
    return np.maximum(np.abs(x), typical(x))
