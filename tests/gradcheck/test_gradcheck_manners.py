"""Functions that a checker meets: they raise elsewhere, and fill their own arrays."""

import re
import warnings

import numpy as np
import pytest
from gradient_cases import X, square

from scratchae.gradcheck import check_gradient, check_parameters

TABLE = np.array([0.0, 1.0, 5.0, 2.0])


class OutOfDomain(Exception):
    """A student's own."""


def looked_up(x):
    """Straight lines between the numbers of a table; IndexError beyond its end."""
    i = np.floor(x).astype(int)
    return float(np.sum((1 - x + i) * TABLE[i] + (x - i) * TABLE[i + 1]))


def logarithm(error):
    def f(x):
        if np.any(np.real(x) <= 0):
            raise error("not here")
        return float(np.sum(np.log(x)))

    return f


@pytest.mark.parametrize("method", ["auto", "richardson"])
def test_a_function_that_fails_beyond_its_domain_is_checked_inside(method):
    x, slopes = np.array([0.3, 1.2, 2.9]), np.array([1.0, 4, -3])
    assert check_gradient(looked_up, x, slopes, method).passed
    assert not check_gradient(looked_up, x, slopes[::-1], method).passed


@pytest.mark.parametrize("error", [OutOfDomain, RuntimeError, KeyError, TypeError])
def test_what_is_raised_elsewhere_may_be_any_error(error):
    x = np.array([1e-3, 1.0])
    assert check_gradient(logarithm(error), x, 1 / x).passed
    assert not check_gradient(logarithm(error), x, 1.1 / x).passed
    with pytest.raises(error, match="not here"):
        check_gradient(logarithm(error), -x, 1 / x)


@pytest.mark.parametrize("factor", [1, 2])
def test_a_gradient_that_f_fills_anew_is_the_one_that_was_given(factor):
    """As a model does that keeps its gradients: the loss at other points is asked."""
    kept = {"W": np.empty(4), "b": np.empty(2)}

    def loss(p):
        W, b = p["W"].real, p["b"].real
        kept["W"][...], kept["b"][...] = factor * 2 * W, factor * 3 * b**2
        return float(np.sum(W**2) + np.sum(b**3))

    point = {"W": X, "b": X[:2]}
    loss(point)
    report = check_parameters(loss, point, kept)
    assert [row.passed for row in report.rows] == 2 * [factor == 1], str(report)


def naive(a):
    """-log(1 - p) of a sigmoid that has nearly rounded to 1."""
    return -np.sum(np.log(1 - 1 / (1 + np.exp(-a))))


@pytest.mark.parametrize("method", ["auto", "complex", "richardson"])
@pytest.mark.parametrize("saturated", [5.0, 20.0, 24.0])
def test_rounding_inside_of_f_is_not_the_gradients_mistake(saturated, method):
    a = np.array([saturated, -3.0])
    p = 1 / (1 + np.exp(-a))
    assert check_gradient(naive, a, p, method).passed
    assert not check_gradient(naive, a, 1.001 * p, method).passed
    assert not check_gradient(naive, a, p * [1, -1], method).passed


@pytest.mark.parametrize("wrong", [1e-8, 1e-4, 1])
def test_rounding_of_what_is_only_added_hides_nothing_from_the_complex_step(wrong):
    def f(x):
        return 1e6 + 1e-3 * square(x)

    assert check_gradient(f, X, 2e-3 * X).passed
    assert not check_gradient(f, X, 2e-3 * X * (1 + wrong)).passed


@pytest.mark.parametrize("every_call", [np.multiply, np.add])
def test_one_array_may_be_overwritten_or_added_to_at_every_call(every_call):
    gradient = 2 * X

    def f(x):
        every_call(gradient, x.real, out=gradient)
        return float(np.sum(x.real**2))

    row = check_gradient(f, X, gradient)
    assert row.passed and row.analytic == 2 * X[row.worst_index]


@pytest.mark.parametrize("noise", [1e-3, 1e-8])
def test_values_that_differ_are_shown_to_differ(noise):
    rng = np.random.default_rng(0)
    row = check_gradient(lambda x: square(x) + noise * rng.random(), X, 2 * X)
    first, then = re.search(r"f\(x\) is (\S+) and then (\S+);", row.problem).groups()
    assert 0 < abs(float(first) - float(then)) < noise


def test_it_is_said_where_nothing_depends_on_x():
    """At dead units a wrong gradient is right, and the row says that it saw nothing."""
    def relu(x):
        return np.sum(np.where(np.real(x) > 0, x, 0))

    row = check_gradient(relu, -np.abs(X), 0 * X)
    assert row.passed and row.note.startswith("f does not depend on it here")
    assert not check_gradient(relu, X, np.where(X > 0, 1.0, 0)).note


@pytest.mark.parametrize("kind", [UserWarning, DeprecationWarning, RuntimeWarning])
def test_what_f_warns_of_is_no_reason_to_leave_the_complex_step(kind):
    def f(x):
        warnings.warn("soon it will be gone", kind, stacklevel=2)
        return square(x)

    with pytest.warns(kind, match="soon it will be gone"):
        row = check_gradient(f, X, 2 * X)
    assert row.passed and (row.method, row.note) == ("complex", "")
