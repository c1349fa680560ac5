"""The gradient checker: values that nearly are none, settings at their ends, words."""

import itertools
import math

import numpy as np
import pytest
from gradient_cases import X, sines, square

from scratchae.gradcheck import (
    METHODS,
    GradientReport,
    check_gradient,
    check_parameters,
    numerical_gradient,
    relative_error,
)
from scratchae.gradcheck.slips import Slip, diagnose

COS = np.cos(X)
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.mark.parametrize("method", ["auto", "richardson", "central"])
def test_where_f_is_not_finite_around_the_point_the_derivative_is_nan(method):
    slopes = numerical_gradient(lambda x: np.sum(np.sqrt(x)), [1.0, 0, 4], method)
    np.testing.assert_allclose(slopes, [0.5, np.nan, 0.25], rtol=1e-5)


def test_a_tolerance_of_0_takes_what_is_exact_and_nothing_else():
    slopes = np.array([1.0, 0.5, -0.25])
    for off, passes in (0, True), (np.finfo(float).eps, False):
        row = check_gradient(lambda x: x @ slopes, np.ones(3), slopes * [1 + off, 1, 1],
                             "complex", tolerance=0)
        assert row.passed == passes and row.tolerance == 0


@pytest.mark.parametrize("method", ["auto", "richardson", "central"])
def test_rounding_may_leave_an_imaginary_part_to_a_real_number(method):
    """As a Fourier transform and its inverse do."""
    def f(x):
        return np.sum(np.fft.ifft(np.fft.fft(x)) ** 2) + rest * 1j

    x = np.random.default_rng(3).normal(size=7)
    rest = 1e-17
    assert f(x).imag != 0
    assert check_gradient(f, x, 2 * x, method).passed
    assert not check_gradient(f, x, 2.001 * x, method).passed
    rest = 1e-6
    with pytest.raises(ValueError, match="f returned the complex number"):
        check_gradient(f, x, 2 * x, method)


@pytest.mark.parametrize("number", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("roundings, named", [(900, False), (1200, True)])
def test_two_calls_may_differ_by_roundings_of_the_type_that_f_returns(
    roundings, named, number
):
    """Threads add up in any order, in float32 as well."""
    calls, eps = itertools.count(), float(np.finfo(number).eps)
    row = check_gradient(lambda x: number(1 + eps * roundings * (next(calls) % 2)),
                         np.ones(2), np.zeros(2))
    assert ("not deterministic" in row.verdict) == named


def test_a_report_of_several_methods_names_each_once_in_order():
    def both(p):
        return square(p["a"]) + np.abs(p["b"]).sum() + sines(p["c"])

    point = dict.fromkeys("abc", X)
    report = check_parameters(both, point, {"a": 2 * X, "b": np.sign(X), "c": COS})
    methods = [row.method for row in report.rows]
    assert report.passed and methods == ["complex", "richardson", "complex"]
    assert report.to_json_dict()["method"] == ["complex", "richardson"]
    assert GradientReport(report.rows[:1]).to_json_dict()["method"] == "complex"


@pytest.mark.parametrize("factor, verdict", [
    (0.7, "FAILED: factor 0.7 in all entries"),
    (-5, "FAILED: factor -5 in all entries"),
    (3, "FAILED: factor 3: a sum or a mean too many?"),
    (1 / 3, "FAILED: factor 1/3: a sum or a mean too many?"),
    (2, "FAILED: factor 2?"), (0, "FAILED: all zero?"), (-1, "FAILED: sign flipped?"),
])
def test_what_is_seen_is_said_and_what_is_guessed_is_asked(factor, verdict):
    assert check_gradient(sines, X, factor * COS).verdict == verdict


@pytest.mark.parametrize("factor, passes", [(1, True), (1.05, True), (1.2, False)])
def test_a_wide_tolerance_is_enough_where_differences_are_coarse(factor, passes):
    """Those of x^3 at 1 by steps of 1/10 are off by 1/100, and known to 6/100."""
    row = check_gradient(lambda x: x[0] ** 3 + x[1], [1.0, 1.0],
                         factor * np.array([3.0, 1.0]), "central", step=0.1,
                         tolerance=0.1)
    assert row.passed == passes and "not resolvable" not in row.verdict


@every_method
def test_a_check_of_no_entries_says_that_there_are_none(method):
    row = check_gradient(lambda x: 3.0, np.zeros((0, 2)), np.zeros((0, 2)), method)
    assert row.passed and row.note == "there are no entries"


@pytest.mark.parametrize("a, b, error, worst", [
    ([1.0, np.nan], [1.0, 2.0], math.inf, (1,)),
    ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [-np.inf, np.nan]], math.inf, (1, 0)),
    ([0.0, 0.0], [0.0, 0.0], 0.0, (0,)), ([], [], 0.0, ()),
    ([1.0, -4.0], [1.0, -3.0], 0.25, (1,)), ([1.0, -3.0], [1.0, -4.0], 0.25, (1,)),
    ([2.0, 8.0], [4.0, 8.0], 0.25, (0,)), (3.0, 2.0, 1 / 3, ()),
])
def test_the_relative_error_is_the_largest_beside_the_larger_array(a, b, error, worst):
    assert relative_error(a, b) == (pytest.approx(error), worst)


RIGHT = [np.random.default_rng(4).normal(size=shape) for shape in ((5, 3), (7, 11))]


@pytest.mark.parametrize("second, words", [
    (1.7, "factor 1.7 in all entries"), (1.7 * (1 + 5e-6), "factor 1.7 in all entries"),
    (1.7 * (1 + 5e-5), None), (1.71, None),
])
def test_a_factor_is_one_number_in_all_inputs(second, words):
    slip = diagnose([1.7 * RIGHT[0], second * RIGHT[1]], RIGHT)
    assert (slip and slip.words) == words


def test_a_factor_of_single_numbers_is_not_said_to_be_in_all_entries():
    numbers = [np.array(2.5), np.array([[-0.3]])]
    assert diagnose([1.7 * e for e in numbers], numbers).words == "factor 1.7"


def test_what_is_looked_at_last_has_a_name_where_nothing_else_has():
    last = Slip("last", "the last resort", None)
    for given, code in ([e**3 for e in RIGHT], "last"), ([1.7 * e for e in RIGHT],
                                                         "factor"):
        assert diagnose(given, RIGHT, others=[(last, given)]).code == code


def test_of_small_entries_that_are_wrong_the_one_that_is_furthest_off_is_named():
    scale = np.array([1, 1e-5, 1e-6, 1e-9])
    wrong = scale * [1, 1.5, 4, 100]  # off by 5e-6, 3e-6 and 1e-7
    row = check_gradient(lambda x: scale @ x, np.ones(4), wrong, tolerance=1e-3)
    assert row.suspects == ((1,), (2,), (3,)) and row.worst_index == (1,)
    assert row.problem == "the small entry (1,) is 1.5e-05, not 1e-05"


def test_of_entries_that_rounding_may_explain_the_first_is_named():
    scale = np.array([1.0, 3e-13, 2e-13, 1.0])
    row = check_gradient(lambda x: scale @ x, np.ones(4), scale * [1, 2, 2, 1])
    assert row.passed and row.suspects == ((1,), (2,))
    assert row.note == "entry (1,) is 6e-13 and not 3e-13: only rounding?"
