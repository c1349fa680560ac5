"""Bad parameters get one clear error that names them."""

import numpy as np
import pytest

from scratchae import (
    Autoencoder,
    VariationalAutoencoder,
)

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "epochs": 1,
         "random_state": 0, "verbose": False}


def good(n=40, d=12):
    return np.random.default_rng(0).uniform(size=(n, d)).astype(np.float32)


SIZES = r"must be a tuple of ints in the range \[1, inf\)"
WHOLE = r"must be an int in the range \[1, inf\)"
BAD_PARAMETERS = [
    ("n_components", 0, WHOLE),
    ("n_components", -3, WHOLE),
    ("n_components", 2.5, WHOLE),
    ("n_components", "3", WHOLE),
    ("n_components", True, WHOLE),
    ("n_components", None, WHOLE),
    ("hidden_layer_sizes", (8, 0), SIZES),
    ("hidden_layer_sizes", (8.5,), SIZES),
    ("hidden_layer_sizes", 0, SIZES),
    ("hidden_layer_sizes", None, "must be a tuple of ints"),
    ("epochs", 0, WHOLE),
    ("batch_size", -1, WHOLE),
    ("learning_rate", 0, r"must be a float in the range \(0, inf\)"),
    ("learning_rate", -1e-3, r"must be a float in the range \(0, inf\)"),
    ("learning_rate", np.nan, r"must be a float in the range \(0, inf\)"),
    ("learning_rate", np.inf, r"must be a float in the range \(0, inf\)"),
    ("weight_decay", -1, r"must be a float in the range \[0, inf\)"),
    ("validation_fraction", 1, r"must be a float in the range \[0, 1\)"),
    ("patience", 0, WHOLE),
    ("patience", 3, "nothing to validate on"),
    ("activation", "rellu", "Did you mean 'relu'?"),
    ("activation", "Sigmoid", "Did you mean 'sigmoid'?"),
    ("activation", "zzz", "must be a str among"),
    ("activation", None, "must be a str among"),
    ("optimizer", "adma", "Did you mean 'adam'?"),
    ("schedule", "cosin", "Did you mean 'cosine'?"),
    ("dtype", "float16", "must be a str among"),
    ("verbose", "yes", "must be a bool"),
    ("random_state", -1, "non-negative int, a numpy Generator or a"),
    ("random_state", "seed", "non-negative int, a numpy Generator or a"),
]


@pytest.mark.parametrize("parameter, value, message", BAD_PARAMETERS)
@pytest.mark.parametrize("model_class", [Autoencoder, VariationalAutoencoder])
def test_bad_parameter_is_named_with_what_was_got(
    model_class, parameter, value, message
):
    model = model_class(**(SMALL | {parameter: value}))
    with pytest.raises(ValueError, match=message) as caught:
        model.fit(good())
    assert parameter in str(caught.value)
    assert not hasattr(model, "network_")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"loss": "mse"}, "'loss' parameter of Autoencoder must be a str among"),
        ({"loss": "bernouli"}, "Did you mean 'bernoulli'?"),
        ({"tied_weights": 1}, "'tied_weights' parameter of Autoencoder must be a bool"),
        ({"loss": "bernoulli", "output_activation": "sigmoid"}, "as logits"),
    ],
)
def test_bad_autoencoder_parameter(options, message):
    with pytest.raises(ValueError, match=message):
        Autoencoder(**(SMALL | options)).fit(good())


@pytest.mark.parametrize("options", [{"kl_weight": -1}, {"kl_warmup_epochs": -1},
                                     {"binarize": "no"}])
def test_bad_vae_parameter(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        VariationalAutoencoder(**(SMALL | options)).fit(good())


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, "3"])
def test_bad_number_of_samples(n_samples):
    model = VariationalAutoencoder(**SMALL).fit(good())
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(n_samples)
