"""Compare a hand-written gradient with a numerical one, tensor by tensor.

Three numerical derivatives of a scalar function, one coordinate at a time:

    complex step   Im f(x + i h) / h, h = 1e-30     error about 1e-15; needs f analytic
    Richardson     central differences extrapolated to h = 0     about 1e-11
    central        (f(x + h) - f(x - h)) / (2 h)                 about 1e-8

The complex step is wrong wherever f drops the imaginary part, if only in one term:
abs, norm, conj, vdot, var, float(...). So it is never trusted: its gradient is compared
with a difference of f along a random direction. Where that disagrees, "auto" (the
default) says so and uses Richardson's differences.

The verdict is relative to the tensor's own scale, max|a - n| / max(max|a|, max|n|).
There is no absolute tolerance: where the largest gradient is 7e-7, an absolute 1e-5
would pass a backward that returns zeros. What the numerical derivative itself may be
off, by the rounding of f and by what the extrapolation leaves, is added; if that is
more than a thousandth, the check fails as not resolvable.
"""

import math

import numpy as np

from scratchae.gradcheck.loss import Loss, real_array
from scratchae.gradcheck.report import GradientReport, GradientRow
from scratchae.gradcheck.tensors import METHODS, differentiate
from scratchae.gradcheck.verdict import TOLERANCES, examine, relative_error

__all__ = ["METHODS", "TOLERANCES", "GradientReport", "GradientRow", "check_gradient",
           "check_parameters", "numerical_gradient", "random_projection",
           "relative_error"]


def numerical_gradient(f, x, method="auto", step=None):
    """Derivative of the scalar f at x in every coordinate; x is never written to.

    f, x, method, step : as in `check_gradient`
    Returns an array of x's shape in float64, NaN where f is not finite around x. Raises
    ValueError if f(x) is not one real number and if method="complex" does not apply.
    """
    _check_settings(method, step, None)
    return differentiate(Loss(f, x), method, step).values


def check_gradient(f, x, gradient, method="auto", *, name="x", model="",
                   tolerance=None, step=None, kinks=None):
    """Compare `gradient` with the numerical derivative of the scalar f at x.

    f : function of an array of x's shape that returns one real number, the same at
        every call: noise is frozen. It may write to its argument.
    x : the point, real numbers of any type and shape; f is given float64
    gradient : real numbers of x's shape
    method : "auto", "complex", "richardson" or "central", see this module
    tolerance : largest relative error, by default TOLERANCES[method], or if that is
        more 64 roundings of the type of `gradient` (2 of float16)
    step : first step of the differences, or h of the complex step
    kinks : function of x that returns on which side of each kink every unit is: no
        step will cross one. Without it kinks at x are still found, by f alone.
    Returns a GradientRow. Raises ValueError if the shapes differ, if x or gradient is
    not numeric, and if f(x) is not one real number.
    """
    _check_settings(method, step, tolerance)
    loss, given = Loss(f, x), np.asarray(gradient)
    if given.shape != loss.x.shape:
        raise ValueError(
            f"gradient of {name} has shape {given.shape}; expected {loss.x.shape}"
        )
    verdict = examine(loss, given, method, tolerance, step, kinks)
    return GradientRow(name=name, shape=given.shape, model=model, **vars(verdict))


def check_parameters(loss, parameters, gradients, method="auto", *, model="",
                     tolerance=None, step=None, kinks=None):
    """Check every named tensor apart, in the order given (from the loss backwards).

    loss : function of a dict of arrays   parameters, gradients : dicts by name
    kinks : like loss, returns the side of every kink
    method, tolerance, step : as in `check_gradient`
    Returns a GradientReport. A gradient that is missing, of another shape or of no
    parameter is a row that fails, and so is a report without rows.
    """
    _check_settings(method, step, tolerance)
    point = {name: real_array(value, name) for name, value in parameters.items()}
    rows = []
    for name, value in point.items():
        problem = _mismatch(name, value, gradients)
        if problem:
            rows.append(GradientRow.failed(name, problem, method, shape=value.shape,
                                           model=model))
            continue
        rows.append(check_gradient(
            _of_one(loss, point, name), value, gradients[name], method, name=name,
            model=model, tolerance=tolerance, step=step,
            kinks=None if kinks is None else _of_one(kinks, point, name),
        ))
    problem = "a gradient, but there is no parameter of this name"
    rows += [
        GradientRow.failed(name, problem, method, model=model)
        for name in gradients
        if name not in point
    ]
    return GradientReport(rows)


def _of_one(function, point, name):
    """The function of all arrays as one of the named array, the others fresh copies."""

    def of_one(value):
        others = {key: np.array(array, order="K") for key, array in point.items()}
        return function(others | {name: value})

    return of_one


def _mismatch(name, value, gradients):
    if name not in gradients or gradients[name] is None:
        return "no gradient was given"
    shape = np.shape(gradients[name])
    return "" if shape == value.shape else f"has shape {shape}; expected {value.shape}"


def _check_settings(method, step, tolerance):
    if method not in METHODS:
        raise ValueError(f"method must be one of {list(METHODS)}. Got {method!r}.")
    if step is not None and not 0 < step < math.inf:
        raise ValueError(f"step must be a positive number. Got {step!r}.")
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance must not be negative. Got {tolerance!r}.")


def random_projection(shape, rng):
    """Random weights that turn a tensor into a scalar. Never ones: a softmax summed
    is constant, and a backward that returns 0 would pass."""
    return rng.normal(size=shape)
