"""What is given to the gradient checker: settings, forms, ends of the number range."""

import json
import warnings

import numpy as np
import pytest
from gradient_cases import X, sines, square
from gradient_cases_far import BATCH, normalised, normalised_gradient

from scratchae.gradcheck import (
    GradientReport,
    check_gradient,
    check_parameters,
    numerical_gradient,
)

COS = np.cos(X)
both = pytest.mark.parametrize("method", ["auto", "richardson"])


@pytest.mark.parametrize("number", [np.float32, np.float64, float])
@pytest.mark.parametrize("method", ["richardson", "central"])
def test_a_step_of_any_float_type_is_the_number_that_it_says(number, method):
    """In float32 the differences themselves would be rounded."""
    step = number(2.0**-10)
    row = check_gradient(square, X, 2 * X, method, step=step)
    assert row.passed and row == check_gradient(square, X, 2 * X, method, step=2**-10)
    np.testing.assert_allclose(numerical_gradient(square, X, method, step), 2 * X)


@pytest.mark.parametrize("value", ["0.1", [0.1], np.array([0.1]), 1j], ids=repr)
@pytest.mark.parametrize("setting", ["step", "tolerance"])
def test_a_setting_that_is_no_number_is_named(setting, value):
    with pytest.raises(ValueError, match=f"^{setting} must be a number. Got "):
        check_gradient(square, X, 2 * X, **{setting: value})


@pytest.mark.parametrize("value, words", [
    ([X], "a list"), (X, "a ndarray"), (None, "a NoneType")], ids=str)
def test_parameters_and_gradients_that_have_no_names_are_refused(value, words):
    for given, what in ((value, {}), "parameters"), (({}, value), "gradients"):
        with pytest.raises(ValueError, match=f"^{what} must be a dict .*Got {words}"):
            check_parameters(lambda p: 0.0, *given)


@pytest.mark.parametrize("gradient", [
    None, np.cos, {"x": 2 * X}, [[1.0], [2.0, 3.0]], ["a", "b", "c", "d"],
    np.ma.array(2 * X, mask=[1, 0, 0, 0])], ids=lambda g: type(g).__name__)
def test_a_gradient_that_is_no_array_of_numbers_is_called_that(gradient):
    with pytest.raises(ValueError, match="^gradient of x must hold real numbers. Got"):
        check_gradient(square, X, gradient)


def test_a_report_with_names_of_any_kind_is_json():
    rows = [check_gradient(square, X, 2 * X, name=name, model=name)
            for name in (np.int64(3), ("a", 1), None, "W")]
    text = json.dumps(GradientReport(rows).to_json_dict(), allow_nan=False)
    assert [row["name"] for row in json.loads(text)["rows"]] == [
        "3", "('a', 1)", "None", "W"]


@both
@pytest.mark.parametrize("f, x, gradient", [
    (lambda x: 1e200 * sines(x), X, 1e200 * COS),
    (lambda x: 1e300 * sines(x), X, 1e300 * COS),
    (lambda x: np.sum(np.exp(x)), np.array([690.0, 9]), np.exp([690.0, 9])),
], ids=["1e200", "1e300", "exp"])
def test_near_the_end_of_the_range_nothing_is_said_but_the_verdict(
    f, x, gradient, method
):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_gradient(f, x, gradient, method).passed
        assert not check_gradient(f, x, 1.001 * gradient, method).passed
        assert not check_gradient(f, x, 0 * gradient, method).passed


@both
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_point_that_is_not_finite_is_named(value, method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = check_gradient(lambda x: 0.0, [1.0, value], [0.0, 0.0], method)
    assert not row.passed and row.problem == "x is not finite at (1,)"


@pytest.mark.parametrize("size", [4.0, 6.0, 8.0])
def test_rounding_of_a_saturated_unit_is_no_wrong_gradient(size):
    """1 - tanh(x)^2 has the rounding of the 1, which is much beside 1e-7."""
    x = np.array([size, -size, size + 0.3])
    h = np.tanh(x)
    given = 1 - h**2
    exact = 4 * np.exp(-2 * np.abs(x)) / (1 + np.exp(-2 * np.abs(x))) ** 2
    assert np.max(np.abs(given / exact - 1)) > 1e-14
    assert check_gradient(lambda x: np.tanh(x).sum(), x, given).passed
    for wrong in (1 + 1e-7) * exact, exact * [1, 1, 1.01], 0 * exact:
        assert not check_gradient(lambda x: np.tanh(x).sum(), x, wrong).passed
    off = given * (1 + 1e-10)
    assert not check_gradient(sines, X, COS * (1 + 1e-10)).passed  # elsewhere it is
    assert check_gradient(lambda x: np.tanh(x).sum(), x, off, tolerance=1e-8).passed


def test_a_gradient_that_does_not_fit_is_refused_by_its_name_and_both_shapes():
    for given, words in [(np.zeros((2, 4)), "has shape (2, 4); expected (4,)"),
                         (["a"], "must hold real numbers. Got ['a']")]:
        with pytest.raises(ValueError) as refused:
            check_gradient(square, X, given, name="W")
        assert str(refused.value) == f"gradient of W {words}"
    row = check_gradient(square, X, 2 * X, name="W", model="vae")
    assert (row.name, row.model, row.shape) == ("W", "vae", (4,)) and row.passed


@pytest.mark.parametrize("far, told", [(0, False), (2e4, True), (1e6, True)])
def test_a_tolerance_that_rounding_makes_larger_is_told(far, told):
    x = BATCH + far
    right = normalised_gradient(x)
    row = check_gradient(normalised, x, right)
    assert row.passed and row.method == "complex" and row.tolerance < 1e-8
    text = f"rounding hides what is below {row.tolerance:.1g} of the largest"
    assert row.note == (text if told else "")
    assert not check_gradient(normalised, x, normalised_gradient(x, eps=0)).passed


@pytest.mark.parametrize("tolerance, told", [
    (None, True), (1e-12, True), (0.01, False)])
def test_a_tolerance_is_told_beside_the_one_that_was_asked_for(tolerance, told):
    row = check_gradient(lambda x: 1e9 + np.abs(x).sum(), X, np.sign(X), "richardson",
                         tolerance=tolerance)
    assert row.passed and ("rounding hides" in row.note) == told


@pytest.mark.parametrize("far", [1e6, 1e7, 1e8])
def test_a_slope_beside_x_is_seen_though_f_is_flat_at_distances_of_xs_size(far):
    def f(x):
        return 5.0 - float(np.sum(np.exp(-(x - far - 0.5) ** 2)))

    row = check_gradient(f, X + far, 0 * X)
    assert not row.passed, row
