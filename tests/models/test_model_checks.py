"""The gradient check of a model: what it lets in, and whose rows its report has."""

import re

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of, make

from scratchae import GradientCheckError, backend, check_model

X, Y = data(n=4)
LEARNING = [name for name, cls in CLASSES.items() if hasattr(cls, "build_network")]
TOLD = ["ConditionalVariationalAutoencoder", "StackedClassifier"]


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def checked(name, x=X, random_state=0, **options):
    model = make(name, **options)
    return check_model(model, x, *labels_of(model.fit, Y), random_state=random_state)


@pytest.mark.parametrize("name", LEARNING)
def test_each_row_of_a_report_names_the_model_and_its_parameter(name):
    rows = checked(name).to_json_dict()["rows"]
    model = make(name).fit(X, *labels_of(CLASSES[name].fit, np.arange(4) % 2))
    assert {row["model"] for row in rows} == {name}
    assert sorted(row["name"] for row in rows) == sorted(model.parameters_.values)


def test_a_wrong_gradient_is_told_with_the_class_of_its_model(monkeypatch):
    network = type(make("SparseAutoencoder").build_network(6))
    right = network._d_out
    monkeypatch.setattr(network, "_d_out", lambda self: 2 * right(self))
    with pytest.raises(GradientCheckError, match=r"SparseAutoencoder decoder\.1\.b"):
        checked("SparseAutoencoder").raise_if_failed()


@pytest.mark.parametrize("name", LEARNING)
def test_what_a_fit_would_refuse_is_refused_by_the_check_in_its_own_name(name):
    large, holes = X.astype(float), X.copy()
    large[2, 1], holes[3, 4] = 1e160, np.nan
    for x, said in ((large, "the square of 1e.160, in row 2, column 1"),
                    (holes, "Input X contains NaN in 1 of 4 rows: column 4"),
                    (X[:0], "Found array with 0 sample")):
        with pytest.raises(ValueError, match=said):
            checked(name, x)
    with pytest.raises(ValueError, match=f"of {name} must be a str among"):
        checked(name, activation="rellu")
    with pytest.raises(ValueError, match=rf"check_model\({name}\) must be None, a non"):
        checked(name, random_state=-1)


@pytest.mark.parametrize("name", TOLD)
def test_labels_are_checked_as_those_of_a_fit(name):
    for y, said in ((Y[:3], "one label for each of the"),
                    (None, "requires y to be passed")):
        with pytest.raises(ValueError, match=rf"check_model\({name}\).*{said}"):
            check_model(make(name), X, y)


@pytest.mark.parametrize("y", [np.full(4, 7), ["a"] * 4])
@pytest.mark.parametrize("name", TOLD)
def test_one_class_is_checked_if_a_fit_takes_it(name, y):
    model, said = make(name), "contains only one class: (7|'a')$"
    try:
        make(name).fit(X, y)
    except ValueError as error:
        assert re.search(said, str(error))
        with pytest.raises(ValueError, match=rf"check_model\({name}\).*{said}"):
            check_model(model, X, y)
    else:
        assert check_model(model, X, y).passed


def test_rows_are_taken_with_all_their_digits():
    """Of a model of any type: in single precision this pixel would be 0.1 + 1.5e-9."""
    seen, model = [], make("Autoencoder")

    class Noted(type(model)):
        def build_network(self, d):
            network = super().build_network(d)
            loss = network.loss
            network.loss = lambda **drawn: (seen.append(drawn["x"]), loss(**drawn))[1]
            return network

    x = np.full((3, 6), 0.1)
    check_model(Noted(**model.get_params()), x)
    assert all((rows == 0.1).all() for rows in seen) and seen


def test_a_fitted_model_is_checked_with_the_parameters_of_today():
    holes = np.where(np.arange(6) == np.arange(4)[:, None], np.nan, X)
    model = make("DenoisingAutoencoder").fit(X).set_params(missing="mask")
    assert check_model(model, holes).passed
    model.fit(holes).set_params(missing="error")
    with pytest.raises(ValueError, match="Input X contains NaN in 4 of 4 rows"):
        check_model(model, holes)
    model.fit(X + 1).set_params(loss="bernoulli")
    with pytest.raises(ValueError, match=r"expects X with values in \[0, 1\]"):
        check_model(model, X + 1)
