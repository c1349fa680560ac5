"""What rounding of a function hides near a point, and whether it hides a slope."""

import numpy as np

NOT_VERIFIED = 1e-3  # a difference that supports less than this verifies nothing
TINY = 1e-13  # a distance, beside x, over which f is straight but for rounding
BITS = 2e-15  # some last bits of x
# What rounding of f's arguments may change over a distance, in roundings of f: if the
# changes have one sign or do not grow, and if they grow in no order.
ROUNDED, IN_NO_ORDER = 0.5, 64
FLOORS = 16  # roundings of f, over the scale of x, that a zero gradient may be off


def direction_of(x):
    """A fixed random direction of x's scale that leaves no entry out."""
    rng = np.random.default_rng(x.size)
    signs = np.where(rng.random(x.shape) < 0.5, -1.0, 1.0)
    return signs * rng.uniform(0.5, 1.5, x.shape) * typical(x)


def noise_of(loss):
    """Size of the rounding errors of f near x."""
    if loss.noise is None:
        least = loss.precision * abs(loss.value)
        noise = 2 * measured_noise(loss.near, loss.x, least)
        loss.noise = max(least, noise, _quantum_of(loss) / 2)
    return loss.noise


def measured_noise(f, x, least):
    """Fourth differences of f at tiny distances from x.

    For a smooth f these vanish, and what is left is noise; the squares of the binomial
    coefficients 1, 4, 6, 4, 1 sum to 70 [MoreWild2011]. What still falls as the
    distances become smaller is not noise yet, nor is what tiny ones do not show.
    """
    distance = 1e-6
    noise = _fourth_differences(f, x, distance)
    while noise > 100 * least and distance > TINY:
        distance /= 8
        before, noise = noise, _fourth_differences(f, x, distance)
        larger = max(noise, before)
        if noise > before / 8 and not _is_smooth(f, x, distance, larger):
            return larger
    return noise


def _is_smooth(f, x, distance, change):
    """Whether a change over a distance is f's own, and not made of jumps.

    The half that departs more from the slope at x is halved again, down to some last
    bits of x: there a jump is as high as it was, a rounding's or a step of float32.
    """
    v = direction_of(x)
    slope = (f(x + TINY * v) - f(x - TINY * v)) / (2 * TINY)

    def departure(half):
        (start, before), (end, after) = half
        return abs(after - before - slope * (end - start))

    far = 7 * distance
    start, end = (0.0, f(x)), (far, f(x + far * v))
    if not np.isfinite(end[1]):
        end = -far, f(x - far * v)
    while abs(end[0] - start[0]) > BITS:
        t = (start[0] + end[0]) / 2
        middle = t, f(x + t * v)
        start, end = max((start, middle), (middle, end), key=departure)
    return abs(end[1] - start[1]) < change / 100


def _quantum_of(loss):
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
    """Whether a slope along `direction_of` x that seems 0, but for the error, is known.

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


def is_drowned(loss):
    """Whether f's values have no digits left: neighbours of x differ as far points do.

    So has sin at 1e15, where the next number is an eighth further on.
    """
    v, distances = direction_of(loss.x), 2.0 ** -np.arange(8)
    values = [loss.near(loss.x + d * v) for d in distances]
    return noise_of(loss) > 1e-3 * np.nanmax(np.abs([loss.value, *values]))


def zero_floor(loss):
    """What an analytic gradient may be off 0 by rounding: a few roundings of f."""
    return FLOORS * noise_of(loss) / typical(loss.x)


def typical(x):
    """Root mean square of x, or 1 if that is 0."""
    return root_mean_square(x) or 1.0


def root_mean_square(x):
    """The root of the mean of x^2, whose squares may leave the range of numbers."""
    size = float(np.max(np.abs(x), initial=0.0))
    return size * float(np.sqrt(np.mean((x / size) ** 2))) if size else 0.0
