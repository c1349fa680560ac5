"""Differences of a function of one variable, and how far they can be trusted.

Central differences at h, h/1.8, h/1.8^2, ... are extrapolated to h = 0 (Richardson, as
Neville's table; halves would be fooled by what has a period of a few steps). The
table's own disagreement estimates what the extrapolation leaves, and the rounding of f
divided by h what no smaller step can mend; the entry with the smallest sum is the
answer (Ridders). So the step fits the function: a kink, a pole or the edge of the
domain nearby only makes the useful steps smaller.

A table may agree with itself and yet say nothing of x: where max(0, |x|^2 - 1) is 0,
steps that end on the parabola to both sides give its slope. So the means of both sides,
extrapolated as well, have to be f(x), and a much shorter step has to agree.
"""

from dataclasses import dataclass, replace

import numpy as np

START = 0.0271828  # first step in units of x's scale; not round, so that no period fits
RATIO, LEVELS, ORDERS = 1.8, 70, 6
SHARP = 28  # steps in a row, each shorter, at which a kink is believed: 1.8^-28 = 7e-8
TARGET = 1e-9  # relative error at which a smaller step is not tried
NEAR, NEARER = 100, 4  # how much shorter the step is that has to agree; how often
GROWTH = (8, 64)  # longer first steps, tried where rounding is what hinders


@dataclass(frozen=True)
class Estimate:
    """value : the derivative   error : estimated bound of its error
    step : the longest step in it   rounding : the error's part that is rounding
    kink : one-sided differences disagree however short the step
    shortest, plain : the shortest step in it, and the central difference there
    """

    value: float
    error: float
    step: float
    rounding: float
    kink: bool = False
    shortest: float = np.nan
    plain: float = np.nan


def derivative(phi, center, h, noise, goal=0.0, grow=True):
    """phi'(0) as an Estimate; error inf where no step finds finite values.

    phi : function of a step; nan where it is not defined   center : phi(0)
    h : first step   noise : size of phi's rounding errors   goal : error that will do,
        beside TARGET times the derivative   grow : whether longer steps may be tried
    """
    best = _seen_from_near(phi, center, h, noise, goal)
    if not grow:
        return best
    for factor in GROWTH:
        hindered_by_rounding = best.error <= 2 * best.rounding and best.step >= 0.9 * h
        if _will_do(best, goal) or not hindered_by_rounding:
            break
        longer = _ladder(phi, center, factor * h, noise, goal)
        agrees = abs(longer.value - best.value) <= 4 * best.error
        if agrees and longer.error < min(best.error, 2.001 * longer.rounding):
            best = longer
    return best


def _seen_from_near(phi, center, h, noise, goal):
    """The best Estimate with steps from h downwards that a much shorter one confirms.

    What that contradicts is begun anew from there. It counts with what it is off, if
    rounding leaves nothing better.
    """
    found, grain = [], 4e-14 * h  # x + t is rounded, too
    for _ in range(NEARER):
        best = _ladder(phi, center, h, noise, goal)
        h = best.shortest / NEAR
        off = abs((phi(h) - phi(-h)) / (2 * h) - best.value)
        unknown = (100 * noise + grain * abs(best.value)) / h
        expected = best.error + abs(best.plain - best.value) / NEAR + unknown
        if best.kink or not off > expected:
            found.append(best)
            break
        found.append(replace(best, error=best.error + off))
    return min(found, key=lambda estimate: estimate.error)


def _will_do(estimate, goal):
    return estimate.error <= max(goal, TARGET * abs(estimate.value))


def _ladder(phi, center, h, noise, goal):
    """The best Estimate with steps from h downwards.

    What looks like a kink may be a bend, narrower than the step: it is looked at from
    nearer as long as it can be seen, and begun anew where it was one.
    """
    best = nothing = Estimate(np.nan, np.inf, h, 0.0)
    row, means = [], []  # the tables of slopes, and of means less f(x)
    bend, sharp, smallest, least = np.inf, 0, 1e-14 * h, 1e-14 * h
    for _ in range(LEVELS):
        right, left = phi(h), phi(-h)
        if not np.isfinite(right - left):
            row, means, h, smallest = [], [], h / 4, 1e-14 * h
            continue
        if h < least and right == left:  # nothing is left of the step beside x
            break
        previous, row = row, _extrapolated(row, (right - left) / (2 * h))
        older, means = means, _extrapolated(means, (right + left) / 2 - center)
        bend, before = abs(right + left - 2 * center) / h, bend
        loud = max(noise, 2e-16 * max(abs(right), abs(left)))
        kink = bend > 0.85 * before and bend * h > 100 * loud
        sharp = sharp + 1 if kink else 0
        unsure = best.kink and before * h > 100 * loud and sharp < SHARP
        if unsure and not kink or _elsewhere(means, older, loud):
            best, row, means, previous = nothing, row[:1], means[:1], []
        best = _better(best, row, previous, h, loud, kink)
        settled = _will_do(best, goal) or best.error < 2 * loud / h
        if len(row) > 2 and settled and not (best.kink and unsure) or h < smallest:
            break
        h /= RATIO
    return best if row == [] or best is not nothing else replace(best, value=row[0])


def _elsewhere(means, older, loud):
    """Whether the means of both sides, less f(x), go to another number than 0."""
    if len(means) < 3:
        return False
    spread = max(abs(means[-1] - means[-2]), abs(means[-1] - older[-1]))
    return abs(means[-1]) > 4 * spread + 100 * loud


def _better(best, row, previous, h, loud, kink):
    """The Estimate of smallest error among the best so far and a row of the table."""
    rounding = 2 * loud / h
    for order in range(1, len(row)):
        spread = max(abs(row[order] - row[order - 1]),
                     abs(row[order] - previous[order - 1]))
        if spread + rounding < best.error:
            best = Estimate(row[order], spread + rounding, h * RATIO**order, rounding,
                            kink, h, row[0])
    return best


def _extrapolated(row, value):
    """Neville's next row: a shorter h divides the errors by 1.8^2, 1.8^4, ..."""
    new = [value]
    for order, coarse in enumerate(row[: ORDERS - 1], start=1):
        factor = RATIO ** (2 * order)
        new.append((factor * new[-1] - coarse) / (factor - 1))
    return new


def central(phi, center, h, noise):
    """(phi(h) - phi(-h)) / 2h as an Estimate; h shrinks where phi is not finite."""
    for _ in range(LEVELS):
        right, left, far_right, far_left = phi(h), phi(-h), phi(2 * h), phi(-2 * h)
        if np.isfinite(right + left + far_right + far_left):
            break
        h /= 4
    else:
        return Estimate(np.nan, np.inf, h, 0.0)
    value, wide = (right - left) / (2 * h), (far_right - far_left) / (4 * h)
    near, far = abs(right + left - 2 * center), abs(far_right + far_left - 2 * center)
    kink = near > 0.425 * far and near > 100 * noise
    return Estimate(value, abs(value - wide) + noise / h, 2 * h, noise / h, kink)
