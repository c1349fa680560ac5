"""Where the gradient checker draws the line: types, few numbers, points it moves on."""

import itertools

import numpy as np
import pytest
from gradient_cases import X, sines, square

from scratchae.gradcheck import check_gradient, numerical_gradient
from scratchae.gradcheck.rounding import direction_of
from scratchae.gradcheck.slips import Slip, diagnose
from scratchae.gradient_checks import CHECKS, SIZES, run_checks
from scratchae.gradient_checks.check import Check

COS = np.cos(X)


@pytest.mark.parametrize("setting, words", [
    ({"method": "exact"}, r"method must be one of \['auto', 'complex', 'richardson', "
     r"'central'\]. Got 'exact'."),
    ({"step": 0}, "step must be a positive number. Got 0."),
    ({"step": -1e-3}, "step must be a positive number. Got -0.001."),
])
def test_the_numerical_gradient_has_its_settings_checked(setting, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        numerical_gradient(square, X, **setting)


@pytest.mark.parametrize("x", [
    np.array(["2020-01-01"], "datetime64[D]"), np.array([3], "timedelta64[s]"),
    np.array([b"1.5"]), np.array([1.5, None])], ids=["date", "time", "bytes", "None"])
def test_what_is_not_a_number_is_not_turned_into_one(x):
    with pytest.raises(ValueError, match="x must hold real numbers"):
        check_gradient(square, x, np.zeros(len(x)))


@pytest.mark.parametrize("dtype", [int, bool, object, np.float16])
def test_real_numbers_of_any_type_are_a_point(dtype):
    x = np.array([1, 0, 1]).astype(dtype)
    assert check_gradient(square, x, [2, 0, 2]).passed


@pytest.mark.parametrize("roundings, passes", [(1, True), (3, False), (60, False)])
def test_a_gradient_in_half_precision_may_be_off_by_two_roundings(roundings, passes):
    slopes = np.array([1.0, 0.5, 0.25])
    wrong = slopes * [1 + roundings * float(np.finfo(np.float16).eps), 1, 1]
    row = check_gradient(lambda x: x @ slopes, np.ones(3),
                         wrong.astype(np.float16))
    assert row.passed == passes


@pytest.mark.parametrize("method, off", [
    ("complex", 1e-13), ("richardson", 1e-10), ("central", 1e-6)])
def test_a_tolerance_may_be_stricter_than_the_default(method, off):
    slopes = np.array([1.0, 0.5, 0.25])
    wrong = slopes * [1 + off, 1, 1]

    def passed(tolerance):
        return check_gradient(lambda x: x @ slopes, np.ones(3), wrong, method,
                              tolerance=tolerance).passed

    assert passed(None) and passed(2 * off) and not passed(off / 10)


def test_f_that_is_zero_at_the_point_is_a_real_number():
    for zero in (0.0, 0j, np.zeros(1), [0.0]):
        row = check_gradient(lambda x, zero=zero: sines(x) if np.any(x) else zero,
                             np.zeros(3), np.ones(3))
        assert row.passed and row.method == "complex", row


def test_the_step_of_the_complex_step_is_none_of_the_differences_that_verify_it():
    """At 1e-20 beside 1 nothing of a real function moves."""
    row = check_gradient(sines, X, COS, "complex", step=1e-20)
    assert row.passed and row.method == "complex"


def drops_the_imaginary_part(v):
    return 1e8 + float(sines(v.real))


@pytest.mark.parametrize("f", [
    drops_the_imaginary_part, lambda v: 1e8 + sines(v)],
    ids=["instead of the complex step", "to verify it entry by entry"])
def test_the_differences_of_auto_are_no_longer_than_the_step_that_was_asked_for(f):
    """Beside a large constant they would be."""
    moves = []

    def seen(v):
        if np.isrealobj(v) and np.count_nonzero(v - X) == 1:
            moves.append(np.abs(v - X).max())
        return f(v)

    numerical_gradient(seen, X, step=1e-3)
    assert max(moves) == pytest.approx(1e-3)
    moves.clear()
    numerical_gradient(seen, X)
    assert max(moves) > 1


def test_the_difference_that_verifies_is_no_longer_than_the_step_that_was_asked_for():
    """Rounding of the large constant would make it 8 and 64 times as long."""
    step, v, lengths = 3e-5, direction_of(X), []

    def f(x):
        along = (x.real - X) / v
        if np.isrealobj(x) and np.allclose(along, along[0], rtol=1e-3, atol=0):
            lengths.append(along[0])
        return 1e10 + sines(x)

    numerical_gradient(f, X, step=step)
    found = [bool(np.isclose(lengths, n * step, rtol=1e-3).any()) for n in (1, 8, 64)]
    assert found == [True, False, False]


def test_of_an_error_of_many_lines_the_note_has_the_first():
    def f(x):
        if np.iscomplexobj(x):
            raise TypeError("\n  no complex numbers\nfor many\nreasons")
        return sines(x)

    note = check_gradient(f, X, COS).note
    assert note == ("the complex step does not apply, f raises TypeError for complex "
                    "numbers: no complex numbers: Richardson")


@pytest.mark.parametrize("near, passes", [(1e-6, True), (0.0, False)])
@pytest.mark.parametrize("method", ["richardson", "central"])
def test_a_kink_beside_the_point_is_told_from_one_at_it(near, passes, method):
    """Steps are shortened until none crosses it."""
    row = check_gradient(lambda x: x @ [1.0, 3.0], [near, 2.0], [1.0, 3.0], method,
                         kinks=lambda x: x > 0, tolerance=1e-3)
    assert row.passed == passes and row.kinks == (() if passes else ((0,),)), row


@pytest.mark.parametrize("side", [lambda x: x > 0, lambda x: x >= 0],
                         ids=["to the right", "to the left"])
@pytest.mark.parametrize("method", ["richardson", "central"])
def test_no_step_to_either_side_crosses_a_kink_that_the_user_knows(method, side):
    row = check_gradient(lambda x: x @ [1.0, 3.0], [0.0, 2.0], [1.0, 3.0], method,
                         kinks=side)
    assert not row.passed and row.kinks == ((0,),)


@pytest.mark.parametrize("numbers, found", [(2, None), (3, "cube")])
def test_a_hypothesis_and_a_factor_need_three_numbers(numbers, found):
    rng = np.random.default_rng(0)
    right = [rng.normal(size=numbers) for _ in range(2)]
    cube = Slip("cube", "a cube", None), [e**3 for e in right]
    slip = diagnose([-7 * e**3 for e in right], right, [cube])
    assert (slip and slip.code) == found


def test_log_weights_are_of_several_sizes():
    """Where they are far apart a bound that overflows would show."""
    values = CHECKS["log_mean_exp"](np.random.default_rng(0), SIZES["different"])
    spread = np.ptp(values.point["log_w"], axis=0)
    assert spread.max() > 100 and spread.max() / spread.min() > 20


@pytest.fixture
def attempts(monkeypatch):
    """A check whose first points are at a kink that only its pattern tells."""
    made = []

    def at(kinks, rng, sizes):
        made.append((rng.integers(2**32), sizes))
        point = {"a": np.array([0.0 if len(made) <= kinks else 1.0, 2.0])}
        return Check(lambda p: np.sum(p["a"] ** 2), point, {"a": 2 * point["a"]},
                     lambda p: p["a"] > 0)

    def plant(kinks):
        made.clear()
        monkeypatch.setitem(CHECKS, "planted",
                            lambda rng, sizes: at(kinks, rng, sizes))
        return made

    return plant


@pytest.mark.parametrize("kinks, tried, passed", [(0, 1, True), (99, 100, True),
                                                  (100, 100, False)])
def test_a_check_moves_on_from_kinks_that_its_pattern_tells(
    kinks, tried, passed, attempts
):
    made = attempts(kinks)
    report = run_checks(["planted"], "richardson", sizes="narrow")
    assert report.passed == passed and len(made) == tried
    assert {sizes for _, sizes in made} == {SIZES["narrow"]}
    assert len({number for number, _ in made}) == tried  # each point is another


def test_a_seed_and_an_attempt_make_the_point(attempts):
    made, seen = attempts(2), []
    for seed in 0, 1, 0:
        made.clear()
        run_checks(["planted"], "richardson", seed)
        seen.append([number for number, _ in made])
    assert seen[0] == seen[2] and not {*seen[0]} & {*seen[1]}
    expected = [np.random.default_rng([1, attempt]).integers(2**32)
                for attempt in range(3)]
    assert seen[1] == expected


def test_checks_are_run_in_the_order_that_was_asked_for():
    names = ["l1", "dense", "l1"]
    models = [row.model for row in run_checks(names).rows]
    assert [name for name, _ in itertools.groupby(models)] == names
    with pytest.raises(ValueError, match=r"no gradient check 'dens'; .*\bl1\b.*dense"):
        run_checks(["dens"])
    assert run_checks([]).rows == []
