"""Names of the codes' columns, and the names of features they are asked with."""

import sys

import numpy as np
import pandas as pd
import pytest
import sklearn
from estimators import CLASSES, data, fitted, labels_of

from scratchae import PCA, backend

X, Y = data()
TABLE = pd.DataFrame(X, columns=[*"abcdef"])
CODED = [name for name, cls in CLASSES.items() if hasattr(cls, "get_feature_names_out")]
LONGER = "input_features should have length equal to number of features .6., got "
OTHER = "input_features is not equal to feature_names_in_"


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.mark.parametrize("options", [
    {}, {"n_components": 3, "hidden_layer_sizes": (5, 4)}, {"hidden_layer_sizes": ()}],
    ids=str)
@pytest.mark.parametrize("name", CODED)
def test_every_column_has_the_models_name_and_its_number(name, options):
    model = fitted(name, **options)
    k = model.transform(X, *labels_of(model.transform, Y)).shape[1]
    expected = [f"{name.lower()}{i}" for i in range(k)]
    for asked in ((), (None,), ([*"abcdef"],), (np.array([*"uvwxyz"]),)):
        names = model.get_feature_names_out(*asked)
        assert names.tolist() == expected and names.dtype == object


@pytest.mark.parametrize("name", CODED)
def test_as_many_names_as_features_are_taken_and_of_a_table_its_own(name):
    plain, table = fitted(name), fitted(name, TABLE, Y)
    for names in ([*"abcde"], [*"abcdefg"], []):
        with pytest.raises(ValueError, match=f"{LONGER}{len(names)}"):
            plain.get_feature_names_out(names)
        with pytest.raises(ValueError, match=OTHER):
            table.get_feature_names_out(names)
    with pytest.raises(ValueError, match=OTHER):
        table.get_feature_names_out([*"abcdfe"])
    assert len(table.get_feature_names_out([*"abcdef"]))


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_tables_of_a_library_that_is_not_there_are_refused_at_the_door(
    library, monkeypatch
):
    monkeypatch.setitem(sys.modules, library, None)  # so that its import fails
    model, words = PCA(1), f"output container to '{library}' requires {library} to be"
    with pytest.raises(ImportError, match=words):
        model.set_output(transform=library)
    assert isinstance(model.fit_transform(np.eye(3)), np.ndarray)
    asked = []
    monkeypatch.setattr(PCA, "_encode", lambda self, X: asked.append(X))
    with sklearn.config_context(transform_output=library):
        with pytest.raises(ImportError, match=words):
            model.transform(np.eye(3))
    assert not asked
