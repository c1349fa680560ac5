"""An object of the package's own class in place of its name: all answers are the same.
"""

import warnings

import numpy as np
import pytest
from estimators import data, fitted, labels_of, make
from readings import outcome, readings

from scratchae import CheckpointError, backend, load
from scratchae.analysis import anomaly_parts
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.penalties import L1, Contractive, KLSparsity, TopK
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels, SquaredError
from scratchae.networks.posteriors import POSTERIORS

X, Y = data()
AUTOENCODERS = ("Autoencoder", "SparseAutoencoder", "DenoisingAutoencoder")
VARIATIONAL = ("VariationalAutoencoder", "ConditionalVariationalAutoencoder")
LOSSES = {"squared_error": SquaredError(), "bernoulli": BernoulliPixels()}
CASES = [  # estimator, option, name, object, other options
    *((name, "loss", loss, own, {}) for name in AUTOENCODERS
      for loss, own in LOSSES.items()),
    ("DenoisingAutoencoder", "loss", "squared_error", SquaredError(),
     {"corrupted_weight": 2.0}),
    ("DenoisingAutoencoder", "loss", "squared_error", SquaredError(),
     {"missing": "mask"}),
    *(("DenoisingAutoencoder", "corruption", name, kind(0.3), {"level": 0.3})
      for name, kind in CORRUPTIONS.items()),
    *(("StackedClassifier", "corruption", name, kind(0.3), {"level": 0.3})
      for name, kind in CORRUPTIONS.items()),
    ("SparseAutoencoder", "penalty", "l1", L1(), {}),
    ("SparseAutoencoder", "penalty", "kl", KLSparsity(0.1), {}),
    ("SparseAutoencoder", "penalty", "top_k", TopK(1), {"n_active": 1}),
    ("SparseAutoencoder", "penalty", "contractive", Contractive(),
     {"hidden_layer_sizes": ()}),
    *((name, "decoder", *rest) for name in VARIATIONAL for rest in (
        ("bernoulli", BernoulliPixels(), {}), ("gaussian", GaussianPixels(), {}),
        ("gaussian", GaussianPixels(0.1), {"decoder_variance": 0.1}))),
    *((name, "posterior", kind, POSTERIORS[kind](2), options) for name in VARIATIONAL
      for kind in POSTERIORS for options in ({}, {"objective": "iwae", "n_samples": 2})
      ),
    ("VariationalAutoencoder", "posterior", "diagonal", POSTERIORS["diagonal"](2),
     {"free_bits": 0.1}),
    *(("Autoencoder", "activation", name, own, {}) for name, own in ACTIVATIONS.items()
      ),
    ("SparseAutoencoder", "code_activation", "sigmoid", ACTIVATIONS["sigmoid"], {}),
    ("SparseAutoencoder", "code_activation", "tanh", ACTIVATIONS["tanh"],
     {"penalty": "contractive", "hidden_layer_sizes": ()}),
    ("Autoencoder", "output_activation", "identity", ACTIVATIONS["identity"],
     {"loss": "bernoulli"}),
]
every = pytest.mark.parametrize(
    ("name", "option", "word", "own", "others"), CASES,
    ids=["-".join(map(str, (*case[:3], *case[4].values()))) for case in CASES])


@every
def test_every_answer_is_that_of_the_name(name, option, word, own, others, tmp_path):
    with backend("numpy"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named, given = (readings(fitted(name, X, Y, **others | {option: value}), X, Y,
                                 tmp_path / "m.npz") for value in (word, own))
        assert named.keys() == given.keys()
        for question in named.keys() - {"repr", "pickle"}:
            if question not in ("save", "get_params"):
                assert answer(named[question]) == answer(given[question]), question


def answer(call):
    """Its bits, or the class of its error: what an error says has the model in it."""
    found = outcome(call)
    error = isinstance(found, tuple) and isinstance(found[0], type)
    return found[0] if error else found


@every
def test_a_file_with_the_object_is_read_with_it(
    name, option, word, own, others, tmp_path
):
    model = fitted(name, X, Y, **others | {option: own})
    model.save(tmp_path / "m.npz")
    if isinstance(model.description()["params"][option], dict):
        with pytest.raises(CheckpointError, match=f"an object for {option}"):
            load(tmp_path / "m.npz")
        again = load(tmp_path / "m.npz", **{option: own})
    else:  # of an activation it has the name
        again = load(tmp_path / "m.npz")
    labels = labels_of(model.evaluate, Y)
    assert again.evaluate(X, *labels) == model.evaluate(X, *labels)


@pytest.mark.parametrize(("name", "options"), [
    ("Autoencoder", {"loss": SquaredError()}),
    ("DenoisingAutoencoder", {"corruption": CORRUPTIONS["masking"](0.3)}),
    ("VariationalAutoencoder", {"decoder": BernoulliPixels()}),
])
def test_where_kernels_serve_an_object_of_ours_has_them(name, options):
    with backend("numba"), warnings.catch_warnings():
        warnings.filterwarnings("error", message="no kernel for")
        fitted(name, X, Y, **options)


class Student(GaussianPixels):
    """One's own kind of them."""


def test_the_code_counts_in_the_anomaly_of_ones_own_gaussian_pixels_too():
    found = [anomaly_parts(fitted("VariationalAutoencoder", X, decoder=decoder), X)
             for decoder in ("gaussian", Student())]
    for parts in zip(*found, strict=True):
        np.testing.assert_array_equal(*parts)
    assert found[0][1].all()


@pytest.mark.parametrize(("name", "options"), [
    ("SparseAutoencoder", {"penalty": TopK(3)}),
    ("SparseAutoencoder", {"penalty": KLSparsity(0.1), "code_activation": "relu"}),
    ("Autoencoder", {"loss": BernoulliPixels(), "output_activation": "sigmoid"}),
    ("DenoisingAutoencoder", {"loss": BernoulliPixels(), "missing": "mask"}),
    ("VariationalAutoencoder", {"posterior": POSTERIORS["full"](2), "free_bits": 0.1}),
])
def test_what_is_refused_beside_the_name_is_refused_beside_the_object(name, options):
    with pytest.raises(ValueError):
        make(name, **options).fit(X)
