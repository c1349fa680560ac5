"""Errors and warnings of the package: whose they are, and at whom they point."""

import pickle
import sys
import warnings

import numpy as np
import pytest
import sklearn.exceptions

from scratchae import Autoencoder, NotFittedError, errors


def test_an_error_of_an_unfitted_model_is_scikit_learns_too_also_after_a_pickle():
    with pytest.raises(NotFittedError) as caught:
        Autoencoder(2).transform(np.eye(3))
    again = pickle.loads(pickle.dumps(caught.value))
    for error in caught.value, again:
        assert isinstance(error, sklearn.exceptions.NotFittedError)
        assert isinstance(error, NotFittedError)
        assert str(error).startswith("This Autoencoder instance is not fitted yet.")


def test_without_scikit_learn_errors_and_warnings_are_the_packages_own(monkeypatch):
    assert errors.sklearn_warning("DataConversionWarning") is (
        sklearn.exceptions.DataConversionWarning)
    monkeypatch.delitem(sys.modules, "sklearn.exceptions")
    assert type(errors.not_fitted("x")) is NotFittedError
    assert errors.sklearn_warning("DataConversionWarning") is UserWarning


def deep(levels, name):
    """Whether a warning met so many calls below this package points at `name`."""
    source = "def at(n, warn):\n    warn('m') if n == 0 else at(n - 1, warn)\n"
    inside, outside = {"__name__": "scratchae.some.module"}, {"__name__": name}
    exec(compile(source, "inside.py", "exec"), inside)
    exec(compile("def call(at, *a):\n    at(*a)\n", "outside.py", "exec"), outside)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        outside["call"](inside["at"], levels, errors.warn)
    return [w.filename for w in met] == ["outside.py"]


@pytest.mark.parametrize("name", ["__main__", "scratchae_of_mine", "mine.scratchae"])
@pytest.mark.parametrize("levels", [0, 1, 5, 30])
def test_a_warning_points_at_who_called_the_package_however_deep_it_is_met(
    levels, name
):
    assert deep(levels, name)


@pytest.mark.parametrize("loss, said", [(123456.789, "123457"), (1e-9, "1e-09"),
                                        (-0.1234567, "-0.123457")])
def test_the_last_finite_loss_is_said_in_six_digits(loss, said):
    error = errors.DivergedError("the loss", 1, 2, loss)
    assert f"the last finite loss was {said}. Try a smaller learning_" in str(error)
