"""Tables of constraints: what each kind lets through, and how it refuses."""

import sys

import numpy as np
import pytest

from scratchae import VariationalAutoencoder
from scratchae.constraints import (
    FLAG,
    SEED,
    Choice,
    Number,
    Sizes,
    check_table,
    whole,
)
from scratchae.errors import did_you_mean

INF = float("inf")


class Own:
    def forward(self):
        """Nothing."""

    def backward(self):
        """Nothing."""


BY_NAME = Choice(("relu", "tanh"))
OR_OWN = Choice(("relu", "tanh"), methods=("forward", "backward"))
PASS = [
    (whole(1), (1, np.int16(7))),
    (whole(1, optional=True), (1, None)),
    (Number(0), (0, 0.5, 3, np.float32(2))),
    (Number(0, 1), (0, 1)),
    (Number(0, 1, without=(1,)), (0, 0.999)),
    (BY_NAME, ("relu", "tanh")),
    (OR_OWN, ("relu", Own())),
    (FLAG, (True, False, np.True_)),
    (Sizes(), (3, (3,), [4, 5], (), np.int64(2))),
    (Sizes(optional=True), (None, (2,))),
    (SEED, (None, 0, np.uint8(3), np.random.default_rng(0), np.random.RandomState(0))),
]
REFUSE = [
    (whole(1), (0, -1, 1.0, True, "1", None, INF), r"an int in the range \[1, inf\)"),
    (Number(0), (-1e-9, INF, np.nan, "0", True), r"a float in the range \[0, inf\)"),
    (Number(0, without=(0,)), (0, 0.0), r"a float in the range \(0, inf\)"),
    (Number(0, 1, without=(0, 1)), (0, 1), r"a float in the range \(0, 1\)\. Got"),
    (Number(0, 1), (1.001,), r"a float in the range \[0, 1\]\. Got"),
    (whole(2, optional=True), (1,), r"an int in the range \[2, inf\) or None"),
    (BY_NAME, ("zzz", None, 3, Own()), r"a str among {'relu', 'tanh'}\. Got"),
    (OR_OWN, (None, 3, Own, object()), "or an object with forward and backward"),
    (FLAG, (1, None, "yes"), "a bool"),
    (Sizes(), (0, (3, 0), 2.5, ("a",), (True,), None, {3}), "a tuple of ints"),
    (SEED, (-1, 1.5, "0", True), "None, a non-negative int, a numpy Generator or a"),
]


@pytest.mark.parametrize("constraint, values", PASS)
def test_what_a_constraint_allows_passes(constraint, values):
    for value in values:
        check_table({"x": constraint}, {"x": value}, "Model")


@pytest.mark.parametrize("constraint, values, words", REFUSE)
def test_what_it_does_not_allow_is_named_with_what_was_expected(
    constraint, values, words
):
    for value in values:
        with pytest.raises(ValueError, match=words) as caught:
            check_table({"x": constraint}, {"x": value}, "Model")
        assert str(caught.value).startswith("The 'x' parameter of Model must be ")
        assert f"Got {value!r} instead." in str(caught.value)


def test_the_name_that_was_meant_is_named():
    with pytest.raises(ValueError, match="Did you mean 'tanh'?"):
        check_table({"act": BY_NAME}, {"act": "Tanh"}, "Model")


def test_the_first_of_several_is_named_and_others_are_left_alone():
    table, values = {"a": whole(1), "b": FLAG}, {"a": 0, "b": 3, "c": object()}
    with pytest.raises(ValueError, match="'a' parameter"):
        check_table(table, values, "Model")


@pytest.mark.parametrize("word, hint", [
    ("log", " Did you mean 'LogisticPixels'?"),
    ("LOGIS", " Did you mean 'LogisticPixels'?"),
    ("lo", ""), ("salt", " Did you mean 'salt_and_pepper'?"), ("zzz", ""),
])
def test_the_beginning_of_a_name_means_it_in_any_case_of_letters(word, hint):
    assert did_you_mean(word, ["elu", "LogisticPixels", "salt_and_pepper"]) == hint


def test_a_table_that_fits_is_looked_through_without_a_call_for_each_parameter():
    """Whoever steps from `fit` to the first layer passes it."""
    model, calls = VariationalAutoencoder(), []
    values = model.get_params()

    def count(frame, event, _):
        if event == "call" and "constraints" in frame.f_code.co_filename:
            calls.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        check_table(model.constraints, values, "it")
    finally:
        sys.setprofile(None)
    assert set(calls) == {"check_table", "are_sizes", "<genexpr>"}  # of two tuples
    assert len(calls) < 10 < len(values)


@pytest.mark.parametrize("word, nearest", [
    ("ada", "adamw"), ("adamw", "adamw"), ("tan", "tanh"), ("sigmoyd", "sigmoid"),
])
def test_a_beginning_goes_before_what_is_only_alike(word, nearest):
    names = ["da", "adamw", "tanh", "sigmoid", "aad"]
    assert did_you_mean(word, names) == f" Did you mean {nearest!r}?"


class Half:
    def one(self):
        """Nothing."""


@pytest.mark.parametrize("methods, hint", [
    (("one", "two"), " Half has no method 'two'."),
    (("one", "two", "three"), " Half has no method 'two' and no 'three'."),
    (("two", "three"), ""),
])
def test_each_method_that_an_object_lacks_is_named_unless_it_has_none(methods, hint):
    given = Half()
    with pytest.raises(ValueError) as caught:
        check_table({"piece": Choice(("b", "a"), methods)}, {"piece": given}, "Model")
    assert str(caught.value) == (
        "The 'piece' parameter of Model must be a str among {'a', 'b'} or an object "
        f"with {' and '.join(methods)}. Got {given!r} instead.{hint}")
