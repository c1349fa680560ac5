"""What a stack asks of its layers, and whose words its messages have."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn

from scratchae import (
    CheckpointError,
    StackedClassifier,
    UndertrainedWarning,
    backend,
    load,
)

pytestmark = pytest.mark.lecture04
X = np.random.default_rng(0).uniform(size=(60, 6)).astype(np.float32)
Y = np.arange(60) % 3
SMALL = {"epochs": 2, "pretrain_epochs": 1, "batch_size": 20, "random_state": 0}


def stack(**options):
    return StackedClassifier((5, 4), **SMALL | {"verbose": False} | options)


@pytest.mark.parametrize("options, y, words", [
    ({"patience": 3}, Y, "to validate on; pass a larger validation_fraction"),
    ({"validation_fraction": 0.4}, np.sort(Y), r"training. Shuffle the rows\."),
    ({"level": 1.5}, Y, "'level' parameter of StackedClassifier must be"),
    ({"level": 1.5, "pretrain_epochs": 0}, Y, "'level' parameter of StackedClassifier"),
    ({"shift": 1.0, "image_shape": (2, 4)}, Y, "with a product of 6$"),
])
def test_what_cannot_be_is_refused_before_a_layer_is_trained(options, y, words, capfd):
    """And no option is named that `fit` does not have."""
    with pytest.raises(ValueError, match=words):
        stack(verbose=True, **options).fit(X, y)
    assert "epoch" not in capfd.readouterr().err


def test_a_layer_that_ended_too_early_is_told_in_the_options_of_the_stack():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stack(epochs=400).fit(X, Y)
    told = [str(w.message) for w in caught if w.category is UndertrainedWarning]
    assert told and all(text.startswith("StackedClassifier: ") for text in told)
    assert all("more pretrain_epochs (" in text for text in told)


def test_layers_take_the_rate_and_adam_whatever_fine_tunes():
    layer = stack(optimizer="sgd", learning_rate=0.5).fit(X, Y).layers_[0]
    assert layer.optimizer == "adam" and layer.learning_rate == 0.5


def test_layers_see_arrays_whatever_scikit_learn_returns():
    plain = stack().fit(X, Y)
    with sklearn.config_context(transform_output="pandas"):
        model = stack().fit(X, Y)
    assert not hasattr(model.layers_[1], "feature_names_in_")
    np.testing.assert_array_equal(model.parameters_.theta, plain.parameters_.theta)


def test_a_layer_is_a_model_of_its_own_afterwards():
    layer = stack().fit(X, Y).layers_[0]
    assert not {"_items", "_trained_for"} & {*vars(layer)}
    with pytest.warns(UndertrainedWarning, match="^DenoisingAutoencoder.*more epochs"):
        layer.fit(X)


@pytest.mark.parametrize("change", [list.pop, lambda told: told.append({})])
def test_a_file_has_a_history_for_each_layer(change, tmp_path):
    model = stack().fit(X, Y)
    described = model.description()
    change(described["layer_histories"])
    model.description = lambda: described
    model.save(tmp_path / "m.npz")
    with pytest.raises(CheckpointError, match="expected 2 layer_histories, got"):
        load(tmp_path / "m.npz")


@pytest.mark.parametrize("rows, unit", [
    (X, "SSE/img"), (pd.DataFrame(X, columns=[*"abcdef"]), "SSE/row"),
])
def test_layers_speak_of_rows_where_the_stack_is_given_a_table(rows, unit, capfd):
    stack(verbose=True).fit(rows, Y)
    said = capfd.readouterr().err
    assert said.count(unit) >= 2 and said.count("SSE/") == said.count(unit)


def test_a_fine_tuning_starts_from_weights_and_biases_of_the_layers(rng):
    """And from zeros and random numbers where there is no layer: on top."""
    model = stack(learning_rate=0.05, pretrain_epochs=5).fit(X, Y)
    network = model.build_network(6, 3)
    network.pretrained = model.layers_
    network.initialise(rng, X)
    for mine, layer in zip(network.encoder.layers[:2], model.layers_, strict=True):
        trained = layer.parameters_.values
        np.testing.assert_array_equal(mine.W, trained["encoder.0.W"])
        np.testing.assert_array_equal(mine.b, trained["encoder.0.b"])
        assert mine.b.any()
    assert not network.encoder.layers[2].b.any() and network.encoder.layers[2].W.any()


def through_a_file(model, path):
    model.save(path)
    return load(path)


@pytest.mark.parametrize("way", [
    lambda model, path: model, through_a_file, lambda model, path: copy.deepcopy(model),
    lambda model, path: pickle.loads(pickle.dumps(model)),
], ids=["fit", "file", "deepcopy", "pickle"])
def test_what_is_set_for_a_layer_holds_for_its_next_fit(way, tmp_path):
    """As for any model: `set_params` changes no answer, nor what a file says."""
    layer = way(stack().fit(X, Y), tmp_path / "stack.npz").layers_[0]
    holes = np.where(X > 0.9, np.nan, X)
    before, evaluated = layer.get_params(), layer.evaluate(X)
    layer.set_params(dtype="float64", missing="mask", loss="bernoulli")
    assert layer.transform(X).dtype == np.float32
    assert layer.evaluate(X) == evaluated
    with pytest.raises(ValueError, match="NaN"):
        layer.transform(holes)
    layer.save(tmp_path / "layer.npz")
    assert load(tmp_path / "layer.npz").get_params() == before


@pytest.mark.parametrize("activation, by_hand", [
    ("relu", lambda a: np.maximum(a, 0)), ("tanh", np.tanh),
    ("sigmoid", lambda a: 1 / (1 + np.exp(-a))),
])
def test_codes_are_those_under_the_softmax_layer(activation, by_hand):
    """With the activation of the last hidden layer, and as the classes see them."""
    with backend("numpy"):
        model = stack(activation=activation, dtype="float64").fit(X, Y)
        W = [layer.W for layer in model.encoder_.layers]
        b = [layer.b for layer in model.encoder_.layers]
        expected = by_hand(by_hand(X @ W[0] + b[0]) @ W[1] + b[1])
        codes, p = model.transform(X), model.predict_proba(X)
    np.testing.assert_allclose(codes, expected, rtol=1e-6)
    shares = np.exp(codes @ W[2] + b[2])
    np.testing.assert_allclose(p, shares / shares.sum(axis=1, keepdims=True), rtol=1e-6)
