"""A parameter may be a number of NumPy's: the weights are those that Python's give,
and keep the model's type, though such a number makes sums of float32 wider."""

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of, make

from scratchae import backend

X, Y = data()
MODELS = {
    "Autoencoder": [{"shift": 0.5, "image_shape": (2, 3), "weight_decay": 0.1}],
    "DenoisingAutoencoder": [{"level": 0.25, "corrupted_weight": 2.5},
                             {"corruption": "gaussian", "level": 0.3},
                             {"corruption": "salt_and_pepper", "level": 0.3}],
    "SparseAutoencoder": [
        {"penalty": "kl", "penalty_weight": 0.3, "rho": 0.2},
        {"penalty": "l1", "penalty_weight": 0.3},
        {"penalty": "top_k", "n_active": 1, "penalty_weight": 0.3},
        {"penalty": "contractive", "hidden_layer_sizes": (), "penalty_weight": 0.3}],
    "VariationalAutoencoder": [
        {"kl_weight": 0.7, "free_bits": 0.1},
        {"decoder": "gaussian", "decoder_variance": 0.3, "posterior": "full"},
        {"objective": "iwae", "n_samples": 3, "gradient_samples": 2}],
    "ConditionalVariationalAutoencoder": [{"kl_weight": 0.7, "kl_warmup_epochs": 2}],
    "StackedClassifier": [{"level": 0.3, "fine_tune_level": 0.2}],
}
CASES = [(name, options) for name, some in MODELS.items() for options in some]


def of_numpy(value, dtype):
    """A float as one of NumPy's, as far as it stays the same number."""
    return dtype(value) if isinstance(value, float) and dtype(value) == value else value


def trained(name, parameters, engine):
    model = CLASSES[name](**parameters)
    with backend(engine):
        model.fit(X, *labels_of(model.fit, Y))
    return model


def test_every_model_that_learns_in_epochs_is_here():
    assert set(MODELS) == {n for n, c in CLASSES.items() if hasattr(c, "build_network")}


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_floats_of_numpys_train_to_the_bits_of_pythons(name, options, engine):
    plain = make(name, **options, epochs=1).get_params()
    double = {key: of_numpy(value, np.float64) for key, value in plain.items()}
    assert sum(isinstance(value, np.floating) for value in double.values()) > 5
    expected, found = (trained(name, p, engine) for p in (plain, double))
    assert found.parameters_.theta.dtype == np.float32
    np.testing.assert_array_equal(found.parameters_.theta, expected.parameters_.theta)
    np.testing.assert_array_equal(found.transform(X, *labels_of(found.transform, Y)),
                                  expected.transform(X, *labels_of(found.transform, Y)))
    assert found.history_["loss"] == pytest.approx(expected.history_["loss"], 1e-6)
