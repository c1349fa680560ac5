"""Options that change a loss, two at a time: the gradient is that of both together."""

import numpy as np
import pytest
from estimators import CLASSES

from scratchae import backend, check_model

X = np.random.default_rng(0).uniform(size=(3, 4))
Y = np.array([0, 1, 1])
SHAPE = [{"loss": "bernoulli"}, {"tied_weights": True}, {"decoder_layer_sizes": (3,)},
         {"output_activation": "tanh"}, {"code_activation": "tanh"}]
BOUND = [{"free_bits": 0.05}, {"kl_weight": 0.3}, {"binarize": False},
         {"decoder_layer_sizes": (3,)}, {"hidden_layer_sizes": ()}]
Q = [{"posterior": "full"}, {"decoder": "gaussian"}, {"n_samples": 2},
     {"decoder": "gaussian", "decoder_variance": 0.3},
     {"objective": "iwae", "n_samples": 3}]
PAIRS = {
    "Autoencoder": (SHAPE, SHAPE),
    "SparseAutoencoder": (
        [{"penalty": "kl"}, {"penalty": "l1"}, {"penalty": "top_k", "n_active": 1},
         {"penalty": "contractive", "hidden_layer_sizes": ()}], SHAPE),
    "DenoisingAutoencoder": (
        [{"corrupted_weight": 3.0}, {"missing": "mask"}, {"corruption": "gaussian"},
         {"corruption": "salt_and_pepper", "corrupted_weight": 0.0}], SHAPE),
    "VariationalAutoencoder": (Q, BOUND),
    "ConditionalVariationalAutoencoder": (Q, BOUND),
    "StackedClassifier": ([{"fine_tune_level": 0.4}], [{"hidden_layer_sizes": ()}, {}]),
}


def accepted(name):
    """The models of all pairs that go together, and the options of each."""
    for one in PAIRS[name][0]:
        for other in PAIRS[name][1]:
            options = {"hidden_layer_sizes": (4,), "activation": "tanh"} | one | other
            if "n_components" in CLASSES[name]().get_params():
                options["n_components"] = 2
            model = CLASSES[name](**options)
            try:
                model.check_parameters()
            except ValueError:
                continue
            yield model, options


def test_every_model_with_a_gradient_has_pairs():
    learning = {n for n, cls in CLASSES.items() if hasattr(cls, "build_network")}
    assert {*PAIRS} == learning
    assert all(len([*accepted(n)]) >= 12 for n in learning - {"StackedClassifier"})


@pytest.mark.parametrize("name", PAIRS)
def test_the_gradient_of_two_options_is_that_of_their_loss(name):
    told = (Y,) if hasattr(CLASSES[name], "_network_for") else ()
    for model, options in accepted(name):
        with backend("numpy"):
            report = check_model(model, X, *told)
        assert report.passed, (options, str(report))
