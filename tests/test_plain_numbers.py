"""One number as an answer is Python's own, which JSON, a table and `is` understand."""

import json

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

from scratchae import backend
from scratchae.validation import check_number, check_random_state

X, Y = data()
PLAIN = (float, int, str, bool, type(None))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("question", ["score", "reconstruction_error", "evaluate"])
def test_what_an_estimator_answers_in_one_number_is_a_plain_float(name, question):
    with backend("numpy"):
        ask = getattr(fitted(name), question, None)
        if ask is None:
            return
        answer = ask(X, *labels_of(ask, Y))
    if question == "evaluate":
        assert all(type(value) in PLAIN for value in answer.values()), answer
        assert json.loads(json.dumps(answer)) == answer
    else:
        assert type(answer) is float


def test_a_number_that_was_checked_is_pythons_own():
    given = {"owner": "Model", "low": 0}
    for value in 3, np.int64(3), np.uint8(3), np.float32(3), 3.0:
        assert type(check_number(value, "x", **given)) is float
        if not isinstance(value, (float, np.floating)):
            assert type(check_number(value, "x", integer=True, **given)) is int


@pytest.mark.parametrize("seed", [None, 0, 7, np.int64(7)])
def test_a_seed_gives_the_generator_that_numpy_gives(seed):
    found = check_random_state(seed, owner="Model")
    assert isinstance(found, np.random.Generator)
    if seed is not None:
        assert found.random() == np.random.default_rng(seed).random()
    assert check_random_state(found, owner="Model") is found
