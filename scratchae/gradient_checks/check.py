"""One gradient check: a loss of named arrays, a point, and the analytic gradient."""

from dataclasses import dataclass

import numpy as np

from scratchae.gradcheck import random_projection


@dataclass
class Check:
    """loss : dict of arrays -> scalar, real or complex with its argument
    point : the arrays, in the order from the loss backwards
    gradients : the analytic gradient at the point, by the same names
    pattern : dict of arrays -> side of each kink, or None where there is none
    """

    loss: callable
    point: dict
    gradients: dict
    pattern: callable = None


def check_of(forward, backward, point, rng):
    """A formula of named arrays with one output, projected with random numbers."""
    out, cache = forward(**point)
    d_out = random_projection(np.shape(out), rng)
    gradients = backward(d_out, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return Check(lambda p: np.sum(forward(**p)[0] * d_out), point,
                 dict(zip(point, gradients, strict=True)))


def scalar_check(function, point):
    """A function of the arrays of `point` that returns a number and its gradients."""
    _, *gradients = function(**point)
    gradients = [np.asarray(gradient, dtype=float) for gradient in gradients]
    return Check(lambda p: function(**p)[0], point,
                 dict(zip(point, gradients, strict=True)))
