"""Labels at the door, one by one: what passes, as what, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.exceptions  # noqa: F401  (whose warning is given then)

from scratchae.labels import (
    MAX_CLASSES,
    are_right,
    check_known_kind,
    check_labels,
    find_classes,
    most_probable,
)

LABELS = {  # what is given, and the labels that it stands for
    "numbers": ([3, 1, 3], [3, 1, 3]), "text": (["b", "a", "b"], ["b", "a", "b"]),
    "bools": ([True, False, True], [True, False, True]),
    "NumPy's bools": (np.array([True, False, True]), [True, False, True]),
    "whole floats": ([2.0, 1.0, 2.0], [2, 1, 2]),
    "bytes of 8 bits": (np.array([255, 0, 255], np.uint8), [255, 0, 255]),
    "objects": (np.array([7, 8, 7], object), [7, 8, 7]),
    "a tuple": (("x", "y", "x"), ["x", "y", "x"]),
    "a series": (pd.Series(["x", "y", "x"], index=[9, 8, 7]), ["x", "y", "x"]),
    "long text": (["a" * 99, "a" * 98, "a" * 99], ["a" * 99, "a" * 98, "a" * 99]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_come_as_they_were_given_in_their_order(kind):
    given, expected = LABELS[kind]
    y = check_labels(given, 3, "Model")
    assert y.shape == (3,) and y.tolist() == expected and y.dtype.kind in "biufU"
    assert find_classes(y, "Model").tolist() == sorted({*expected})
    assert are_right(y, given, find_classes(y, "Model"), "Model").tolist() == [True] * 3


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="of NumPy 2")
def test_strings_of_any_length_are_text_and_not_cut():
    given = np.array(["a" * 300, "b"], dtype=np.dtypes.StringDType())
    y = check_labels(given, 2, "Model")
    assert y.dtype.kind == "U" and y.tolist() == ["a" * 300, "b"]


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("other", ["a", 1, 2.0])
def test_a_label_that_is_missing_is_refused_beside_any_other(missing, other):
    for given in ([other, missing], [missing, other], np.array([other, missing],
                                                              object)):
        with pytest.raises(ValueError, match="^Input y contains NaN.$"):
            check_labels(given, 2, "Model")


@pytest.mark.parametrize("asked, known, said", [
    (["u", "v"], [4, 5], "labels that are numbers, such as 4; got text, such as 'u'"),
    ([8, 9], ["a", "b"], "labels that are text, such as 'a'; got numbers, such as 8"),
    ([True], ["a", "b"], "labels that are text, such as 'a'; got numbers, such as Tr"),
])
def test_labels_of_another_kind_are_refused_with_one_of_each(asked, known, said):
    with pytest.raises(ValueError, match=f"^Model was fitted with {said}"):
        check_known_kind(np.array(asked), np.array(known), "Model")


def test_numbers_of_any_type_are_of_one_kind():
    for one in (np.array([True, False]), np.array([0, 1]), np.array([0.0, 1])):
        for other in (np.array([True, False]), np.array([0, 1], np.uint8)):
            check_known_kind(one, other, "Model")


@pytest.mark.parametrize("at_least, classes, fine", [
    (1, 1, True), (2, 1, False), (2, 2, True), (1, MAX_CLASSES, True),
    (1, MAX_CLASSES + 1, False),
])
def test_as_many_classes_as_are_needed_and_not_too_many(at_least, classes, fine):
    y = np.arange(classes)[::-1] + 5
    if fine:
        found = find_classes(y, "Model", at_least)
        np.testing.assert_array_equal(found, np.arange(classes) + 5)
        return
    said = ("needs samples of at least 2 classes in the data, but the data contains "
            "only one class: .*5" if classes == 1 else "got 1001 classes; expected at")
    with pytest.raises(ValueError, match=f"^Model {said}"):
        find_classes(y, "Model", at_least)


def test_of_equal_scores_the_first_class_is_the_most_probable():
    scores = np.array([[0.2, 0.4, 0.4], [0.3, 0.3, 0.3], [-np.inf, 0, np.inf]])
    assert most_probable(scores, np.array(["a", "b", "c"]), "M").tolist() == [*"bac"]


def test_what_is_right_is_told_row_by_row():
    classes = np.array(["a", "b"])
    right = are_right(np.array(["b", "a", "a"]), ["a", "a", "b"], classes, "Model")
    assert right.tolist() == [False, True, False]


def test_a_column_of_labels_is_flattened_in_its_order_with_one_warning():
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        assert check_labels([["b"], ["a"]], 2, "Model").tolist() == ["b", "a"]
    assert [w.category.__name__ for w in met] == ["DataConversionWarning"]
    assert met[0].filename == __file__
