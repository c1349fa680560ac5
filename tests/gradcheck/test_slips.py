"""Slips: a name is given where one hypothesis, and no other, explains every entry."""

import numpy as np
import pytest

from scratchae.gradcheck import check_gradient
from scratchae.gradcheck.slips import GENERIC, Slip, counted, diagnose
from scratchae.gradient_checks.own_file import run_file

RNG = np.random.default_rng(4)
RIGHT = [RNG.normal(size=(5, 3)), RNG.normal(size=(7, 11))]
SIZES = {"n": [5, 7], "d": [3, 11]}


def named(given, hypotheses=(), right=RIGHT):
    slip = diagnose(given, right, hypotheses, SIZES)
    return slip and slip.code


@pytest.mark.parametrize("slip", GENERIC, ids=lambda slip: slip.code)
def test_every_slip_is_named_itself(slip):
    right = [np.abs(e) + 0.1 for e in RIGHT] if slip.code == "root" else RIGHT
    assert named([slip.wrong(e) for e in right], right=right) == slip.code


E = [[1.0, -2.5], [4.0, 0.5]]
SAID = {  # by hand, of E
    "sign flipped": [[-1, 2.5], [-4, -0.5]],
    "factor 2": [[2, -5], [8, 1]],
    "factor 1/2": [[0.5, -1.25], [2, 0.25]],
    "factor -2": [[-2, 5], [-8, -1]],
    "factor -1/2": [[-0.5, 1.25], [-2, -0.25]],
    "all zero": [[0, 0], [0, 0]],
    "transposed": [[1, 4], [-2.5, 0.5]],
    "an axis of length 1 too many, in front: keepdims": [E],
    "an axis of length 1 too many, at the end: keepdims": [[[1], [-2.5]], [[4], [0.5]]],
    "summed over the first axis, which should stay": [5, -2],
    "summed over the last axis, which should stay": [-1.5, 4.5],
    "averaged over the first axis, which should stay": [2.5, -1],
    "averaged over the last axis, which should stay": [-0.75, 2.25],
    "summed over all axes to one number": 3,
    "averaged over all axes to one number": 0.75,
    "the same number in all entries, their sum": [[3, 3], [3, 3]],
    "the same number in all entries, their mean": [[0.75, 0.75], [0.75, 0.75]],
    "the rows in reverse order": [[4, 0.5], [1, -2.5]],
    "the columns in reverse order": [[-2.5, 1], [0.5, 4]],
    "the signs are lost: absolute values": [[1, 2.5], [4, 0.5]],
    "negative entries cut off at 0": [[1, 0], [4, 0.5]],
    "squared": [[1, 6.25], [16, 0.25]],
    "a square root too many": [[1, np.nan], [2, 0.5**0.5]],
    "one divided by it": [[1, -0.4], [0.25, 2]],
    "its exponential": [[np.e, np.e**-2.5], [np.e**4, np.e**0.5]],
    "what follows the decimal point is cut off: an array of integers": [[1, -2],
                                                                        [4, 0]],
    "the last row is left out: 0": [[1, -2.5], [0, 0]],
    "the first row alone; the others are 0": [[1, -2.5], [0, 0]],
    "the first row in all rows": [[1, -2.5], [1, -2.5]],
}


@pytest.mark.parametrize("slip", GENERIC, ids=lambda slip: slip.code)
def test_the_words_of_a_slip_say_what_it_computes(slip):
    np.testing.assert_allclose(slip.wrong(np.array(E)), SAID[slip.words])


def test_of_three_rows_the_last_is_left_out_or_the_first_alone_is_kept():
    rows = {slip.words: slip.wrong(np.array([[1], [2], [3]])).ravel().tolist()
            for slip in GENERIC if "row" in slip.code}
    assert rows["the last row is left out: 0"] == [1, 2, 0]
    assert rows["the first row alone; the others are 0"] == [1, 0, 0]


def test_the_words_of_a_counted_slip_say_whether_it_is_too_large():
    for slip, factors in counted(SIZES):
        large = "large" if factors[0] > 1 else "small"
        size = max(factors[0], 1 / factors[0])
        names = {5: "n", 3: "d", 25: "n times n", 15: "n times d", 9: "d times d"}
        assert slip.words == f"too {large} by the factor {names[round(size)]}"


@pytest.mark.parametrize("code, factors", [
    ("times_n", [5, 7]), ("over_n", [1 / 5, 1 / 7]), ("times_d", [3, 11]),
    ("over_d", [1 / 3, 1 / 11]), ("factor", [0.3, 0.3]), (None, [0.3, 0.4]),
    (None, [5, 11]), ("minus_half", [-0.5, -0.5]),
])
def test_a_factor_is_named_by_what_it_is_on_both_inputs(code, factors):
    assert named([f * e for f, e in zip(factors, RIGHT, strict=True)]) == code


def test_a_right_answer_has_no_name():
    assert named(RIGHT) is None
    even = [e @ e.T for e in RIGHT]  # of which the transpose is right too
    assert named(even, right=even) is None
    thrice = Slip("thrice", "", None), [3 * e for e in RIGHT]
    assert named(RIGHT, [thrice]) is None, "no third of a slip"
    middle = [e[:, None] for e in RIGHT]  # its sum is right, and its mean as well
    assert named(middle) is None


def test_one_entry_that_is_different_takes_the_name_away():
    given = [2 * e for e in RIGHT]
    given[1][3, 4] *= 1 + 1e-5
    assert named(given) is None
    given = [2 * e for e in RIGHT]
    smallest = np.unravel_index(np.argmin(np.abs(given[1])), given[1].shape)
    given[1][smallest] += 5e-7 * np.abs(given[1]).max()
    assert named(given) is None, "a small entry counts beside itself"


def test_a_name_needs_both_inputs():
    assert named([2 * RIGHT[0], -RIGHT[1]]) is None
    assert named([2 * RIGHT[0], RIGHT[1]]) is None


def test_two_hypotheses_that_say_the_same_give_no_name():
    wrong = [e**3 for e in RIGHT]
    cube, other = Slip("cube", "a cube", None), Slip("other", "another", None)
    assert named(wrong, [(cube, wrong)]) == "cube"
    assert named(wrong, [(cube, wrong), (other, wrong)]) is None


def test_a_hypothesis_goes_before_what_knows_less():
    wrong = [-e for e in RIGHT]
    assert named(wrong, [(Slip("uphill", "", None), wrong)]) == "uphill"


def test_a_hypothesis_is_found_besides_a_factor():
    cube = Slip("cube", "a cube", None), [e**3 for e in RIGHT]
    slip = diagnose([-2 * e**3 for e in RIGHT], RIGHT, [cube])
    assert slip.code == "cube" and slip.words == "a cube; and besides a factor -2"
    one = Slip("cube", "a cube", None), [RIGHT[0] ** 3]
    assert diagnose([-2 * RIGHT[0] ** 3], RIGHT[:1], [one]) is None, "one input only"


def test_a_number_alone_is_not_explained_by_any_hypothesis_and_a_factor():
    cube = Slip("cube", "a cube", None), [np.array(8.0)]
    assert diagnose([np.array(3.0)], [np.array(2.0)], [cube]) is None


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("verb, how", [("summed", np.sum), ("averaged", np.mean)])
def test_an_axis_that_is_still_there_is_named(axis, verb, how):
    assert named(RIGHT, right=[how(e, axis) for e in RIGHT]) == f"not_{verb}_{axis}"


def test_what_is_not_finite_explains_nothing_and_has_no_name():
    infinite = Slip("infinite", "", None), [np.full(e.shape, np.inf) for e in RIGHT]
    assert named([e + 1 for e in RIGHT], [infinite]) is None
    assert named([np.full(e.shape, np.nan) for e in RIGHT]) is None


def test_a_gradient_check_names_more_than_factors():
    x = RNG.normal(size=(4, 4))
    W = RNG.normal(size=(4, 4))
    row = check_gradient(lambda x: np.sum(W * x), x, W.T)
    assert row.slip == "transposed" and row.verdict == "FAILED: transposed?"


def test_a_scalar_is_some_factor_of_any_other_and_has_no_name():
    row = check_gradient(lambda x: 3 * x, np.array(2.0), np.array(4.1))
    assert row.slip == "" and row.verdict == "FAILED"


def test_a_files_slip_is_named_if_a_second_random_point_names_it_too(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "def forward(x, s):\n    return x * x, (x, s)\n"
        "def backward(dy, cache):\n    x, s = cache\n    return 2 * x * dy * FACTOR\n"
        "def example(rng):\n    return rng.normal(size=(3, 4)), rng.integers(9, 99)\n"
    )
    source = path.read_text()
    slips = []
    for factor in "-1", "0.1 * s":
        path.write_text(source.replace("FACTOR", factor))
        (row,) = run_file(path).rows
        slips.append((row.passed, row.slip))
    assert slips == [(False, "sign"), (False, "")]
