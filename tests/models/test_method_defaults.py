"""What a method of an estimator does where nothing is said, as its text promises."""

import inspect

import pytest
from estimators import CLASSES

NOTHING = object()
PROMISED = {  # parameter: what it is in every method but those named below
    "y": None, "validation_data": None, "checkpoint": None, "resume": None,
    "deep": True, "transform": None, "input_features": None, "each": False,
    "return_cov": False, "mode": "mean", "n_samples": 1, "n_importance": 1000,
}
SEEDS = {  # the same noise in every evaluation; new draws in every sample
    "evaluate": 0, "encoder_output": 0, "log_likelihood": 0,
    "corrupt": None, "reconstruct": None, "sample": None,
}


def methods():
    """(class, method, parameter, default) of all public methods with a default."""
    for name, cls in CLASSES.items():
        for method in dir(cls):
            if method.startswith("_") or not inspect.isfunction(getattr(cls, method)):
                continue
            for p in inspect.signature(getattr(cls, method)).parameters.values():
                if p.default is not p.empty:
                    yield name, method, p.name, p.default


@pytest.mark.parametrize("name", CLASSES)
def test_a_method_has_the_defaults_that_are_promised(name):
    found = [case[1:] for case in methods() if case[0] == name]
    assert found
    for method, parameter, default in found:
        promised = SEEDS if parameter == "random_state" else PROMISED
        key = method if parameter == "random_state" else parameter
        assert promised.get(key, NOTHING) == default, (method, parameter, default)


def test_every_promise_is_one_of_some_method():
    asked = {(method, parameter) for _, method, parameter, _ in methods()}
    assert {parameter for _, parameter in asked} == {*PROMISED, "random_state"}
    assert {m for m, parameter in asked if parameter == "random_state"} == {*SEEDS}
