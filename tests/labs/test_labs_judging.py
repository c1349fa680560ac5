"""What is said of a tensor: its shape, its type, where it is wrong, and whose error."""

import numpy as np
import pytest
from lab_tools import LABS, part_of, result_of, solution_of

from scratchae.labs.grading.rows import reason
from scratchae.labs.judging import judge
from scratchae.labs.patterns import pattern
from scratchae.labs.report import LabReport, part_lines
from scratchae.labs.runner import Outcome
from scratchae.labs.specification import Part, Slip, Tensor

DENSE = solution_of("01")
TWO = part_of(LABS["01"], "two_layers_backward")


def inputs(rng, s):
    return {"x": rng.normal(size=(s.n, s.d)), "W": rng.normal(size=(s.d, s.h))}


def chain(**more):
    """A part of which the answer is a = x W, then b = 2 a + 1."""
    return Part("chain", inputs, (
        Tensor("a", lambda v: v.x @ v.W, (Slip("no_W", "", lambda v: v.x),)),
        Tensor("b", lambda v: 2 * v.a + 1,
               (Slip("no_one", "nothing is added", lambda v: 2 * v.a),)),
    ), "nowhere", **more)


def verdicts(function, part=None):
    """(name, verdict, code) of each row."""
    rows = result_of(part or chain(), function).rows
    return [(row.name, row.verdict, row.code) for row in rows]


def test_an_error_from_above_is_not_called_an_own_one():
    def wrong(x, W):
        a = -x @ W
        return a, 2 * a + 1

    assert verdicts(wrong) == [("a", "FAIL", "sign"), ("b", "from above", "")]


def test_an_own_error_below_another_is_named_with_the_students_own_tensors():
    def wrong(x, W):
        a = -x @ W
        return a, 2 * a

    assert verdicts(wrong) == [("a", "FAIL", "sign"), ("b", "FAIL", "no_one")]


def test_lists_of_numbers_are_arrays():
    def right(x, W):
        return [(x @ W).tolist(), (2 * (x @ W) + 1).tolist()]

    assert verdicts(right) == [("a", "ok", ""), ("b", "ok", "")]


def test_what_follows_a_tensor_of_another_shape_is_judged_as_far_as_it_can_be():
    def wrong(x, W):
        a = x @ W
        return a[0], 2 * a

    assert verdicts(wrong)[1] == ("b", "FAIL", "no_one")

    def lost(x, W):
        return x, np.cos(x @ W)

    assert verdicts(lost) == [("a", "FAIL", "no_W"), ("b", "not judged", "")]


def down(a):
    """Other numbers in each column, the same in every row."""
    return np.arange(1, a.shape[1] + 1)


def across(a):
    """Other numbers in each row."""
    return np.arange(1, len(a) + 1)[:, None]


@pytest.mark.parametrize("change, code, fact", [
    (lambda a: a.astype("f4"), "float32", "has dtype float32, not float64"),
    (lambda a: a.astype(int), "integers", "has dtype int64, not float64"),
    (lambda a: a > 0, "booleans", "has dtype bool, not float64"),
    (lambda a: a + 0j, "complex", "has dtype complex128, not float64"),
    (lambda a: a.T, "transposed", "has shape (3, 5), not (5, 3)"),
    (lambda a: a + (np.arange(len(a)) == 2)[:, None], "",
     "3 of 15 entries are wrong, all in row 2"),
    (lambda a: a + (np.arange(a.shape[1]) == 1), "",
     "5 of 15 entries are wrong, all in column 1"),
    (lambda a: np.where(a < 0, 0.3, a), "", "those where the right value is negative"),
    (lambda a: a + 0.25, "", "off by the same number in all entries, 0.25"),
    (lambda a: a + down(a), "", "off by the same numbers in every row"),
    (lambda a: a + across(a), "", "the same numbers in every column"),
    (lambda a: a * across(a), "", "each row is off by a factor"),
    (lambda a: a * (len(a) + 4), "", "off by one factor in all entries, 9"),
    (lambda a: a * down(a), "", "each column is off by a factor"),
    (lambda a: a * (-1.0) ** down(a), "", "right but for the signs of 10 entries"),
    (lambda a: a / 0, "", "at (0, 0)"),
    (lambda a: a * np.nan, "", "is nan at (0, 0)"),
    (lambda a: np.zeros((0, 3)), "", "has shape (0, 3), not (5, 3)"),
])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_seen_of_a_tensor_is_said(change, code, fact):
    row = result_of(chain(), lambda x, W: (change(x @ W), 2 * x @ W + 1)).rows[0]
    assert (row.verdict, row.code) == ("FAIL", code) and fact in row.fact


def test_rounding_is_no_error_and_a_millionth_is():
    for off, passed in (1e-13, True), (1e-6, False):
        def nearly(x, W, off=off):
            a = x @ W
            return a * (1 + off), 2 * a * (1 + off) + 1

        assert result_of(chain(), nearly).passed == passed


def test_an_error_in_a_small_entry_beside_large_ones_is_seen():
    part = Part("small", lambda rng, s: {"x": np.array([1e6, 1e-3])},
                (Tensor("y", lambda v: v.x.copy()),), "nowhere")
    assert not result_of(part, lambda x: x + np.array([0, 1e-6])).passed


def test_a_large_entry_is_compared_with_itself():
    part = Part("large", lambda rng, s: {"x": np.array([1e6, -1e9])},
                (Tensor("y", lambda v: 3 * v.x),), "nowhere")
    for off, passed in (1e-11, True), (1e-8, False):
        assert result_of(part, lambda x, off=off: 3 * x * (1 + off)).passed is passed


def test_zeros_may_be_off_by_rounding_only():
    part = Part("zeros", lambda rng, s: {"x": np.ones(3)},
                (Tensor("y", lambda v: 0 * v.x),), "nowhere")
    assert result_of(part, lambda x: 1e-17 * x).passed
    assert not result_of(part, lambda x: 1e-12 * x).passed


def test_where_only_a_special_input_is_wrong_that_is_said():
    def wrong(x, W):
        a = x @ (W.T if len(W) == W.shape[1] else W)
        return a, 2 * a + 1

    row = result_of(chain(), wrong).rows[0]
    assert "only where all sizes are equal" in row.fact
    assert result_of(chain(equal=False), wrong).passed


def test_tensors_in_another_order_are_recognised():
    def swapped(x, W):
        a = x @ W
        return 2 * a + 1, a

    row, other = result_of(chain(), swapped).rows
    assert row.code == other.code == "another"
    assert "that is b" in row.words and "that is a" in other.words


def test_a_dict_by_name_will_do_in_any_order():
    def named(x, W):
        a = x @ W
        return {"b": 2 * a + 1, "a": a}

    assert result_of(chain(), named).passed


@pytest.mark.parametrize("answers", [{}, {0: [{}, {}]}, {0: [{"a": np.ones(3)}, {}]}])
def test_an_answer_that_is_not_complete_is_a_fail(answers):
    part = chain()
    result = judge(part, 1, part.cases(), Outcome("returned", answers=answers))
    assert result.status == "fail" and result.text == "no result was written"


def test_a_name_that_is_given_twice_is_a_mistake_of_the_lab():
    part = Part("twice", inputs, (Tensor("x", lambda v: v.x),), "nowhere")
    with pytest.raises(ValueError, match="x is an input as well"):
        part.expected(part.cases()[0])


def test_the_first_error_of_two_layers_is_the_only_one_named():
    def wrong(dy, x, W1, b1, W2):
        h = DENSE.dense_forward(x, W1, b1)
        dh, dW2, db2 = DENSE.dense_backward(dy, h, W2)
        dh = dy @ dW2.T
        dx, dW1, db1 = DENSE.dense_backward(dh, x, W1)
        return dW2, db2, dh, dW1, db1, dx

    found = {name: (verdict, code) for name, verdict, code in verdicts(wrong, TWO)}
    assert found["db2"] == found["dW2"] == ("ok", "")
    assert found["dh"] == ("FAIL", "dW_for_W")
    assert {found[name] for name in ("db1", "dW1", "dx")} == {("from above", "")}


def test_a_report_counts_parts_and_points():
    lab = LABS["01"]
    parts = tuple(result_of(part, getattr(DENSE, part.function)) for part in lab.parts)
    report = LabReport(lab, "mine.py", parts)
    assert report.passed and report.points == lab.points == 8
    assert str(report).endswith("3 of 3 parts pass, 8 of 8 points")
    assert "its formula" not in str(report)
    assert report.text(solutions=True).count("its formula: see scratchae.") == 3


def test_a_guess_is_called_likely_and_a_fact_is_not():
    part = chain()
    lines = part_lines(result_of(part, lambda x, W: (x @ W, 2 * (x @ W))))
    assert lines[-1] == "  b: likely: nothing is added"
    lines = part_lines(result_of(part, lambda x, W: (x, 2 * x @ W + 1)))
    assert "a: has shape (5, 7), not (5, 3)" in lines[-1]


def test_a_size_that_is_typed_in_is_seen():
    def wrong(x, W):
        a = x @ W
        return a * len(x) / 5, 2 * a * len(x) / 5 + 1

    rows = result_of(chain(), wrong).rows
    assert "right for n = 5 only" in rows[0].fact


def test_no_size_is_named_that_no_array_has():
    """A factor of 11 or 3, as k is here, where no axis has k entries."""
    result = result_of(chain(), lambda x, W: (x @ W * (11 if len(x) == 5 else 3), 0))
    assert result.rows[0].code == ""


def test_one_number_is_not_said_to_be_another_times_a_factor():
    part = Part("f", lambda rng, s: {"x": rng.normal(size=s.n)}, (
        Tensor("y", lambda v: np.sum(v.x)),), "nowhere",
        more=(("where x is large", lambda rng, s: {"x": 100 + rng.normal(size=s.n)}),))
    (row,) = result_of(part, lambda x: x.sum() if x.max() < 50 else 7.0).rows
    assert row.fact == "only where x is large" and not row.words


def test_numbers_are_shown_with_the_digits_by_which_they_differ():
    part = Part("f", inputs, (Tensor("y", lambda v: np.array(1.0)),), "nowhere")
    result = result_of(part, lambda x, W: 1 + 1e-8)
    shown = part_lines(result)[2].split()
    assert shown[2:5] == ["1.00000001", "1", "1.00000001"]
    assert reason(result, result.rows).endswith("1.00000001 for 1, ratio 1.00000001")


def test_a_small_number_that_is_added_is_seen():
    result = result_of(chain(), lambda x, W: (x @ W + 1e-8, 2 * (x @ W) + 1))
    assert result.rows[0].fact.startswith("nearly right: is a small number added")


def test_another_number_of_values_may_come_from_an_older_file():
    result = result_of(chain(), lambda x, W: (x @ W, 1, 2))
    assert result.text == ("returns 3 values; expected 2: a, b; if your file asks for "
                           "others, it is older than this lab")


def test_an_exception_is_told_with_the_shapes_it_came_with():
    result = result_of(chain(), lambda x, W: (W @ x, 0))
    assert result.text.endswith(
        "a product with inner sizes 3 and 5 (given x (5, 7), W (7, 3))")
    fixed = result_of(chain(), lambda x, W: (x.reshape(5, 7) @ W, 2 * (x @ W) + 1))
    assert fixed.text.endswith("; the first input, of other sizes, went well")


def test_a_slip_that_a_special_input_alone_shows_is_named_by_it():
    part = Part("f", lambda rng, s: {"x": rng.uniform(size=s.n)}, (
        Tensor("y", lambda v: np.abs(v.x), (Slip("no_abs", "", lambda v: v.x),)),),
        "nowhere", more=(("where x < 0", lambda rng, s: {"x": -rng.random(s.n)}),))
    (row,) = result_of(part, lambda x: x.copy()).rows
    assert (row.code, row.fact) == ("no_abs", "only where x < 0")


def test_the_slip_that_is_named_is_that_of_the_input_that_is_named():
    part = Part("f", lambda rng, s: {"x": rng.uniform(size=s.n)}, (
        Tensor("y", lambda v: np.abs(v.x), (Slip("no_abs", "", lambda v: v.x),)),),
        "nowhere", more=(("where x < 0", lambda rng, s: {"x": -rng.random(s.n)}),
                         ("where x > 9", lambda rng, s: {"x": 9 + rng.random(s.n)})))
    (row,) = result_of(part, lambda x: x.copy() if x.max() < 9 else x**2).rows
    assert (row.code, row.fact) == ("no_abs", "only where x < 0")


def test_whole_numbers_of_any_kind_are_whole_numbers():
    part = Part("f", inputs, (Tensor("y", lambda v: np.arange(3)),), "nowhere")
    for dtype in "u1", "i4", "u8":
        assert result_of(part, lambda x, W, t=dtype: np.arange(3, dtype=t)).passed


@pytest.mark.parametrize("off, words", [
    (lambda w: w + 2, "off by the same number in all entries, 2"),
    (lambda w: w + [[1], [2], [5]], "off by the same numbers in every column: what"),
    (lambda w: w + [1, 2, 5, 7], "off by the same numbers in every row: what"),
    (lambda w: w * [[1], [2], [5]], "each row is off by a factor of its own: what"),
    (lambda w: w * [1, 2, 5, 7], "each column is off by a factor of its own: what"),
    (lambda w: 3 * w, "off by one factor in all entries, 3"),
])
def test_how_an_array_is_off_is_said_of_the_rows_or_columns_that_are_alike(off, words):
    w = np.random.default_rng(0).normal(size=(3, 4))
    assert pattern(off(w), w).startswith(words)
