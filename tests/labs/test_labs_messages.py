"""What is said of a part, where the words depend on one thing only."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from lab_tools import LABS, result_of
from test_labs_judging import inputs

from scratchae import labs
from scratchae.labs import child, collecting, runner
from scratchae.labs.judging import PartResult
from scratchae.labs.patterns import pattern
from scratchae.labs.report import LabReport, apart
from scratchae.labs.specification import Lab, Part, Slip, Tensor


def one(right, *slips, **more):
    """A part of which the answer is what `right` makes of v."""
    return Part("f", inputs, (Tensor("y", right, slips),), "nowhere", **more)


@pytest.mark.parametrize("warned, words", [
    (lambda x: 1 / (0 * x), "divide by zero"), (lambda x: np.exp(800 + x), "overflow"),
    (lambda x: np.log(-1 - x * x), "invalid value"),
])
def test_each_of_numpys_warnings_is_heard_whatever_the_file_has_set(warned, words):
    def right(x, W):
        warned(x)
        return x.copy()

    with np.errstate(all="ignore"):
        result = result_of(one(lambda v: v.x, asks=("quiet",)), right)
    assert result.code == "asked" and words in result.text


@pytest.mark.parametrize("d, first", [(7, ""), (
    11, "; the first input, of other sizes, went well"), (5, "")])
def test_only_of_the_second_input_it_is_said_that_the_first_went_well(d, first):
    def ends(x, W):
        if x.shape[1] == d:
            raise RuntimeError("now")
        return x.copy()

    assert result_of(one(lambda v: v.x), ends).text == f"RuntimeError: now{first}"


@pytest.mark.parametrize("n, d, h", [(5, 7, 3), (7, 11, 5), (5, 5, 5)])
def test_shapes_are_those_of_the_input_with_which_an_error_came(n, d, h):
    def ends(x, W):
        if x.shape[1] == d:
            raise IndexError("now")
        return x.copy()

    given = f"(given x ({n}, {d}), W ({d}, {h}))"
    assert result_of(one(lambda v: v.x), ends).text.startswith(
        f"IndexError: now {given}")


def test_not_a_number_is_right_where_it_is_wanted_and_nowhere_else():
    def logarithm(x, W=None):
        with np.errstate(invalid="ignore"):
            return np.log(x)

    wanted = one(lambda v: logarithm(v.x))
    assert result_of(wanted, logarithm).passed
    assert not result_of(wanted, lambda x, W: np.log(np.abs(x))).passed
    assert not result_of(one(lambda v: np.log(np.abs(v.x))), logarithm).passed


def test_numbers_are_shown_apart_down_to_the_last_bit():
    assert apart(1.0, 1 + 2.0**-52) == ["1", "1.0000000000000002"]
    assert apart(1.0, 1 + 1e-13) == ["1", "1.0000000000001"]
    assert apart(2.0, 2.0) == ["2", "2"]


def test_a_test_of_pytests_says_file_and_line_of_what_fails(monkeypatch):
    failed = PartResult(2, "f", "error", 0, text="IndexError: 9", line=12, where="g")
    report = LabReport(LABS["01"], "", (PartResult(1, "e", "pass", 1), failed))
    monkeypatch.setattr(collecting, "_checked", lambda lab, path: report)
    of_file = {"parent": SimpleNamespace(lab=LABS["01"]), "path": "a/01_b.py"}
    collecting.LabItem.runtest(SimpleNamespace(number=0, **of_file))
    with pytest.raises(collecting.LabFailure) as failure:
        collecting.LabItem.runtest(SimpleNamespace(number=1, **of_file))
    assert str(failure.value) == (
        "part 2, f: error\n  a/01_b.py:12: in g: IndexError: 9")


@pytest.mark.parametrize("where, said", [
    ("<module>", ""), ("", ""), ("dense_forward", ", in dense_forward")])
def test_a_place_in_a_notebook_is_a_cell_a_line_and_a_function_if_there_is_one(
        where, said):
    part = PartResult(1, "f", "error", 0, text="KeyError: 1", line=2, where=where)
    placed = labs._placed(part, [(1, 1), (3, 5)])
    assert (placed.text, placed.line) == (
        f"code cell 3, line 5{said}: KeyError: 1", 0)
    assert labs._placed(part, [(1, 1)]) == part  # a line that no cell has


def test_of_a_long_message_the_beginning_is_kept():
    with pytest.raises(ValueError, match="aaa") as raised:
        raise ValueError("a" * 100_000)
    told = child.failed(raised.value, __file__, 1)
    assert told["text"] == f"ValueError: {'a' * 500}" and told["case"] == 1


def test_an_array_that_is_used_again_has_been_copied():
    kept = np.ones(3)
    found = child.named(kept, ["y"])["y"]
    kept[:] = 0
    assert found.all()


def test_the_first_tensor_that_is_lost_is_said_to_be_so():
    part = Part("f", inputs, tuple(
        Tensor(name, lambda v, above=above: vars(v)[above] + 1.0) for name, above in
        (("a", "x"), ("b", "a"), ("c", "b"), ("d", "c"))), "nowhere")
    rows = result_of(part, lambda x, W: (x[0], np.cos(x), x[:, 0], np.sin(x))).rows
    assert [row.verdict for row in rows] == ["FAIL", *["not judged"] * 3]
    for row in rows[1:]:
        assert row.fact.endswith("a above has another shape")


def test_a_slip_that_equal_sizes_alone_show_is_named():
    part = one(lambda v: v.x @ v.W, Slip("crossed", "", lambda v: v.x.T @ v.W if len(
        v.x) == v.x.shape[1] else v.x @ v.W))
    (row,) = result_of(part, lambda x, W: (x.T if len(x) == x.shape[1] else x) @ W).rows
    assert (row.code, row.fact) == ("crossed", "only where all sizes are equal")


@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_of_zeros_is_no_factor(axis):
    w = np.random.default_rng(0).normal(size=(4, 4))
    factors = np.array([2.0, 0.0, 3.0, 5.0])
    assert pattern(w * (factors if axis else factors[:, None]), w) == ""


def test_what_is_not_written_in_all_parts_is_said_of_each():
    lab = Lab("99", "t", "", tuple(Part(name, None, (), "") for name in "ab"))
    for status, alike in ("error", True), ("not written yet", False), ("fail", False):
        parts = tuple(PartResult(i, "f", status, 0, text="x") for i in (1, 2))
        text = str(LabReport(lab, "a.py", parts))
        assert ("all parts end alike:" in text) == alike
        assert text.count("\n  x") == (1 if alike else 2)


def test_a_report_of_a_process_is_read_as_far_as_it_makes_sense():
    told = {"status": "error", "text": "b" * 600, "line": True, "where": 3,
            "changed": ["x", 7], "noted": "no list", "calls": None, "case": -1}
    found = runner._outcome(json.loads(json.dumps(told)), {})
    assert (found.text, found.line, found.where) == ("b" * 500, 0, "")
    assert (found.changed, found.noted, found.calls) == (("x", ""), (), ())
    assert found.case == 0
    assert runner._outcome({"status": "pass"}, {}).text == "no result was written"
    assert runner._outcome({"status": "error", "case": None}, {}).case is None


SHAPES = " (given x (2, 3), b (5,))"


@pytest.mark.parametrize("error, told", [
    (ValueError, SHAPES), (IndexError, SHAPES), (RuntimeError, ""), (TypeError, "")])
def test_shapes_of_arrays_are_told_with_errors_that_they_may_have_brought_about(
        error, told):
    def ends(x, k, b):
        raise error("now")

    part = Part("ends", lambda rng, s: {
        "x": rng.normal(size=(2, 3)), "k": 4, "b": rng.normal(size=5)},
        (Tensor("y", lambda v: v.x),), "nowhere")
    assert result_of(part, ends).text == f"{error.__name__}: now{told}"


def conduct():
    """Functions that do more than their part, each with what that is called."""
    kept = []

    def adds(x, W):
        kept.append(x)
        return sum(a for a in kept if a.shape == x.shape and (a == x).all())

    def draws(x, W):
        return x + np.random.default_rng().normal(size=x.shape)

    def moves(x, W):
        x -= x.mean()
        return x + 1

    return (adds, "accumulates"), (draws, "random"), (moves, "changes")


@pytest.mark.parametrize("function, code", conduct())
def test_what_a_function_does_beside_its_part_has_a_code_of_its_own(function, code):
    """By which a lecturer counts them in the table of grades."""
    result = result_of(one(lambda v: v.x), function)
    assert (result.status, result.code) == ("fail", code)


def test_a_wrong_type_is_all_that_is_said_of_right_numbers():
    for dtype in "f4", "c16":
        (row,) = result_of(one(lambda v: v.x), lambda x, W, t=dtype: x.astype(t)).rows
        assert row.fact == f"has dtype {np.dtype(dtype)}, not float64" and not row.words


def test_a_number_that_was_given_is_recognised_in_the_place_of_another():
    part = Part("f", lambda rng, s: {"x": rng.normal(size=s.n), "w": rng.normal()},
                (Tensor("y", lambda v: np.sum(v.x)),), "nowhere")
    (row,) = result_of(part, lambda x, w: w).rows
    assert row.code == "another" and row.words.startswith("that is w: ")


def test_only_of_an_error_the_input_is_told():
    """A dict without what is asked for is no error, on whichever input."""
    def second(x, W):
        return x if len(x) == 5 else None

    result = result_of(one(lambda v: v.x), second)
    assert (result.status, result.text) == ("fail", "returns nothing; expected y")


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_twice_is_not_said_to_be_drawn(number):
    result = result_of(one(lambda v: v.x), lambda x, W: np.full(x.shape, number))
    assert (result.status, result.code, result.text) == ("fail", "", "")
    assert result.rows[0].fact == f"is {number} at (0, 0)"
    assert result_of(one(lambda v: np.full(v.x.shape, number)),
                     lambda x, W: np.full(x.shape, number)).passed
