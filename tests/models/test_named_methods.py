"""An argument that is refused is told with the method it was given to."""

import inspect

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

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
    known = inspect.signature(function).parameters if function else ()
    return function is not None and {*options} <= {*known}


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


VALIDATED = [name for name, cls in CLASSES.items()
             if "validation_data" in inspect.signature(cls.fit).parameters]


@pytest.mark.parametrize("bad, words", [
    (X * np.nan, "Input validation_data contains NaN"),
    (X[:, :5], "validation_data has 5 features, but"),
    (X[0], "1D array instead: validation_data has shape"),
])
@pytest.mark.parametrize("name", VALIDATED)
def test_rows_for_validation_are_called_so(name, bad, words):
    model = make(name)
    told = labels_of(model.fit, Y)
    with pytest.raises(ValueError, match=words):
        model.fit(X, *told, validation_data=(bad, Y) if told else bad)


def drawing(name):
    """The methods that take a random_state, and what they are asked with."""
    for method, function in inspect.getmembers(CLASSES[name], inspect.isfunction):
        known = inspect.signature(function).parameters
        if "random_state" in known and not method.startswith("_"):
            yield method, {"mode": "sample"} if "mode" in known else {}


@pytest.mark.parametrize("seed", [-1, 1.5, "one"])
@pytest.mark.parametrize("name", [name for name in CLASSES if [*drawing(name)]])
def test_a_seed_that_is_none_is_refused_in_the_name_of_the_model(name, seed):
    model = fitted(name, epochs=1)
    for method, options in drawing(name):
        told = labels_of(getattr(model, method), Y)
        first = {"sample": [0] if told else 3}.get(method, X)
        told = () if method == "sample" else told
        with pytest.raises(ValueError, match=(
                rf"^The 'random_state' parameter of {name}(\.{method})? must be")):
            getattr(model, method)(first, *told, random_state=seed, **options)
