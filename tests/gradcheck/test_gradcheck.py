"""The gradient checker: what is wrong fails, what is right passes, and it says why."""

import math

import gradient_cases
import gradient_tools
import numpy as np
import pytest
from gradient_cases import RIGHT, WRONG, X, relu, sines, square

from scratchae.gradcheck import (
    METHODS,
    check_gradient,
    check_parameters,
    numerical_gradient,
)

COS = np.cos(X)
every_method = pytest.mark.parametrize("method", METHODS)


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@by_name(WRONG)
def test_wrong_gradient_fails(case):
    assert not gradient_tools.passes(gradient_tools.ours("auto"), case)


@by_name(RIGHT)
def test_right_gradient_passes(case):
    row = check_gradient(case.f, case.x, case.gradient)
    assert row.passed, row


def test_no_tool_has_fewer_false_passes_or_false_alarms():
    assert len(WRONG) >= 40 and len(RIGHT) >= 35
    tools = gradient_tools.installed()
    ours = tools.pop("ours (auto)")
    rows = {name: score(tool) for name, tool in tools.items()}
    passed, alarms = score(ours)
    assert passed == 0 and alarms <= 2
    assert all(passed <= p for p, _ in rows.values()), rows
    assert all(alarms <= a or p > passed for p, a in rows.values()), rows


def score(tool):
    return (
        sum(gradient_tools.passes(tool, case) for case in WRONG),
        sum(not gradient_tools.passes(tool, case) for case in RIGHT),
    )


@every_method
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (3, 3), (2, 1, 2)])
def test_one_wrong_entry_fails_at_every_position_and_is_named(shape, method):
    x = np.random.default_rng(0).normal(size=shape)
    for index in np.ndindex(shape):
        for factor in (2, 0, -1, 1.001):
            wrong = np.array(np.cos(x))
            wrong[index] *= factor
            row = check_gradient(sines, x, wrong, method)
            assert not row.passed and row.worst_index == index


@every_method
@pytest.mark.parametrize("scale", [1e-12, 1e-7, 1, 1e7])
def test_the_verdict_does_not_depend_on_the_scale_of_f(scale, method):
    def f(x):
        return scale * sines(x)

    assert check_gradient(f, X, scale * COS, method).passed
    assert not check_gradient(f, X, scale * 1.001 * COS, method).passed
    assert not check_gradient(f, X, 0 * COS, method).passed


@every_method
def test_numerical_gradient_is_the_derivative(method):
    error = np.abs(numerical_gradient(sines, X, method) - COS).max()
    assert error <= {"central": 1e-9, "richardson": 1e-11}.get(method, 1e-15)


def test_numerical_gradient_of_what_drops_the_imaginary_part_is_right_or_refused():
    got = numerical_gradient(lambda x: np.abs(x).sum(), X)
    assert np.abs(got - np.sign(X)).max() <= 1e-11
    with pytest.raises(ValueError, match="real number"):
        numerical_gradient(lambda x: np.abs(x).sum(), X, "complex")


@pytest.mark.parametrize(
    "f, words",
    [
        (lambda x: float(square(x)), "discards the imaginary part"),
        (np.linalg.norm, "returns the real number 2.598"),
        (lambda x: square(x) + 0.1 * np.abs(x).sum(), "abs, norm, conj"),
        (lambda x: math.sin(x[0]) if x.dtype == float else None, "returns None"),
        (lambda x: square(x) / (x.dtype == float), "not finite"),
        (lambda x: np.dot(x, 1.0 * x.tolist()), "raises TypeError"),
        (gradient_cases.different_for_complex, "another for complex numbers"),
        (lambda x: 1e17 + square(x), "too coarse"),
        (lambda x: np.maximum(x + 1.3, 0).sum(), "kink"),
    ],
)
def test_the_note_says_why_the_complex_step_was_left(f, words):
    if "TypeError" in words:
        f = takes_no_complex_numbers
    row = check_gradient(f, X, 0 * X)
    assert row.method == "richardson" and words in row.note
    explicit = check_gradient(f, X, 0 * X, "complex")
    assert not explicit.passed and words in explicit.verdict


def takes_no_complex_numbers(x):
    if np.iscomplexobj(x):
        raise TypeError("no complex numbers")
    return square(x)


def test_an_analytic_function_is_checked_by_the_complex_step_without_a_note():
    row = check_gradient(sines, X, COS)
    assert row.method == "complex" and not row.note and row.tolerance == 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_rounding_of_terms_that_cancel_is_not_taken_for_a_kink(seed):
    rng = np.random.default_rng(seed)
    weights, x = 1e3 * rng.normal(size=(2, 30))
    x -= weights * (weights @ x) / (weights @ weights)  # f(x) is 0 but for rounding
    for gradient, passes in (weights, True), (1.001 * weights, False):
        row = check_gradient(lambda x: np.sum(weights * x), x, gradient)
        assert row.passed == passes and row.method == "complex", row
        row = check_gradient(lambda x: np.sum(weights * x), x, gradient, "richardson")
        assert row.passed == passes and not row.kinks, row


@pytest.mark.parametrize(
    "f, gradient, words",
    [
        (lambda x: np.inf, COS, "f(x) is inf"),
        (lambda x: np.nan, COS, "f(x) is nan"),
        (gradient_cases.counting, COS, "not deterministic"),
        (gradient_cases.fresh_mask(0.5), COS, "not deterministic"),
        (gradient_cases.now_and_then(5), 2.02 * X, "not deterministic"),
        (sines, COS + 0j, "complex"),
        (sines, np.full(4, np.nan), "not finite at (0,)"),
        (relu, [0, 1, 0, 1], ""),
        (lambda x: 3.0, COS, "does not depend on it"),
        (lambda x: 1e6 + 1e-10 * np.abs(x).sum(), 0 * X, "not resolvable"),
        (lambda x: 1e14 + np.abs(x).sum(), np.sign(X), "not resolvable"),
        (lambda x: np.abs(x - X[1]).sum(), np.ones(4), "kink at (1,)"),
        (sines, -COS, "sign flipped?"),
        (sines, 2 * COS, "factor 2?"),
        (sines, COS / 2, "factor 1/2?"),
        (sines, 5 * COS, "factor 5: a sum or a mean too many?"),
        (sines, COS / 5, "factor 1/5: a sum or a mean too many?"),
        (sines, 0.7 * COS, "factor 0.7 in all entries"),
        (sines, 0 * COS, "all zero?"),
    ],
)
def test_the_verdict_says_what_is_wrong(f, gradient, words):
    row = check_gradient(f, X, gradient)
    assert not row.passed and row.verdict.startswith("FAILED") and words in row.verdict


def test_a_slip_is_named_only_if_all_entries_have_it():
    wrong = COS * [2, 1, 1, 1]
    row = check_gradient(sines, X, wrong)
    assert row.verdict == "FAILED" and row.ratio == pytest.approx(2)


def test_a_kink_is_found_by_f_alone_and_named_with_every_method():
    point = X * [0, 1, 1, 0]
    for method in ("auto", "richardson", "central"):
        row = check_gradient(lambda x: np.abs(x).sum(), point, np.sign(point), method)
        assert row.kinks == ((0,), (3,)) and "kink at (0,) and 1 more" in row.verdict


@every_method
def test_kinks_are_heeded_with_every_method(method):
    def at_sign_0(x):
        return np.sum(x * (x.real > 0))

    row = check_gradient(at_sign_0, X * [0, 1, 1, 1], [0, 0, 1, 0], method,
                         kinks=lambda x: x > 0)
    assert not row.passed and "kink" in row.verdict


def test_steps_do_not_cross_the_kinks_that_are_given():
    crossed = []

    def f(x):
        crossed.append(x[0] <= 0)
        return np.sum(np.maximum(x, 0) ** 1.0 * x)

    x = np.array([0.01, 1.0])
    row = check_gradient(f, x, 2 * x, "richardson", kinks=lambda x: x > 0)
    assert row.passed and not row.kinks
    longest = check_gradient(f, x, 2 * x, "richardson", step=1.0, kinks=lambda x: x > 0)
    assert longest.passed


def test_a_kink_that_only_the_user_knows_of_is_reported():
    for method in METHODS:
        row = check_gradient(square, X * [0, 1, 1, 1], 2 * X * [0, 1, 1, 1], method,
                             kinks=lambda x: x > 0)
        assert not row.passed and "kink" in row.verdict
        assert method == "complex" or row.kinks == ((0,),)


def cubes(x):
    return np.sum((np.abs(x) / 1e8) ** 3)


@pytest.mark.parametrize(
    "f, x, gradient",
    [
        (sines, 1e5 * X, np.cos(1e5 * X)),  # many periods in a step of x's scale
        (cubes, 1e8 * X, 3e-8 * X**2 * np.sign(X)),  # no change in a step of 1
        (lambda x: 1e12 + square(x), X, 2 * X),  # long steps against rounding
        (lambda x: np.sum(np.log(x)), np.array([1e-7, 1.0, 1e7]), [1e7, 1, 1e-7]),
        (lambda x: np.sum(1 / x), np.array([1e-3, 1.0, 1e3]), [-1e6, -1, -1e-6]),
    ],
)
def test_steps_of_differences_fit_the_point(f, x, gradient):
    row = check_gradient(f, x, gradient, "richardson")
    assert row.passed, row
    loose = 1e-2 if f(x) > 1e11 else 1e-7
    for index in np.ndindex(x.shape):
        wrong = np.array(gradient, dtype=float)
        wrong[index] *= 1 + loose
        largest = index == (int(np.argmax(np.abs(gradient))),)
        if largest:
            assert not check_gradient(f, x, wrong, "richardson").passed


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e6, 1e12])
@pytest.mark.parametrize("method, error", [("richardson", 1e-9), ("central", 1e-7)])
def test_differences_do_not_depend_on_the_unit_of_x(method, error, unit):
    """Steps fit the typical entry where an entry is 0, and its own size elsewhere."""
    x = np.array([0.0, 0.5, -2.0, 30.0])
    slopes = numerical_gradient(lambda v: sines(v / unit), x * unit, method) * unit
    np.testing.assert_allclose(slopes, np.cos(x), atol=3 * error)
    wide = numerical_gradient(lambda v: sines(v / (30 * unit)), x * unit, method)
    np.testing.assert_allclose(wide * 30 * unit, np.cos(x / 30), atol=error)


def test_the_document_has_every_number_of_a_row_under_its_own_name():
    wrong = np.array([[1.0, 2.0, 3.0], [4.0, 5.5, 6.0]])
    point = {"W": np.ones((2, 3))}
    slopes = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    report = check_parameters(lambda p: np.sum(slopes * p["W"]), point, {"W": wrong},
                              model="line")
    document = report.to_json_dict()
    assert (document["method"], document["passed"]) == ("complex", False)
    (row,) = document["rows"]
    assert row.pop("numeric") == pytest.approx(5)
    assert row.pop("max_relative_error") == pytest.approx(0.5 / 6)
    assert row == {
        "model": "line", "name": "W", "shape": [2, 3], "method": "complex",
        "worst_index": [1, 1], "analytic": 5.5, "passed": False, "verdict": "FAILED",
        "suspects": [], "note": "", "slip": "",
    }
    cells = str(report).splitlines()[1].split()
    assert cells == ["line", "W", "2x3", "8.3e-02", "(1,", "1)", "5.5", "5", "1.1",
                     "FAILED"]
    assert str(report).endswith("1 of 1 failed; the first is line W")


def test_numbers_that_are_not_there_are_null_in_the_document():
    report = check_parameters(lambda p: p["a"] @ p["a"], {"a": X}, {})
    (row,) = report.to_json_dict()["rows"]
    assert (row["max_relative_error"], row["analytic"], row["numeric"]) == (None,) * 3
    assert row["verdict"] == "FAILED: no gradient was given" and row["shape"] == [4]
    both = check_parameters(lambda p: np.abs(p["a"]).sum() + p["b"] @ p["b"],
                            {"a": X, "b": X}, {"a": np.sign(X), "b": 2 * X})
    assert both.passed and str(both).endswith("all 2 gradients agree")


@pytest.mark.parametrize("method, most", [("richardson", 1), ("central", 2)])
def test_no_step_is_longer_than_the_one_that_was_asked_for(method, most):
    """Without one, rounding of the large constant makes them longer."""
    moves = []

    def f(v):
        if np.count_nonzero(v - X) == 1:  # those in all entries look for noise
            moves.append(np.abs(v - X).max())
        return 1e8 + sines(v)

    numerical_gradient(f, X, method, step=1e-3)
    assert max(moves) == pytest.approx(most * 1e-3)
    numerical_gradient(f, X, "richardson")
    assert max(moves) > 1


@pytest.mark.parametrize("off, named", [(0.5e-6, True), (1.5e-6, False)])
def test_a_slip_is_one_number_in_all_entries_to_a_millionth(off, named):
    wrong = 3 * np.cos(X) * [1, 1, 1 + off, 1]
    row = check_gradient(sines, X, wrong)
    assert ("factor 3" in row.verdict) == named and not row.passed
