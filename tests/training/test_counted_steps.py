"""The advice after a short training counts the steps that it has made, no others."""

import inspect
import warnings

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of, make

from scratchae import UndertrainedWarning, backend

NEURAL = [name for name, cls in CLASSES.items() if hasattr(cls, "build_network")]
# rows, share of them that is validated on, rows per step: steps of an epoch
STEPS = [(48, 0.0, 16, 3), (49, 0.0, 16, 4), (49, 0.34, 16, 3), (48, 0.0, 50, 1),
         (48, 0.5, 24, 1), (48, 0.5, np.int8(23), 2)]


def counted(name, n, how=lambda model, X, y: {}, **options):
    """What the last advice of a fit of one epoch says of its steps."""
    X, y = data(n)
    model = make(name, epochs=1, pretrain_epochs=0, **options)
    with backend("numpy"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, *labels_of(model.fit, y), **how(model, X, y))
    (said,) = [str(w.message) for w in caught if w.category is UndertrainedWarning]
    return said


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize("n, share, size, steps", STEPS)
def test_a_short_last_batch_is_a_step_and_a_validated_row_is_none(
    name, n, share, size, steps
):
    said = counted(name, n, validation_fraction=share, batch_size=size)
    told = "1 step (1 epoch of 1 batch)"
    if steps > 1:
        told = f"{steps} steps (1 epoch of {steps} batches)"
    assert f"ended after {told}. Whether" in said
    assert f"({-(-1000 // steps)} make 1000 steps)" in said


@pytest.mark.parametrize("name", [
    name for name in NEURAL
    if "validation_data" in inspect.signature(CLASSES[name].fit).parameters])
def test_rows_that_are_given_to_validate_on_make_no_steps(name):
    def given(model, X, y):
        told = labels_of(model.fit, y)
        return {"validation_data": (X, *told) if told else X}

    assert "after 3 steps (" in counted(name, 48, given, batch_size=16)
