"""Bad parameters get one clear error that names them."""

import numpy as np
import pytest
import recipes
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
    "image_shape": f"{WIDTHS} or None", "kl_warmup_epochs": COUNT,
    "kl_weight": NOT_NEGATIVE,
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
    "schedule": "a str among {'constant', 'cosine', 'step'}", "shift": NOT_NEGATIVE,
    "tied_weights": "a bool", "tol": NOT_NEGATIVE, "validation_fraction": SHARE,
    "undo_shift": "a bool", "verbose": "a bool",
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


OWN = {"layer": recipes.Gated(), "posterior": recipes.Softplus()}
CORRUPTIONS = ("gaussian", "masking", "salt_and_pepper")
LOGITS, DENSE = "decoder's output as logits", "is for dense layers"
TIED, ONE = "needs a decoder of the encoder's layers", "derived for one encoder layer"
SQUARED, WEIGH = "is for loss='squared_error'", "has no divergence term to weigh"
APART = "expected posterior='diagonal'"
# model: (options, what is said of them, or None where they go together)
TOGETHER = {
    "Autoencoder": [
        *(({"loss": "bernoulli", "output_activation": name}, LOGITS)
          for name in ("sigmoid", "tanh", "relu")),
        ({"loss": "bernoulli"}, None), ({"output_activation": "sigmoid"}, None),
        ({"loss": recipes.LogisticPixels(), "output_activation": "tanh"}, None),
        ({"tied_weights": True}, None),
        ({"tied_weights": True, "decoder_layer_sizes": (8,)}, TIED),
        ({"tied_weights": True, "layer": OWN["layer"]}, TIED),
        ({"layer": OWN["layer"]}, None), ({"activation": "tanh"}, None),
        ({"layer": OWN["layer"], "activation": "tanh"}, DENSE),
    ],
    "DenoisingAutoencoder": [
        *(({"corruption": name, "level": 1}, None) for name in CORRUPTIONS),
        *(({"corruption": name, "level": 1.1}, "level") for name in CORRUPTIONS[1:]),
        ({"corruption": "gaussian", "level": 1.1}, None),
        ({"corruption": recipes.Patch(), "level": 1.1}, None),
        ({"corrupted_weight": 2, "loss": "bernoulli"}, f"corrupted_weight=2 {SQUARED}"),
        ({"corrupted_weight": 0.5, "loss": "bernoulli"}, f"ted_weight=0.5 {SQUARED}"),
        ({"corrupted_weight": 0, "loss": "bernoulli"}, f"corrupted_weight=0 {SQUARED}"),
        ({"missing": "mask", "loss": "bernoulli"}, f"missing='mask' {SQUARED}"),
        ({"missing": "mask", "corrupted_weight": 2}, None),
        ({"loss": "bernoulli", "output_activation": "tanh"}, LOGITS),
    ],
    "SparseAutoencoder": [
        ({"code_activation": "tanh"}, "expected 'sigmoid'"),
        *(({"penalty": "contractive"} | more, said) for more, said in (
            ({}, None), ({"code_activation": "tanh"}, None),
            ({"hidden_layer_sizes": []}, None), ({"hidden_layer_sizes": (9,)}, ONE),
            ({"code_activation": "relu"}, ONE))),
        ({"penalty": "top_k", "n_active": 4, "n_components": 4}, None),
        ({"penalty": "top_k", "n_active": 5, "n_components": 4}, "n_active=5 must not"),
        ({"penalty": "l1", "n_active": 5, "n_components": 4}, None),
        ({"penalty": recipes.OnTheCircle(), "code_activation": "tanh"}, None),
    ],
    "VariationalAutoencoder": [
        *(({name: value}, None) for name, value in OWN.items()),
        ({"layer": OWN["layer"], "activation": "tanh"}, DENSE),
        *(({"objective": "iwae"} | more, said) for more, said in (
            ({}, None), ({"gradient_samples": 1}, None), ({"posterior": "full"}, None),
            ({"posterior": OWN["posterior"]}, "is derived for"),
            ({"kl_weight": 0.5}, WEIGH), ({"kl_weight": 2}, WEIGH),
            ({"kl_warmup_epochs": 1}, WEIGH),
            ({"free_bits": 0.5}, WEIGH))),
        ({"gradient_samples": 1}, "those of objective='iwae'"),
        *(({"free_bits": 0.5, "posterior": q}, said) for q, said in (
            ("diagonal", None), ("full", APART), (OWN["posterior"], APART))),
    ],
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_does_not_go_together_is_refused_and_what_does_is_taken(name):
    for options, said in TOGETHER[name]:
        try:
            CLASSES[name](**options).check_parameters()
        except ValueError as error:
            assert said is not None and said in str(error), (options, str(error))
        else:
            assert said is None, options
