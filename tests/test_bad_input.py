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
         "random_state": 0, "verbose": False}
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
    before = {key: array.copy() for key, array in model.arrays().items()}
    for method in (model.fit, model.transform, model.score, model.evaluate):
        with pytest.raises(ValueError, match=f"(?s){message}"):
            method(data)
    for key, array in model.arrays().items():
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


def standardised():
    return np.random.default_rng(1).normal(size=(40, 12))


def just_outside(value):
    x = good().astype(np.float64)
    x[3, 4] = value
    return x


EIGHT_BIT = r"look like 8-bit images: divide by 255 \(X / 255\)"
OUTSIDE = {
    "uint8 images": ((good() * 255).astype(np.uint8), EIGHT_BIT),
    "int64 images": ((good() * 255).astype(np.int64), EIGHT_BIT),
    "float images 0 to 255": (good() * 255, EIGHT_BIT),
    "whole floats 0 to 255": ((good() * 255).round(), EIGHT_BIT),
    "digits 0 to 16": ((good() * 16).round(), r"Divide by the largest.*X / 16"),
    "standardised": (standardised(), "Scale the columns.*OTHER"),
    "a table": (good() * 1e6, "Scale the columns.*OTHER"),
    "a scaler fitted elsewhere": (good() * 1.3 - 0.1, r"MinMaxScaler\(clip=True\)"),
    "down to -0.5": (just_outside(-0.5), r"scaled to another part.*clip=True"),
    "below -0.5": (just_outside(-0.51), "Scale the columns.*OTHER"),
    "almost 2": (just_outside(1.99), r"scaled to another part.*clip=True"),
    "2": (just_outside(2.0), r"Divide by the largest.*X / 2\?"),
    "16": (just_outside(16.0), r"Divide by the largest.*X / 16\?"),
    "above 16": (just_outside(16.5), EIGHT_BIT),
    "whole numbers to 9": ((good() * 9).astype(int), EIGHT_BIT),
    "255": (just_outside(255.0), EIGHT_BIT),
    "above 255": (just_outside(256.0), "Scale the columns.*OTHER"),
    "1.001": (just_outside(1.001), r"to 1\.001, .* row 3, column 4: 1\.001\. .*clip"),
    "1 + 1e-5": (just_outside(1.00001), r"row 3, column 4: 1\.00001\. "),
    "-0.001": (just_outside(-0.001), r"from -0\.001 to .* row 3, column 4: -0\.001\. "),
    "float32 1.001": (just_outside(1.001).astype(np.float32), "column 4: 1.001"),
}
BERNOULLI = {
    "loss='squared_error'": lambda **o: Autoencoder(loss="bernoulli", **SMALL | o),
    "decoder='gaussian'": lambda **o: VariationalAutoencoder(**SMALL | o),
}


@pytest.mark.parametrize("case", OUTSIDE)
@pytest.mark.parametrize("other", BERNOULLI)
def test_values_outside_the_unit_interval_are_told_what_helps(other, case):
    data, message = OUTSIDE[case]
    with pytest.raises(ValueError, match=message.replace("OTHER", other)):
        BERNOULLI[other]().fit(data)


ROUNDED = [  # what a scaler gives, and what it means
    (1 + 2.3e-16, 1), (1 + 4.5e-16, 1), (-1e-17, 0), (-4e-16, 0), (1 - 2e-16, 1),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value, meant", ROUNDED)
@pytest.mark.parametrize("other", BERNOULLI)
def test_what_rounding_brings_outside_is_taken_as_0_or_1(other, value, meant, dtype):
    x, exact = just_outside(value), just_outside(meant)
    before = x.copy()
    models = [BERNOULLI[other](dtype=dtype).fit(data) for data in (x, exact)]
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(*(m.parameters_.theta for m in models), atol=1e-12)


@pytest.mark.parametrize("outside", [1 + 2**-23, -(2**-24)])
def test_rounding_in_float32_is_allowed_for(outside):
    x = just_outside(outside).astype(np.float32)
    model = BERNOULLI["decoder='gaussian'"]().fit(x)
    seen = model._check_fitted_input(x)
    assert seen.min() >= 0 and seen.max() <= 1


def test_a_min_max_scaler_of_float32_data_is_always_accepted():
    scale = pytest.importorskip("sklearn.preprocessing").MinMaxScaler()
    model = BERNOULLI["decoder='gaussian'"]().fit(good())
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = rng.normal(rng.uniform(-3, 3), 10 ** rng.uniform(-1, 3), (30, 12))
        model.transform(scale.fit_transform(x.astype(np.float32)))


def frame(dtype):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(WHOLE_NUMBERS).astype(dtype)


WHOLE_NUMBERS = (good() > 0.5).astype(int)
TAKEN = {
    "bool": lambda: WHOLE_NUMBERS.astype(bool),
    "int8": lambda: WHOLE_NUMBERS.astype(np.int8),
    "uint8": lambda: WHOLE_NUMBERS.astype(np.uint8),
    "uint64": lambda: WHOLE_NUMBERS.astype(np.uint64),
    "float16": lambda: WHOLE_NUMBERS.astype(np.float16),
    "long double": lambda: WHOLE_NUMBERS.astype(np.longdouble),
    "other byte order": lambda: WHOLE_NUMBERS.astype(">f8"),
    "objects": lambda: WHOLE_NUMBERS.astype(object),
    "lists": WHOLE_NUMBERS.tolist,
    "nothing masked": lambda: np.ma.masked_array(WHOLE_NUMBERS),
    "nullable ints": lambda: frame("Int64"),
    "nullable floats": lambda: frame("Float32"),
    "nullable bools": lambda: frame("boolean"),
}


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("name", MODELS)
def test_numbers_of_every_kind_mean_the_same(name, kind):
    model = MODELS[name]().fit(WHOLE_NUMBERS.astype(np.float64))
    data, exact = TAKEN[kind](), WHOLE_NUMBERS.astype(np.float64)
    assert model.reconstruction_error(data) == model.reconstruction_error(exact)
    np.testing.assert_array_equal(model.transform(data), model.transform(exact))


def with_missing(dtype):
    x = frame(dtype)
    x.iloc[3, 4] = None
    return x


REFUSED = {
    "masked": (lambda: np.ma.masked_less(good(), 0.1), "masked array.*filled"),
    "a missing nullable int": (lambda: with_missing("Int64"), "contains NaN"),
    "a missing nullable float": (lambda: with_missing("Float64"), "contains NaN"),
    "None": (lambda: np.where(good() < 0.1, None, good()), "contains NaN"),
    "times": (lambda: good().astype("M8[s]"), "holds times"),
    "durations": (lambda: good().astype("m8[s]"), "holds times"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", MODELS)
def test_what_is_no_number_is_refused_in_words(name, kind):
    make, message = REFUSED[kind]
    model = MODELS[name]().fit(good())
    with pytest.raises(ValueError, match=message):
        model.transform(make())


@pytest.mark.parametrize("huge", [2**63 - 1, 1e30, -1e30])
def test_the_error_of_huge_numbers_is_huge_and_not_nan(huge):
    x = good().astype(np.float64)
    x[3] = huge
    for name in ("PCA", "ProbabilisticPCA", "Autoencoder", "SparseAutoencoder"):
        error = MODELS[name]().fit(good()).reconstruction_error(x)
        # a bounded code leaves nearly all of it, a linear one some
        assert error > 1e-3 * float(huge) ** 2, name


def test_bytes_do_not_wrap_around():
    x = (good() * 255).astype(np.uint8)
    model = Autoencoder(**SMALL).fit(x / 255.0)
    residual = model.reconstruct(x) - x.astype(np.float64)
    expected = np.sum(residual**2) / len(x)
    assert model.reconstruction_error(x) == pytest.approx(expected, rel=1e-6)


def test_bad_validation_data_is_named():
    with pytest.raises(ValueError, match="Input validation_data contains NaN"):
        Autoencoder(**SMALL).fit(good(), validation_data=spoiled(np.nan))
    with pytest.raises(ValueError, match="validation_data has 11 features"):
        Autoencoder(**SMALL).fit(good(), validation_data=good(d=11))


def test_sparse_input_is_refused_with_advice():
    sparse = pytest.importorskip("scipy.sparse").csr_matrix(good())
    with pytest.raises(TypeError, match="Sparse data.*toarray"):
        PCA(3).fit(sparse)
