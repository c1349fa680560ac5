"""A parameter may be a number of NumPy's: what is learned is what Python's give.

One of 64 bits makes sums of float32 wider, and an integer of 8 bits ends at 127.
"""

from fractions import Fraction

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of, make

from scratchae import backend, load
from scratchae.networks.pixels import GaussianPixels

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
    double = {key: np.float64(value) if isinstance(value, float) else value
              for key, value in plain.items()}
    assert sum(isinstance(value, np.floating) for value in double.values()) > 5
    expected, found = (trained(name, p, engine) for p in (plain, double))
    assert found.parameters_.theta.dtype == np.float32
    np.testing.assert_array_equal(found.parameters_.theta, expected.parameters_.theta)
    np.testing.assert_array_equal(found.transform(X, *labels_of(found.transform, Y)),
                                  expected.transform(X, *labels_of(found.transform, Y)))
    assert found.history_["loss"] == pytest.approx(expected.history_["loss"], 1e-6)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble, Fraction])
@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_a_float_of_any_kind_gives_the_bits_of_the_equal_one_of_pythons(
    name, options, kind, tmp_path
):
    """And so does its file, which has that one."""
    given = {n: kind(v) if isinstance(v, float) else v
             for n, v in make(name, **options).get_params().items()}
    plain = {n: float(v) if isinstance(v, kind) else v for n, v in given.items()}
    expected, found = (trained(name, p, "numpy") for p in (plain, given))
    found.save(tmp_path / "m.npz")
    found = load(tmp_path / "m.npz")
    labels = labels_of(found.evaluate, Y)
    with backend("numpy"):
        np.testing.assert_array_equal(found.parameters_.theta,
                                      expected.parameters_.theta)
        assert found.evaluate(X, *labels) == expected.evaluate(X, *labels)


@pytest.mark.parametrize("variance", np.linspace(0.05, 1, 9, dtype=np.float32))
def test_the_variance_of_a_decoder_is_that_of_its_file(variance, tmp_path):
    model = make("VariationalAutoencoder", decoder="gaussian", dtype="float64",
                 decoder_variance=variance).fit(X)
    model.save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").score(X) == model.score(X)
    own = GaussianPixels(variance), GaussianPixels(float(variance))
    assert own[0].log_var == own[1].log_var


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.longdouble, Fraction])
@pytest.mark.parametrize("corruption", ["gaussian", "masking", "salt_and_pepper"])
def test_a_corrupted_copy_has_the_bits_of_pythons_level(corruption, kind):
    given, level = kind(0.3), float(kind(0.3))
    copies = [make("DenoisingAutoencoder", corruption=corruption, level=some)
              .corrupt(X, random_state=0) for some in (given, level)]
    assert copies[0].dtype == copies[1].dtype == np.float32
    np.testing.assert_array_equal(*copies)


# Integers of eight bits

ROWS, TOLD = data(n=300)  # more rows than an int8 can count
MORE = {"batch_size": 100, "n_active": 1, "max_iter": 20, "image_shape": (2, 3),
        "shift": 0.5, "samples_warmup_epochs": 1, "patience": 100,
        "validation_fraction": 0.4}


def narrow(value):
    """The same value, its integers in eight bits."""
    if isinstance(value, tuple):
        return tuple(map(narrow, value))
    return np.int8(value) if type(value) is int else value


def losses(model):
    """Of every epoch, where there are epochs."""
    return getattr(model, "history_", {}).get("loss")


@pytest.mark.parametrize("name", CLASSES)
def test_integers_of_eight_bits_give_the_bits_of_pythons(name):
    plain = make(name, **MORE)
    small = make(name, **MORE)
    small.set_params(**{n: narrow(v) for n, v in plain.get_params().items()})
    labels = labels_of(plain.fit, TOLD)
    asked = labels_of(plain.score, TOLD)
    found, expected = (model.fit(ROWS, *labels).score(ROWS, *asked)
                       for model in (small, plain))
    assert found == expected
    assert losses(small) == losses(plain)


@pytest.mark.parametrize("objective, gradient_samples", [("elbo", None), ("iwae", 2)])
def test_numbers_of_samples_may_be_narrow_too(objective, gradient_samples):
    model = make("VariationalAutoencoder", objective=objective, n_samples=np.int8(3),
                 gradient_samples=gradient_samples and np.int8(gradient_samples))
    plain = make("VariationalAutoencoder", objective=objective, n_samples=3,
                 gradient_samples=gradient_samples)
    assert losses(model.fit(ROWS)) == losses(plain.fit(ROWS))
