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
import numbers
from collections.abc import Mapping

import numpy as np

from scratchae.gradcheck.loss import Loss, real_array
from scratchae.gradcheck.report import GradientReport, GradientRow
from scratchae.gradcheck.tensors import METHODS, differentiate
from scratchae.gradcheck.verdict import TOLERANCES, examine, relative_error

__all__ = ["METHODS", "TOLERANCES", "GradientReport", "GradientRow", "check_gradient",
           "check_parameters", "check_settings", "numerical_gradient",
           "random_projection", "relative_error"]


@np.errstate(all="ignore")  # the ends of the range of numbers may be near
def numerical_gradient(f, x, method="auto", step=None):
    """Derivative of the scalar f at x in every coordinate; x is never written to.

    f, x, method, step : as in `check_gradient`
    Returns an array of x's shape in float64, NaN where f is not finite around x. Raises
    ValueError if f(x) is not one real number and if method="complex" does not apply.
    """
    step, _ = check_settings(method, step)
    return differentiate(Loss(f, x), method, step).values


@np.errstate(all="ignore")
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
    step, tolerance = check_settings(method, step, tolerance)
    given = _given(gradient, name)
    loss = Loss(f, x)
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
    step, tolerance = check_settings(method, step, tolerance)
    _check_are_named(parameters=parameters, gradients=gradients)
    point = {name: real_array(value, name) for name, value in parameters.items()}
    given = {name: _given(gradients[name], name) for name in point
             if name in gradients and gradients[name] is not None}
    rows = []
    for name, value in point.items():
        problem = _mismatch(value, given.get(name))
        if problem:
            rows.append(GradientRow.failed(name, problem, method, shape=value.shape,
                                           model=model))
            continue
        rows.append(check_gradient(
            _of_one(loss, point, name), value, given[name], method, name=name,
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


def _check_are_named(**dicts):
    for what, value in dicts.items():
        if not isinstance(value, Mapping):
            raise ValueError(f"{what} must be a dict of arrays by name. "
                             f"Got a {type(value).__name__}.")


def _of_one(function, point, name):
    """The function of all arrays as one of the named array, the others fresh copies."""

    def of_one(value):
        others = {key: np.array(array, order="K") for key, array in point.items()}
        return function(others | {name: value})

    return of_one


def _mismatch(value, given):
    if given is None:
        return "no gradient was given"
    if given.shape == value.shape:
        return ""
    return f"has shape {given.shape}; expected {value.shape}"


def _given(gradient, name):
    """A copy of the gradient, which f may fill anew at each call, as an array.

    ValueError unless it holds numbers, even complex.
    """
    try:
        given = np.array(gradient)
    except ValueError:  # rows of different lengths
        given = None
    if given is None or given.dtype.kind != "c":
        real_array(gradient, f"gradient of {name}")
    return given


def check_settings(method, step=None, tolerance=None):
    """step and tolerance as Python's floats, or None; ValueError for what is none.

    method, step, tolerance : as in `check_gradient`
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {list(METHODS)}. Got {method!r}.")
    step, tolerance = _float(step, "step"), _float(tolerance, "tolerance")
    if step is not None and not 0 < step < math.inf:
        raise ValueError(f"step must be a positive number. Got {step:g}.")
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance must not be negative. Got {tolerance:g}.")
    return step, tolerance


def _float(value, name):
    if value is not None and not isinstance(value, numbers.Real):
        raise ValueError(f"{name} must be a number. Got {value!r}.")
    return None if value is None else float(value)


def random_projection(shape, rng):
    """Random weights that turn a tensor into a scalar. Never ones: a softmax summed
    is constant, and a backward that returns 0 would pass."""
    return rng.normal(size=shape)
