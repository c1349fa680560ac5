"""The gradient checker's settings, its rounding, and what it refuses in words."""

import itertools
import math

import gradient_cases
import numpy as np
import pytest
from gradient_cases import A, X, sines, softmax, square

from scratchae.gradcheck import (
    METHODS,
    check_gradient,
    check_parameters,
    numerical_gradient,
    relative_error,
)
from scratchae.gradcheck.loss import Loss
from scratchae.gradcheck.rounding import direction_of, noise_of

COS = np.cos(X)
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.mark.parametrize("side", [-1, 1])
def test_noise_is_found_on_the_side_where_f_has_values(side):
    def half(x):
        t = side * (x[0] - 1)
        return 1 + 1e-8 * np.sin(1e17 * t) if t >= 0 else np.nan

    assert 1e-9 < noise_of(Loss(half, np.ones(1))) < 1e-7


@pytest.mark.parametrize("size", [1.0, 2.0**40, 2.0**-40])
@pytest.mark.parametrize("roundings, named", [(900, False), (1200, True)])
def test_values_that_differ_by_a_thousand_roundings_are_of_a_random_f(
    roundings, named, size
):
    calls = itertools.count()

    def f(x):
        return size * (1 + np.finfo(float).eps * roundings * (next(calls) % 2))

    row = check_gradient(f, np.ones(2), np.zeros(2))
    assert ("not deterministic" in row.verdict) == named


@pytest.mark.parametrize("method", ["auto", "richardson"])
@pytest.mark.parametrize("far, fast", [(1e7, 1), (1e6, 30), (1e5, 300), (1e10, 1)])
def test_what_f_does_far_from_0_is_not_taken_for_rounding(far, fast, method):
    """A thousandth of a millionth of x may be many periods."""
    for seed in range(6):
        x = np.random.default_rng(seed).normal(size=6) + far
        for factor, passes in (1, True), (0, False), (-1, False):
            row = check_gradient(lambda x: sines(fast * x), x,
                                 factor * fast * np.cos(fast * x), method)
            assert row.passed == passes, row


def test_the_steps_of_float32_are_rounding():
    """Between them nothing changes but a small term in float64."""
    def f(x):
        return float(np.sum(x.astype(np.float32) * 3) + 1e-3 * np.sum(x * x))

    noise = noise_of(Loss(f, X))
    assert 1e-8 < noise < 1e-6
    assert check_gradient(f, X, 3 + 2e-3 * X).passed


@pytest.mark.parametrize("far", [1e14, 1e15])
def test_where_the_last_bit_of_x_changes_all_of_f_zeros_are_not_resolvable(far):
    row = check_gradient(sines, X + far, 0 * X)
    assert not row.passed and "not resolvable: f = " in row.problem


def test_zero_passes_against_rounding_noise_and_is_said_to_be_zero():
    noise = np.array([1e-17, 0, -3e-17, 0])
    for gradient in (noise, 0 * noise):
        for method in METHODS:
            row = check_gradient(lambda x: np.sum(softmax(x)), X, gradient, method)
            assert row.passed, row
            if gradient is noise:
                assert "which hides all below " in row.note
                assert 1e-16 < float(row.note.split()[-1]) < 1e-10
    assert not check_gradient(lambda x: np.sum(softmax(x)), X, 1e3 * noise).passed


def normalised(a):
    return (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + 1e-5)


@pytest.mark.parametrize("size", [0.01, 1.0, 20.0])  # of the bias, beside inputs of 1
@pytest.mark.parametrize(
    "f",
    [
        lambda b, a: -np.log(softmax(a[0] + b[0])[1]),
        lambda b, a: np.logaddexp.reduce(a[0] + b[0]) - (a[0] + b[0])[2],
        lambda b, a: np.sum(a * np.tanh(normalised(a + b))),
        lambda b, a: np.sum(softmax((a + b) @ a[0])),
        lambda b, a: np.abs(np.diff(a[0] + b[0])).sum(),
    ],
    ids=["softmax", "cross-entropy", "batch norm", "attention's keys", "differences"],
)
def test_a_bias_that_cancels_has_gradient_zero(f, size):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(4, 3)), size * rng.normal(size=3)
        row = check_gradient(lambda b, a=a: f(b, a), b, np.zeros(3))
        assert row.passed, row
        assert not check_gradient(lambda b, a=a: f(b, a), b, [0, 1e-9, 0]).passed


@pytest.mark.parametrize("g", [np.abs, np.square, np.sin, np.tanh, np.arctan])
@pytest.mark.parametrize("roundings", [30, 1e4])
def test_what_hides_behind_an_offset_is_not_taken_for_rounding(g, roundings):
    def f(x):
        return 1e6 * (1 + roundings * np.finfo(float).eps * np.sum(g(x)))

    assert not check_gradient(f, X, 0 * X).passed


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "f returned None"),
        (np.zeros(3), r"an array of shape \(3,\)"),
        ((1.0, 2.0), "a tuple of length 2"),
        ([], "a list of length 0"),
        ("1.0", "a str"),
        ({"loss": 1.0}, "a dict"),
        (1 + 2j, "the complex number"),
    ],
)
def test_f_that_returns_no_number_is_an_error_in_words(value, words):
    with pytest.raises(ValueError, match=words):
        check_gradient(lambda x: value, X, X)


@pytest.mark.parametrize("x", ["ab", X + 1j, [[1.0], [1.0, 2.0]], None])
def test_x_that_is_not_real_is_an_error_in_words(x):
    with pytest.raises(ValueError, match="x must hold real numbers"):
        check_gradient(square, x, x)


def test_an_error_inside_f_is_the_callers_to_see():
    with pytest.raises(KeyError):
        check_gradient(lambda x: {}["key"], X, X)


@pytest.mark.parametrize(
    "setting, words",
    [
        ({"method": "exact"}, "method must be one of"),
        ({"step": 0}, "step must be a positive number"),
        ({"step": math.nan}, "step must be a positive number"),
        ({"tolerance": -1}, "tolerance must not be negative"),
        ({"tolerance": math.nan}, "tolerance must not be negative"),
        ({"step": math.inf}, "step must be a positive number"),
        ({"tolerance": math.inf}, "tolerance must not be negative. Got inf"),
    ],
)
def test_settings_are_checked(setting, words):
    with pytest.raises(ValueError, match=words):
        check_gradient(square, X, 2 * X, **setting)
    with pytest.raises(ValueError, match=words):
        check_parameters(lambda p: square(p["x"]), {"x": X}, {"x": X}, **setting)


@every_method
def test_tolerance_is_what_may_be_off(method):
    def passed(tolerance):
        wrong = COS * [1, 1, 1, 1.01]
        return check_gradient(sines, X, wrong, method, tolerance=tolerance).passed

    scale = np.abs(COS * [1, 1, 1, 1.01]).max()
    off = 0.01 * abs(COS[3]) / scale
    assert passed(1.001 * off) and not passed(0.999 * off)


def test_step_is_the_step_of_the_method():
    seen = []

    def f(x):
        seen.append(complex(x[0]) - 1)
        return np.sum(x**3)

    for method, step in ("complex", 1e-20), ("central", 0.5), ("richardson", 0.25):
        seen.clear()
        check_gradient(f, [1.0], [3.0], method, step=step)
        steps = {s.imag if method == "complex" else s.real for s in seen}
        assert step in steps
    seen.clear()
    check_gradient(f, [1.0], [3.0], "auto", step=0.25)  # along a random direction
    along = complex(0.25 * direction_of(np.ones(1))[0])
    assert any(np.isclose(s, along, rtol=1e-12) for s in seen)
    central = numerical_gradient(lambda x: np.sum(x**3), [1.0], "central", step=0.5)
    assert central[0] == pytest.approx(3.25)


def test_a_gradient_in_float32_is_held_to_the_digits_it_has():
    single = COS.astype(np.float32)
    assert check_gradient(sines, X, single).passed
    assert not check_gradient(sines, X, single * np.float32(1.001)).passed
    for roundings, passes in (60, True), (70, False):
        wrong = COS * (1 + roundings * float(np.finfo(np.float32).eps))
        assert check_gradient(sines, X, wrong.astype(np.float32)).passed == passes
    assert not check_gradient(sines, X, single.astype(float)).passed


@pytest.mark.parametrize("order", ["C", "F"])
def test_x_is_never_written_to(order):
    x = np.array(A, order=order)
    x.flags.writeable = False
    assert check_gradient(gradient_cases.writes_to_its_argument, x, 8 * A).passed
    assert np.array_equal(x, A)


def test_the_last_bit_may_differ_between_calls_but_no_more():
    calls = [0]

    def f(x):
        calls[0] += 1
        return square(x) * (1 + amount * (calls[0] % 2))

    amount = 4e-16  # as when threads add in another order
    assert check_gradient(f, X, 2 * X).passed
    amount = 1e-11
    assert "not deterministic" in check_gradient(f, X, 2 * X).verdict


def test_a_small_entry_that_is_wrong_is_reported_beside_the_tensor():
    scale = np.array([1.0, 1e-8, 1.0, 1.0])
    wrong = scale * np.sign(X) * [1, 2, 1, 1]
    row = check_gradient(lambda x: np.sum(scale * np.abs(x)), X, wrong)
    assert not row.passed and row.suspects == ((1,),) and row.worst_index == (1,)
    assert "the small entry (1,) is -2e-08, not -1e-08" in row.verdict


def test_a_small_entry_does_not_distract_from_a_large_one():
    scale = np.array([1.0, 1e-5, 1.0, 1.0])
    wrong = scale * np.sign(X) * [1, 2, 2, 1]
    row = check_gradient(lambda x: np.sum(scale * np.abs(x)), X, wrong)
    assert row.verdict == "FAILED" and row.worst_index == (2,)
    assert row.suspects == ((1,),)


def test_the_worst_entry_is_the_one_furthest_beyond_what_is_known():
    error, worst = relative_error([1.1, 2.0], [1.0, 2.05], slack=np.array([0.2, 0.0]))
    assert worst == (1,) and error == pytest.approx(0.05 / 2.05)


def test_an_entry_that_rounding_may_explain_is_reported_and_passes():
    scale = np.array([1.0, 3e-13, 1.0, 1.0])
    wrong = 2 * scale * X * [1, 2, 1, 1]
    row = check_gradient(lambda x: np.sum(scale * x**2), X, wrong)
    assert row.passed and row.suspects == ((1,),)
    assert row.note == "entry (1,) is -1.56e-12 and not -7.8e-13: only rounding?"


@pytest.mark.parametrize("size, off, tolerance, passes, named", [
    (1e-10, 0.0015, None, True, True),  # too small for the verdict, not for the eye
    (1e-10, 0.0005, None, True, False),
    (0.9e-3, 0.05, 1e-2, False, True),
    (1.1e-3, 0.05, 1e-2, True, False),  # large enough for the tensor's own tolerance
])
def test_an_entry_below_a_thousandth_is_named_if_a_thousandth_of_it_is_wrong(
    size, off, tolerance, passes, named
):
    scale = np.array([1, size])
    row = check_gradient(lambda x: scale @ x**2 / 2, np.ones(2), scale * [1, 1 + off],
                         tolerance=tolerance)
    assert row.passed == passes and row.suspects == (((1,),) if named else ())


def test_an_entry_is_held_to_what_is_known_of_it_and_not_of_another():
    """Central differences of x^3 are off by step^2, those of x not at all."""
    row = check_gradient(lambda x: x[0] ** 3 + x[1], np.ones(2), [3.0, 1.0015],
                         "central", step=0.02)
    assert not row.passed and row.worst_index == (1,)
    assert row.tolerance == pytest.approx(1e-5, rel=1e-3)


def test_central_differences_allow_for_the_rounding_of_a_large_f(rng):
    x = rng.uniform(1, 2, size=20)
    for factor, passes in (1.0, True), (1.01, False):
        row = check_gradient(lambda x: 1e7 + np.sum(x), x, np.full(20, factor),
                             "central")
        assert row.passed == passes, row


def test_rounding_that_grows_with_f_away_from_the_point_is_no_kink(rng):
    """f is odd but for rounding, which is in proportion to f, and that is 0 at x."""
    k = 0.01 * rng.uniform(1, 2, size=20)
    row = check_gradient(lambda x: np.sum(x * ((x + k) - x)), np.zeros(20), k,
                         "richardson")
    assert row.passed, row
