"""One clear error at the door, naming what was got and what was expected; the model
is as it was before. Files have their own tests: test_idx, test_mnist, test_checkpoint.
"""

import numpy as np
import pytest

from scratchae import (
    PCA,
    Autoencoder,
    DenoisingAutoencoder,
    ProbabilisticPCA,
    SparseAutoencoder,
    VariationalAutoencoder,
)

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "epochs": 1,
         "random_state": 0, "verbose": False}  # fmt: skip
MODELS = {
    "PCA": lambda: PCA(3),
    "Autoencoder": lambda: Autoencoder(**SMALL),
    "VariationalAutoencoder": lambda: VariationalAutoencoder(**SMALL),
    "ProbabilisticPCA": lambda: ProbabilisticPCA(3),
    "SparseAutoencoder": lambda: SparseAutoencoder(**SMALL),
    "DenoisingAutoencoder": lambda: DenoisingAutoencoder(**SMALL),
}


def good(n=40, d=12):
    return np.random.default_rng(0).uniform(size=(n, d)).astype(np.float32)


def spoiled(value):
    x = good()
    x[3, 4] = value
    return x


BAD_DATA = {
    "nan": (spoiled(np.nan), "Input X contains NaN."),
    "infinity": (spoiled(np.inf), "Input X contains infinity"),
    "minus infinity": (spoiled(-np.inf), "Input X contains infinity"),
    "both infinities": (
        np.where(good() > 0.5, np.inf, -np.inf),
        "Input X contains infinity",
    ),
    "too large": (np.full((4, 12), 1e300), "Input X contains infinity or a value too"),
    "one image": (good()[0], r"Expected 2D array, got 1D array instead.*Reshape"),
    "scalar": (0.5, "Expected 2D array, got 0D array instead"),
    "image stack": (good().reshape(40, 3, 4), r"got 3D array.*Flatten images first"),
    "no rows": (good()[:0], r"Found array with 0 sample\(s\) \(shape=\(0, 12\)\)"),
    "no columns": (good()[:, :0], r"Found array with 0 feature\(s\)"),
    "complex": (good() + 1j, "Complex data not supported"),
    "text": ([["a", "b"]], "could not convert"),
    "ragged": ([[1.0, 2.0], [3.0]], ""),
}
PCA_TAKES = {"too large"}  # it computes in float64


@pytest.mark.parametrize("case", BAD_DATA)
@pytest.mark.parametrize("name", MODELS)
def test_bad_data_is_refused_and_the_fitted_model_is_unchanged(name, case):
    if name in ("PCA", "ProbabilisticPCA") and case in PCA_TAKES:
        pytest.skip("finite in the float64 that PCA uses")
    data, message = BAD_DATA[case]
    model = MODELS[name]().fit(good())
    before = {key: array.copy() for key, array in model._arrays().items()}
    for method in (model.fit, model.transform, model.score, model.evaluate):
        with pytest.raises(ValueError, match=f"(?s){message}"):
            method(data)
    for key, array in model._arrays().items():
        np.testing.assert_array_equal(array, before[key])


@pytest.mark.parametrize("name", MODELS)
def test_another_number_of_features_is_refused(name):
    model = MODELS[name]().fit(good())
    message = f"X has 11 features, but {name} is expecting 12 features as input"
    with pytest.raises(ValueError, match=message):
        model.transform(good(d=11))


@pytest.mark.parametrize("name", MODELS)
def test_codes_of_another_width_are_refused(name):
    model = MODELS[name]().fit(good())
    with pytest.raises(ValueError, match="codes has 4 features.*expecting 3"):
        model.inverse_transform(np.zeros((2, 4)))


@pytest.mark.parametrize("data", [good() * 255, -good(), good() + 0.5])
def test_bernoulli_loss_refuses_values_outside_the_unit_interval(data):
    for model in (
        VariationalAutoencoder(**SMALL),
        Autoencoder(loss="bernoulli", **SMALL),
    ):
        with pytest.raises(ValueError, match=r"expects X with values in \[0, 1\]; got"):
            model.fit(data)
        assert not hasattr(model, "network_")


def test_uint8_images_are_told_to_divide_by_255():
    images = (good() * 255).astype(np.uint8)
    with pytest.raises(ValueError, match="divide by 255"):
        VariationalAutoencoder(**SMALL).fit(images)


def test_bad_validation_data_is_named():
    with pytest.raises(ValueError, match="Input validation_data contains NaN"):
        Autoencoder(**SMALL).fit(good(), validation_data=spoiled(np.nan))
    with pytest.raises(ValueError, match="validation_data has 11 features"):
        Autoencoder(**SMALL).fit(good(), validation_data=good(d=11))


WHOLE = r"must be an int in the range \[1, inf\)"
BAD_PARAMETERS = [
    ("n_components", 0, WHOLE),
    ("n_components", -3, WHOLE),
    ("n_components", 2.5, WHOLE),
    ("n_components", "3", WHOLE),
    ("n_components", True, WHOLE),
    ("n_components", None, WHOLE),
    ("hidden_layer_sizes", (8, 0), WHOLE),
    ("hidden_layer_sizes", (8.5,), WHOLE),
    ("hidden_layer_sizes", 0, WHOLE),
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
                                     {"binarize": "no"}])  # fmt: skip
def test_bad_vae_parameter(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        VariationalAutoencoder(**(SMALL | options)).fit(good())


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, "3"])
def test_bad_number_of_samples(n_samples):
    model = VariationalAutoencoder(**SMALL).fit(good())
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(n_samples)


def test_sparse_input_is_refused_with_advice():
    sparse = pytest.importorskip("scipy.sparse").csr_matrix(good())
    with pytest.raises(TypeError, match="Sparse data.*toarray"):
        PCA(3).fit(sparse)
