"""Small rules of a lab's check, each on its own: masks, types, endings, folders."""

import os
from collections import defaultdict, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
from lab_tools import LABS, judge_values

from scratchae.labs import child, watching
from scratchae.labs.judging import PartResult, Row, _number_or_array
from scratchae.labs.patterns import exchanged, of_dtype, pattern, typed, which
from scratchae.labs.report import said_of
from scratchae.labs.results import read_json
from scratchae.labs.specification import EQUAL, FIRST, SECOND

W = np.array([[-1.0, 0.0, 2.0], [3.0, -4.0, 0.0]])


@pytest.mark.parametrize("wrong, words", [
    (W == W, ""), (W < 0, "2 of 6 entries are wrong, those where the right value is "
                          "negative"),
    (W > 0, "2 of 6 entries are wrong, those where the right value is positive"),
    (W == 0, "2 of 6 entries are wrong, those where the right value is 0"),
    (W == 3, "1 of 6 entries are wrong, all in row 1"),
    (W >= 2, "2 of 6 entries are wrong, those where the right value is positive"),
    (W <= 0, "4 of 6 entries are wrong"),
    (np.isin(W, [-1, 3]), "2 of 6 entries are wrong, all in column 0"),
    (np.isin(W, [-1, 2]), "2 of 6 entries are wrong, all in row 0"),
])
def test_which_entries_are_wrong(wrong, words):
    assert which(wrong, W) == words


def test_of_a_vector_rows_are_named_and_of_more_axes_none():
    w = np.array([1.0, 2.0, -3.0])
    assert which(w == 2, w) == "1 of 3 entries are wrong, all in row 1"
    cube = np.arange(1.0, 9).reshape(2, 2, 2)
    assert which(cube == 3, cube) == "1 of 8 entries are wrong"


def test_a_number_is_said_to_be_typed_in_where_one_size_alone_explains_it():
    w = np.arange(1.0, 8)  # n = 7 on the second input
    first, five = "right on the first input, of other sizes", w * 5 / 7
    assert typed([FIRST], SECOND, five, w) == first
    assert typed([FIRST, SECOND], SECOND, five, w) == first
    said = "right for n = 5 only: is a number typed in?"
    for wrong in (five, w * 7 / 5, w * 25 / 49, w[:5], w * (w < 6),
                  np.where(w < 6, w, 9)):
        assert typed([FIRST, EQUAL], SECOND, wrong, w) == said


def test_no_number_is_said_to_be_typed_in_where_none_shows():
    first, w = "right on the first input, of other sizes", np.arange(1.0, 8)
    for wrong in (-w, w * (w < 5), w * (w > 5), w + 1, w[:4], w * 5):
        assert typed([FIRST, EQUAL], SECOND, wrong, w) == first
    part = LABS["07"].parts[2]
    cases = part.cases()
    values = [{t.name: vars(part.expected(case))[t.name] for t in part.tensors}
              for case in cases]
    values[1]["loss"] = values[1]["loss"] + 0.1
    assert "typed" not in judge_values(part, cases, values).rows[0].fact


@pytest.mark.parametrize("given, wanted, code", [
    ("f8", "f8", ""), ("f4", "f8", "float32"), ("f2", "f8", "float32"),
    ("i8", "f8", "integers"), ("u1", "f8", "integers"), ("?", "f8", "booleans"),
    ("c16", "f8", "complex"), ("i4", "i8", ""), ("u8", "i8", ""), ("i8", "u1", ""),
    ("f8", "i8", "dtype"), ("?", "i8", "booleans"), ("i8", "?", "integers"),
])
def test_a_type_of_numbers_that_cannot_be_right_has_its_name(given, wanted, code):
    slip = of_dtype(np.dtype(given), np.dtype(wanted))
    assert (slip and slip.code) == (code or None)
    if code:
        assert slip.words == f"has dtype {np.dtype(given)}, not {np.dtype(wanted)}"


@pytest.mark.parametrize("value, wanted, kind", [
    (0, 1.0, "f"), (np.int8(3), 1.0, "f"), (True, 1.0, "b"), (0, 1, "i"),
    ([0], 1.0, "i"), (0.5, 1, "f"),
])
def test_one_whole_number_is_as_good_as_a_float(value, wanted, kind):
    assert _number_or_array(value, np.array(wanted)).dtype.kind == kind


class Own(np.ndarray):
    """An array that may say anything of itself."""


def test_arrays_numbers_and_lists_of_them_are_numbers_and_nothing_else_is():
    for value in np.ones(2), 3, 0.5, True, np.float32(1), [1, 2], [[1.0], [2.0]]:
        assert np.array_equal(child.numbers(value), value)
    for value in "1", None, (1, 2), {1}, [[1], [1, 2]], np.ones(2).view(Own), 1j:
        assert child.numbers(value) is None
    assert child.numbers(np.ones((3, 2)).T).flags.c_contiguous


def test_an_argument_differs_by_a_bit_or_a_shape_and_never_by_its_name():
    x = np.array([0.0, np.nan])
    assert not child.differs(x, x.copy()) and not child.differs(3, 4)
    assert child.differs(np.array([-0.0, np.nan]), x)
    assert child.differs(x.reshape(2, 1), x) and child.differs(x[:1], x)


@pytest.mark.parametrize("why, code, words", [
    ("loops", -9, "not done after 2.5 s: an endless loop?"),
    ("writes", -9, "writes more files than it may"),
    ("", 0, "the process was ended before it had an answer"),
    ("", 1, "the process was ended before it had an answer"),
    ("", -11, "the process was ended by SIGSEGV before it had an answer"),
    ("", -9, "the process was ended by SIGKILL before it had an answer"),
    ("", -222, "the process was ended by signal 222 before it had an answer"),
])
def test_how_a_process_ended_is_said_in_words(why, code, words):
    assert watching.ended(why, code, 2.5) == words


def test_outcomes_are_counted_in_the_folder_itself_and_bytes_below_it_too(tmp_path):
    (tmp_path / "sub").mkdir()
    for name, size in ("0.json", 3), ("1.json", 4), ("0.npz", 50), ("sub/2.json", 100):
        (tmp_path / name).write_bytes(b"a" * size)
    assert watching.left(tmp_path) == (2, 5, 157)
    assert watching.left(tmp_path / "none") == (0, 0, 0)


def test_a_link_in_the_place_of_a_report_is_an_empty_one(tmp_path):
    os.symlink(tmp_path / "none", tmp_path / "0.json")
    assert read_json(tmp_path / "0.json") == {}
    (tmp_path / "1.json").write_text('{"a": "%s"}' % ("b" * 2**16))
    assert read_json(tmp_path / "1.json") == {}


def test_nothing_is_said_of_a_tensor_whose_part_says_what_comes_first():
    row, part = Row("y", ()), PartResult(1, "f", "fail", 0)
    assert said_of(row, part) == "no known slip"
    assert said_of(row, SimpleNamespace(text="calls g")) == ""
    row = Row("y", (), fact="is nan", words="the sign")
    assert said_of(row, part) == "is nan; likely: the sign"


ROW = np.array([[1.0, -2.0, 4.0, 3.0]])


@pytest.mark.parametrize("y, w, words", [
    (ROW[0, :2] + 1, ROW[0, :2], ""),  # of two numbers anything could be said
    (ROW[0, :3] + 1, ROW[0, :3], "off by the same number in all entries, 1"),
    (-3 * ROW[0], ROW[0], "off by one factor in all entries, -3"),
    (ROW * [1, -1, -1, 1], ROW, "right but for the signs of 2 entries"),
    (ROW * [-1, 1, 1, 1], ROW, "right but for the signs of 1 entries"),
    (ROW + [1, 5, 2, 7], ROW, ""), ((ROW + [1, 5, 2, 7]).T, ROW.T, ""),
    (ROW * [1, 5, 2, 7], ROW, ""), ((ROW * [1, 5, 2, 7]).T, ROW.T, ""),
    (ROW * (1 + 1e-10), ROW, "nearly right: is a small number added somewhere, or "
                             "float32 used?"),
    (ROW * (1 + 1e-14), ROW, ""), (ROW[:, :3], ROW, ""), (ROW + np.inf, ROW, ""),
])
def test_a_pattern_is_one_only_where_enough_numbers_have_it(y, w, words):
    """In one row, or one column, each number has an offset and a factor of its own."""
    assert pattern(y, w) == words


def test_a_tensor_that_two_others_are_alike_is_in_nobodys_place():
    one, other = np.arange(3.0), np.arange(3.0) + 7
    right = [SimpleNamespace(a=one, b=other, c=other, d=-one)] * 2

    def places(*values):
        answers = dict.fromkeys((0, 1), [dict(zip("abcd", values, strict=True))] * 2)
        return exchanged("abcd", answers, right)

    assert places(-one, other, other, one) == {"a": "d", "d": "a"}
    assert places(other, one, other, -one) == {}
    assert places(one, other, other, -one) == places(one, one, one, one) == {}


def test_a_named_tuple_is_a_tuple_and_what_is_none_is_named_with_its_article():
    pair = namedtuple("R", "a b")(1.0, 2.0)
    assert child.named(pair, ["a", "b"]) == {"a": 1.0, "b": 2.0}
    assert child.named(pair, ["y"]).startswith("returns a tuple of 2")
    assert child.named(defaultdict(int, y=3), ["y"]) == {"y": 3}
    assert child.named((1, ...), ["x", "y"]).startswith("y is an ellipsis; expected")
    assert child.named((1, "a"), ["x", "y"]).startswith("y is a str; expected")


def test_a_time_is_too_slow_and_has_no_other_slip():
    speed = LABS["15"].parts[-1]
    for times in 1.0, 1.5, 2.9:
        values = [{"times_faster": np.array(times)}] * len(speed.cases())
        (row,) = judge_values(speed, speed.cases(), values).rows
        assert (row.verdict, row.fact, row.code, row.words) == (
            "FAIL", "too slow", "", "")
