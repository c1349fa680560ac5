"""The gradient checker at tiny and huge points, of an f that fails, and in silence."""

import itertools
import warnings

import numpy as np
import pytest
from gradient_cases import X, sines

from scratchae.gradcheck import METHODS, check_gradient, numerical_gradient
from scratchae.gradcheck.rounding import direction_of, typical
from scratchae.gradcheck.slips import diagnose
from scratchae.gradcheck.tensors import scales
from scratchae.gradient_checks import run_checks
from scratchae.gradient_checks.own_file import run_file

RNG = np.random.default_rng(4)
RIGHT = [RNG.normal(size=(5, 3)), RNG.normal(size=(7, 11))]


@pytest.mark.parametrize("unit", [1e-200, 1e-20, 1.0, 1e20, 1e200])
def test_the_typical_size_is_the_root_mean_square_in_any_unit(unit):
    x = np.array([[3.0, 0.0], [-4.0, 0.0]])
    assert typical(unit * x) == pytest.approx(unit * 2.5, rel=1e-12)
    np.testing.assert_allclose(scales(unit * x) / unit, [[3, 2.5], [4, 2.5]])
    along = np.abs(direction_of(unit * x)) / unit
    assert 1.25 <= along.min() and along.max() <= 3.75


def test_the_direction_along_which_a_gradient_is_verified_has_no_number_twice():
    """Along (1, 1, 1) a sum that ought to be weighted would not show."""
    along = direction_of(np.ones(50))
    assert len({*np.abs(along)}) == 50 and 10 < np.count_nonzero(along > 0) < 40
    np.testing.assert_array_equal(along, direction_of(np.ones(50)))
    assert not np.isin(np.abs(direction_of(np.ones(49))), np.abs(along)).any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("given, passes", [(0.0, True), (1e-3, False)])
def test_a_gradient_of_0_may_be_checked_with_a_tolerance_of_0(given, passes, method):
    row = check_gradient(lambda x: 3.0 + 0 * np.sum(x), X, np.full(4, given), method,
                         tolerance=0)
    assert row.passed == passes, row


def test_where_all_is_zero_or_nothing_is_there_steps_are_those_of_one():
    assert typical(np.zeros(3)) == typical(np.zeros((0, 2))) == 1
    np.testing.assert_array_equal(scales(np.zeros(3)), np.ones(3))


@pytest.mark.parametrize("unit", [1e-170, 1e170])
@pytest.mark.parametrize("method", METHODS)
def test_squares_of_a_point_may_leave_the_range_of_numbers(unit, method):
    step = unit * 1e-30 if method == "complex" else None
    slopes = numerical_gradient(lambda v: sines(v / unit), X * unit, method, step)
    np.testing.assert_allclose(slopes * unit, np.cos(X), atol=1e-7)


@pytest.mark.parametrize("later", [np.nan, np.inf])
def test_a_value_that_is_no_number_at_the_second_call_is_noticed(later):
    calls = itertools.count()
    row = check_gradient(lambda x: later if next(calls) == 1 else 3.0, X, 0 * X)
    assert row.problem.startswith("f is not deterministic: f(x) is 3 and then nan")


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_said_of_steps_outside_of_the_domain(method):
    """Logarithms of negative numbers, divisions by 0: the checker asked for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([1e-9, 1.0])
        row = check_gradient(lambda x: np.sum(np.log(x)), x, 1 / x, method)
    assert row.passed or method == "central"


def named(given, right):
    slip = diagnose(given, right)
    return slip and slip.code


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_repeated_is_told_from_what_is_not_averaged(axis):
    """One array with two equal entries along the axis is not a repeated one."""
    right = [e.mean(axis) for e in RIGHT]
    repeated = [np.repeat(np.expand_dims(r, axis), 4, axis) for r in right]
    assert named(repeated, right) == f"repeated_{axis}"
    given = [e.copy() for e in RIGHT]
    for e in given:  # somewhere along the other axis nothing differs
        line = (slice(None), 0) if axis == 0 else (0, slice(None))
        e[line] = e[line].mean()
    assert named(given, right) == f"not_averaged_{axis}"


@pytest.mark.parametrize("off, code", [(2e-8, "twice"), (4e-8, None)])
def test_an_entry_that_is_0_may_be_off_by_rounding_of_the_largest(off, code):
    """A millionth of three hundredths of it; else a sum in float32 has no name."""
    right = [np.array([[1.0, -0.5, 0.25], [0.5, 0.0, 0.125]])]
    given = [2 * e for e in right]
    given[0][1, 1] = 2 * off
    assert named(given, right) == code


def test_an_example_may_need_no_random_numbers(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(
        "import numpy as np\n"
        "def forward(x, W):\n    return x @ W, (x, W)\n"
        "def backward(d, cache):\n    x, W = cache\n    return d @ W.T, x.T @ d\n"
        "def example():\n    return np.eye(2, 3) + 0.5, np.ones((3, 4))\n")
    assert [(row.name, row.passed) for row in run_file(path).rows] == [
        ("x", True), ("W", True)]


def test_a_check_of_almost_that_name_is_suggested():
    for names in ["dens"], ["zz", "dens", "tanh"]:  # of the one that is blamed
        with pytest.raises(ValueError, match="check 'dens';.*Did you mean 'dense'"):
            run_checks(names)
