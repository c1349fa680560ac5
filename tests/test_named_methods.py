"""An argument that is refused is told with the method it was given to."""

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

X, Y = data()
CODES = np.zeros((40, 9))  # of two columns in truth
# What is refused: method, its first argument, others, and words besides its name.
REFUSED = [
    ("reconstruct", X, {"mode": "median"}, "'mode' parameter of"),
    ("reconstruct", X, {"mode": "sample", "random_state": -1}, "'random_state' param"),
    ("sample", 3, {"mode": "median"}, "'mode' parameter of"),
    ("sample", 3, {"random_state": -1}, "'random_state' parameter of"),
    ("sample", 0, {}, "'n_samples' parameter of"),
    ("log_likelihood", X, {"n_importance": 0}, "'n_importance' parameter of"),
    ("log_likelihood", X, {"random_state": -1}, "'random_state' parameter of"),
    ("inverse_transform", CODES, {}, "codes has 9 features, but"),
]


def takes(name, method, options):
    """Whether the estimator has the method, with these options."""
    function = getattr(CLASSES[name], method, None)
    known = getattr(function, "__wrapped__", function)
    return known is not None and options.keys() <= {*known.__code__.co_varnames}


@pytest.mark.parametrize("name", CLASSES)
def test_the_method_that_was_called_is_named(name):
    model = fitted(name)
    for method, first, options, words in REFUSED:
        told = labels_of(getattr(model, method, len), Y)
        if method == "sample" and told:
            first, told = [0] if first else None, ()
        if not takes(name, method, options) or first is None:
            continue
        with pytest.raises(ValueError) as caught:
            getattr(model, method)(first, *told, **options)
        said = str(caught.value)
        assert f"{name}.{method} " in said and words in said, (options, said)
