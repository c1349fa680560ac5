"""L-BFGS: minimise a smooth function by its gradient, all data at once (lecture 03)."""

import numpy as np

MEMORY = 20  # steps that are remembered; 5 to 20 are usual
SUFFICIENT = 1e-4  # share of the promised decrease that a step must bring
ROUNDING = 8 * np.finfo(float).eps  # of the value: no increase smaller than this is one


def lbfgs(function, start, tol, max_iter, guess=1.0):
    """Minimise a smooth function : R^p -> R.  Returns x, iterations, |g| / |g(start)|.

    function : x -> value, gradient (p,)
    tol : stop as soon as the gradient's length is at most tol times that at the
        start, or no more than the rounding of the value
    guess : (p,) of the inverse second derivatives, up to a common factor

    Each step is x - s H g, where H stands for the inverse of the second derivative as
    the last steps tell it, and s is halved from 1 until the value falls.
    Source: Liu & Nocedal 1989.
    """
    x, (value, gradient) = start, function(start)
    first, rounding = np.linalg.norm(gradient), ROUNDING * abs(value)
    past = []               # (dx, dg) of the last steps, the latest last
    for iteration in range(max_iter + 1):
        size = np.linalg.norm(gradient)
        if not size > max(tol * first, rounding) or iteration == max_iter:  # or NaN
            break
        direction = -inverse_hessian_times(gradient, past, guess)
        new, new_value, new_gradient = _line_search(function, x, value, direction,
                                                    gradient @ direction)
        dx, dg = new - x, new_gradient - gradient
        x, value, gradient = new, new_value, new_gradient
        if dx @ dg > 0:
            past = [*past[1 - MEMORY :], (dx, dg)]
        elif not dx.any():  # no step is small enough: this is what rounding allows
            break
    return x, iteration, 0.0 if first <= rounding else float(size / first)


def inverse_hessian_times(g, past, guess):
    """H g by two loops over the past steps: H dg = dx for the latest.  (p,) -> (p,).

    Before the first loop meets the second, H is the guess, scaled as the latest step
    tells. Without a past: scaled so that the step is at most 1 long.
    """
    if not past:
        return guess * g / max(1.0, np.linalg.norm(guess * g))
    q, weights = g.copy(), []
    for dx, dg in reversed(past):
        weights.append(dx @ q / (dx @ dg))
        q -= weights[-1] * dg
    dx, dg = past[-1]
    q *= guess * (dx @ dg / (dg @ (guess * dg)))
    for (dx, dg), weight in zip(past, reversed(weights), strict=True):
        q += (weight - dg @ q / (dx @ dg)) * dx
    return q


def _line_search(function, x, value, direction, slope):
    step = 1.0
    while True:
        new = x + step * direction
        new_value, gradient = function(new)
        highest = value + SUFFICIENT * step * slope + ROUNDING * abs(value)
        if new_value <= highest or np.array_equal(new, x):
            return new, new_value, gradient
        step /= 2
