"""Codes, reconstructions and draws of every estimator have the dtype it was given."""

import inspect

import pytest
from estimators import CLASSES, data, fitted, labels_of

X, Y = data()
GIVEN = [name for name, cls in CLASSES.items()
         if "dtype" in inspect.signature(cls).parameters]
MODES = ("mean", "sample")


def answers(model):
    """{what: array} of all that a model answers with rows of numbers."""
    told = labels_of(model.transform, Y) or labels_of(model.fit, Y)
    takes_labels = "y" in inspect.signature(model.transform).parameters
    told = told if takes_labels else ()
    found = {"transform": model.transform(X, *told)}
    if hasattr(model, "inverse_transform"):
        again = model.inverse_transform(found["transform"].astype(float), *told)
        found["inverse_transform"] = again
        found["reconstruct"] = model.reconstruct(X, *told)
    if hasattr(model, "sample"):
        first = Y if takes_labels else 4
        found |= {mode: model.sample(first, mode, random_state=0) for mode in MODES}
    if "mode" in inspect.signature(getattr(model, "reconstruct", len)).parameters:
        found["drawn"] = model.reconstruct(X, *told, mode="sample", random_state=0)
    for name in ("corrupt", "impute", "predict_proba"):
        if hasattr(model, name):
            found[name] = getattr(model, name)(X)
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", GIVEN)
def test_every_answer_in_numbers_has_the_dtype_of_the_estimator(name, dtype):
    model = fitted(name, dtype=dtype)
    found = {what: str(array.dtype) for what, array in answers(model).items()}
    assert found == dict.fromkeys(found, dtype)
