"""What a wrong tensor is called, and what it is not."""

import numpy as np
from lab_tools import result_of
from test_labs_judging import chain, inputs, verdicts

from scratchae.labs.confusion import confusion
from scratchae.labs.specification import Lab, Part, Slip, Tensor


def test_only_an_exchange_of_all_wrong_ones_is_one_of_places():
    def twice(x, W):
        a = x @ W
        return a, a

    assert verdicts(twice) == [("a", "ok", ""), ("b", "FAIL", "another")]

    def and_wrong(x, W):
        a = x @ W
        return 2 * a + 1, -a

    assert verdicts(and_wrong)[0][2] == "another" != verdicts(and_wrong)[1][2]


def one_number(right):
    """A part of which the answer is what `right` makes of x W."""
    return Part("f", inputs, (Tensor("y", lambda v: np.array(right(v.x @ v.W))),),
                "nowhere")


def test_nothing_is_named_that_turns_an_infinity_into_a_number():
    (row,) = result_of(one_number(lambda a: np.inf), lambda x, W: 0.0).rows
    assert (row.verdict, row.code) == ("FAIL", "")


def test_a_number_for_each_image_where_one_is_asked_for_is_no_missing_mean():
    (row,) = result_of(one_number(np.sum), lambda x, W: np.full(5, np.sum(x @ W))
                       if len(x) == 5 else np.full(7, np.sum(x @ W))).rows
    assert row.code == "repeated_0"


def test_of_what_is_nearly_right_no_number_is_said_to_be_typed_in():
    result = result_of(chain(), lambda x, W: (x @ W + 1e-9 * (len(x) == 7), 0))
    assert "nearly right" not in result.rows[0].fact
    assert "typed" not in result.rows[0].fact


def test_slips_that_need_the_right_array_alone_are_run_for_every_tensor():
    rows = confusion([Lab("99", "", "", (chain(),))])
    assert {(row.lab, row.function) for row in rows} == {("99", "chain")}
    for tensor, own in ("a", "no_W"), ("b", "no_one"):
        named = {row.code: row.named for row in rows if row.tensor == tensor}
        assert {own, "sign", "twice", "half", "zero", "transposed", "summed_all",
                "averaged_first", "last_row", "squared", "absolute"} <= {*named}
        assert all(code == name for code, name in named.items())


def test_slips_are_told_apart_by_two_inputs_of_other_sizes():
    """On the first, of five images, these two are one."""
    tensor = Tensor("y", lambda v: v.x @ v.W, (
        Slip("five", "", lambda v: 5 * v.x @ v.W),
        Slip("images", "", lambda v: len(v.x) * v.x @ v.W)))
    lab = Lab("99", "", "", (Part("f", inputs, (tensor,), "nowhere"),))
    named = {row.code: row.named for row in confusion([lab])}
    assert (named["five"], named["images"]) == ("five", "images")
