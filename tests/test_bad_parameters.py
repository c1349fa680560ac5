"""Bad parameters get one clear error that names them."""

import numpy as np
import pytest
from estimators import CLASSES

from scratchae import Autoencoder, VariationalAutoencoder
from scratchae.analysis import GaussianMixture

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


SHARE, POSITIVE = "a float in the range [0, 1)", "a float in the range (0, inf)"
NOT_NEGATIVE, COUNT = "a float in the range [0, inf)", "an int in the range [0, inf)"
AT_LEAST_1, INSIDE = "an int in the range [1, inf)", "a float in the range (0, 1)"
PAIR = " or an object with forward and backward"
ACTIVATION = ("a str among {'elu', 'identity', 'leaky_relu', 'relu', 'sigmoid', "
              f"'silu', 'softplus', 'tanh'}}{PAIR}")
WIDTHS = "a tuple of ints in the range [1, inf), or one int"
ALLOWED = {
    "activation": ACTIVATION, "batch_size": AT_LEAST_1, "beta1": SHARE, "beta2": SHARE,
    "binarize": "a bool", "code_activation": ACTIVATION,
    "corrupted_weight": NOT_NEGATIVE,
    "corruption": "a str among {'gaussian', 'masking', 'salt_and_pepper'} or an object "
                  "with corrupt",
    "decoder": f"a str among {{'bernoulli', 'gaussian'}}{PAIR}",
    "decoder_layer_sizes": f"{WIDTHS} or None",
    "decoder_variance": f"{POSITIVE} or None",
    "dtype": "a str among {'float32', 'float64'}", "epochs": AT_LEAST_1,
    "fine_tune_level": SHARE, "free_bits": NOT_NEGATIVE, "hidden_layer_sizes": WIDTHS,
    "kl_warmup_epochs": COUNT, "kl_weight": NOT_NEGATIVE,
    "layer": "a str among {'dense'} or an object with shapes and forward and backward",
    "learning_rate": POSITIVE, "level": NOT_NEGATIVE,
    "loss": f"a str among {{'bernoulli', 'squared_error'}}{PAIR}",
    "max_iter": AT_LEAST_1, "missing": "a str among {'error', 'mask'}",
    "momentum": SHARE, "n_active": AT_LEAST_1, "n_components": AT_LEAST_1,
    "gradient_samples": f"{AT_LEAST_1} or None", "samples_warmup_epochs": COUNT,
    "n_samples": AT_LEAST_1, "objective": "a str among {'elbo', 'iwae'}",
    "optimizer": "a str among {'adam', 'momentum', 'sgd'}",
    "output_activation": ACTIVATION, "patience": f"{AT_LEAST_1} or None",
    "penalty": f"a str among {{'contractive', 'kl', 'l1', 'top_k'}}{PAIR}",
    "penalty_weight": NOT_NEGATIVE,
    "posterior": "a str among {'diagonal', 'full'} or an object with size and forward "
                 "and backward",
    "pretrain_epochs": COUNT,
    "random_state": "None, a non-negative int, a numpy Generator or a RandomState",
    "reg_covar": NOT_NEGATIVE, "rho": INSIDE,
    "schedule": "a str among {'constant', 'cosine', 'step'}", "tied_weights": "a bool",
    "tol": NOT_NEGATIVE, "validation_fraction": SHARE, "verbose": "a bool",
    "weight_decay": NOT_NEGATIVE, "whiten": "a bool",
}
OTHERWISE = {
    ("SparseAutoencoder", "code_activation"): f"{ACTIVATION} or None",  # the penalty's
    ("LinearProbe", "tol"): INSIDE,
}


@pytest.mark.parametrize("model", [*CLASSES.values(), GaussianMixture])
def test_a_model_allows_of_each_parameter_what_is_written_here(model):
    for name, constraint in getattr(model, "constraints", {}).items():
        expected = OTHERWISE.get((model.__name__, name), ALLOWED[name])
        assert str(constraint) == expected, name
