"""What a training is validated on: which rows, and what is said of bad ones."""

import inspect

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

from scratchae.models import neural
from scratchae.nn.backend import backend

NEURAL = sorted(n for n, c in CLASSES.items()
                if "validation_fraction" in c().get_params())
GIVEN = sorted(n for n in NEURAL
               if "validation_data" in inspect.signature(CLASSES[n].fit).parameters)
TOLD = sorted(n for n in NEURAL if labels_of(CLASSES[n].fit, 0))
PARTS = [(46, 0.1, 4), (47, 0.1, 4), (45, 0.3, 13), (40, 0.25, 10), (9, 0.1, 0)]


@pytest.fixture(autouse=True)
def on_the_numpy_backend():
    with backend("numpy"):
        yield


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize(("n", "share", "kept"), PARTS)
def test_the_part_is_the_last_rows_and_their_number_is_rounded_down(
    name, n, share, kept, monkeypatch
):
    def noted(network, X, settings, *, x_val, **others):
        raise InterruptedError(X, x_val)

    X, y = data(n)
    model = make(name, validation_fraction=share, pretrain_epochs=0)
    monkeypatch.setattr(neural, "train", noted)
    with pytest.raises(InterruptedError) as caught:
        model.fit(X, *labels_of(model.fit, y))
    trained, validated = caught.value.args
    np.testing.assert_array_equal(trained[:, :6], X[: n - kept])
    assert (validated is None) == (kept == 0)
    if kept:
        np.testing.assert_array_equal(validated[:, :6], X[n - kept :])


@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("name", GIVEN)
def test_where_rows_for_validation_are_given_all_others_are_trained_on(
    name, share, monkeypatch
):
    """And patience is content with them."""
    def noted(network, X, settings, *, x_val, **others):
        raise InterruptedError(X, x_val)

    (X, y), (other, of_other) = data(), data(9, seed=1)
    model = make(name, validation_fraction=share, patience=2)
    monkeypatch.setattr(neural, "train", noted)
    told = labels_of(model.fit, of_other)
    with pytest.raises(InterruptedError) as caught:
        model.fit(X, *labels_of(model.fit, y),
                  validation_data=(other, *told) if told else other)
    for rows, expected in zip(caught.value.args, (X, other), strict=True):
        np.testing.assert_array_equal(rows[:, :6], expected)


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_patience_asks_for_a_row_to_validate_on(name, share):
    """A fiftieth of 40 rows is none."""
    X, y = data()
    model = make(name, validation_fraction=share, patience=2)
    with pytest.raises(ValueError, match=f"{name} got patience=2 but nothing to valid"):
        model.fit(X, *labels_of(model.fit, y))


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize(("n", "share", "kept"), PARTS)
def test_a_class_of_one_row_is_refused_if_that_row_is_validated_on(
    name, n, share, kept
):
    X, y = data(n)
    for row in {n - kept - 1, n - kept} - {n}:
        labels = np.where(np.arange(n) == row, 7, y)
        options = {"validation_fraction": share, "epochs": 1}
        if row < n - kept:
            assert 7 in fitted(name, X, labels, **options).classes_
            continue
        with pytest.raises(ValueError, match=r"got the classes \[7\] in the last rows"):
            fitted(name, X, labels, **options)


def with_nan(X):
    return np.where(np.arange(len(X))[:, None] == 3, np.nan, X)


BAD = {
    "NaN": (with_nan, "^Input validation_data contains NaN in 1 of 40 rows"),
    "infinity": (lambda X: X / 0.0, "^Input validation_data contains infinity"),
    "another width": (lambda X: X[:, :5], "^validation_data has 5 features"),
    "one row": (lambda X: X[0], "^Expected 2D array.*validation_data has shape"),
    "no rows": (lambda X: X[:0], r"^Found array with 0 sample"),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_with_validation_data_is_said_of_them(name, bad):
    X, y = data()
    spoil, message = BAD[bad]
    with np.errstate(divide="ignore", invalid="ignore"):
        spoiled = spoil(X)
    told = labels_of(CLASSES[name].fit, y)
    with pytest.raises(ValueError, match=message):
        make(name).fit(X, *told, validation_data=(spoiled, y) if told else spoiled)


@pytest.mark.parametrize("name", GIVEN)
def test_validation_data_outside_the_unit_interval_are_named(name):
    X, y = data()
    known = CLASSES[name]().get_params()
    options = {"loss": "bernoulli"} if "loss" in known else {"decoder": "bernoulli"}
    told = labels_of(CLASSES[name].fit, y)
    with pytest.raises(ValueError, match="expects validation_data with values in"):
        make(name, **options).fit(
            X, *told, validation_data=(X + 1, y) if told else X + 1)
