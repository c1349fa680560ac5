"""Codes of rows in a file are those of the array, and so are the refusals."""

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

from scratchae import (
    ConditionalVariationalAutoencoder,
    StackedClassifier,
    backend,
)
from scratchae.rows import MappedRows

X, Y = data(1030)
CODED = [name for name, cls in CLASSES.items() if hasattr(cls, "transform")]
GIVEN = {
    "as they were": X, "of another width": X[:, :5], "far outside": X + 1,
    "with holes": np.where(X > 0.9, np.nan, X), "columns first": np.asfortranarray(X),
}


def said(model, rows):
    """The codes, or the words of the refusal."""
    try:
        return model.transform(rows, *labels_of(model.transform, Y)).tolist()
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("name", CODED)
def test_rows_in_a_file_are_checked_and_encoded_as_those_in_memory(name, tmp_path):
    """More than are read at a time; a refusal counts those of its block."""
    with backend("numpy"):
        model = fitted(name, X[:40], Y[:40])
        for case, rows in GIVEN.items():
            np.save(tmp_path / "x.npy", rows)
            source = np.load(tmp_path / "x.npy", mmap_mode="r")
            found, expected = (said(model, r) for r in (MappedRows(source), rows))
            if isinstance(expected, str):
                assert found[:18] == expected[:18], case
            else:
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CODED)
def test_codes_of_rows_in_a_file_are_a_table_where_that_is_asked(name):
    pytest.importorskip("pandas")
    with backend("numpy"):
        model = fitted(name, X[:40], Y[:40])
        plain = model.transform(X, *labels_of(model.transform, Y))
        table = model.set_output(transform="pandas").transform(
            MappedRows(X), *labels_of(model.transform, Y))
    assert [*table.columns] == model.get_feature_names_out().tolist()
    np.testing.assert_allclose(table.to_numpy(), plain, rtol=1e-5, atol=1e-6)


TRAINED = {
    "conditional": (ConditionalVariationalAutoencoder, {
        "n_components": 2, "validation_fraction": 0.25}),
    "validated on data": (ConditionalVariationalAutoencoder, {"n_components": 2}),
    "stacked": (StackedClassifier, {"pretrain_epochs": 1}),
}


@pytest.mark.parametrize("name", TRAINED)
def test_labels_stand_beside_rows_that_stay_in_their_file(name, tmp_path, monkeypatch):
    """A training of them has the bits of that on an array.

    A thousand rows, one block: NumPy's products of two may be rounded otherwise.
    """
    rows, labels = X[:1000], Y[:1000]
    np.save(tmp_path / "x.npy", rows)
    mapped = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    (model, options), found = TRAINED[name], []
    options = options | {"hidden_layer_sizes": (4,), "epochs": 2, "batch_size": 50,
                         "random_state": 0, "verbose": False}
    for x in rows, mapped:
        more = {"validation_data": (x, labels)} if name == "validated on data" else {}
        if x is mapped:
            monkeypatch.setattr(MappedRows, "__array__",
                                lambda *_: pytest.fail("all at once"))
        found.append(model(**options).fit(x, labels, **more))
    first, second = (one.parameters_.theta for one in found)
    np.testing.assert_array_equal(first, second)
    first, second = ({**one.history_, "seconds": 0} for one in found)
    assert first == second
