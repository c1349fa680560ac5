"""One label for all rows: it is taken as it is, or refused as it is in a column."""

import numpy as np
import pytest
from estimators import data, fitted

from scratchae import backend

pytestmark = pytest.mark.lecture10
X, Y = data()
NAME = "ConditionalVariationalAutoencoder"
TOLD = ["transform", "encode_distribution", "encoder_output", "reconstruct",
        "reconstruction_error", "evaluate", "score", "log_likelihood",
        "inverse_transform"]
KNOWN = {"text": np.array(["a", "b", "c"]), "numbers": np.arange(3)}
# What a label of the classes' type would be made of: a known one.
OTHERS = {
    "text": {"ab": r"unknown labels \['ab'\]", "": "unknown labels", 1: "got numbers",
             "a ": "unknown labels"},
    "numbers": {1.5: "continuous", "1": "got text", 2**32 + 1: "unknown labels",
                -1: "unknown labels", 3: r"unknown labels \[3\]"},
}
CASES = [(kind, label) for kind, labels in OTHERS.items() for label in labels]


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def asked(model, method, y):
    """What a method says of all rows, or of a code for each, with these labels."""
    few = {"n_importance": 3} if method == "log_likelihood" else {}
    rows = np.ones((len(X), 2)) if method == "inverse_transform" else X
    found = getattr(model, method)(rows, y, **few)
    found = getattr(found, "log_likelihood", found)
    parts = found.values() if isinstance(found, dict) else np.atleast_1d(found)
    return [np.asarray(part).tolist() for part in parts]


def of_kind(kind):
    return fitted(NAME, X, KNOWN[kind].astype(np.int8 if kind == "numbers" else str)[Y])


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("method", TOLD)
def test_one_label_is_that_label_in_every_row(method, kind):
    model = of_kind(kind)
    answers = []
    for label in KNOWN[kind]:
        column = np.array([label] * len(X))
        answers.append(asked(model, method, column))
        assert asked(model, method, label) == answers[-1]
        assert asked(model, method, label.item()) == answers[-1]
    assert answers[0] != answers[1] != answers[2]


@pytest.mark.parametrize("kind, label", CASES)
def test_what_is_no_class_is_refused_alone_as_in_a_column(kind, label):
    model, words = of_kind(kind), OTHERS[kind][label]
    for method in TOLD:
        for y in (label, [label] * len(X)):
            with pytest.raises(ValueError, match=words):
                asked(model, method, y)
    with pytest.raises(ValueError, match=words):
        model.sample(label)


@pytest.mark.parametrize("y, words", [
    (None, "estimator requires y to be passed, but the target y is None"),
    ([None], "^Input y contains NaN"), ([7], r"unknown labels \[7\]")])
def test_images_of_no_label_are_not_drawn(y, words):
    with pytest.raises(ValueError, match=words):
        fitted(NAME).sample(y)
