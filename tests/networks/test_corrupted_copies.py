"""`corrupt`: a copy as the training makes them, of a model that need not be fitted."""

import numpy as np
import pytest

from scratchae import DenoisingAutoencoder, backend
from scratchae.networks.corruptions import CORRUPTIONS

X = np.random.default_rng(0).uniform(0.2, 0.8, (2000, 6)).astype(np.float32)
FOUND = {  # how much of the level is found in what has changed
    "gaussian": lambda x, new: (new - x).std(),
    "masking": lambda x, new: np.mean(new == 0),
    "salt_and_pepper": lambda x, new: np.mean((new == 0) | (new == 1)),
}


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_copy_has_its_level_its_type_and_its_seed(corruption, dtype):
    model = DenoisingAutoencoder(2, corruption=corruption, level=0.35, dtype=dtype)
    before = X.copy()
    copies = [model.corrupt(X, random_state=seed) for seed in (1, 1, 2)]
    assert np.array_equal(X, before) and copies[0].dtype == dtype
    assert FOUND[corruption](X, copies[0]) == pytest.approx(0.35, abs=0.02)
    assert np.array_equal(*copies[:2]) and not np.array_equal(*copies[1:])
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(model.corrupt(X, generator), copies[0])
    assert not np.array_equal(model.corrupt(X, generator), copies[0])


@pytest.mark.parametrize("options, rows, words", [
    ({"level": 1.5}, X, "'level' parameter of DenoisingAutoencoder must be"),
    ({"level": -0.1, "corruption": "gaussian"}, X, "'level' parameter of Denoising"),
    ({"corruption": "blur"}, X, "'corruption' parameter of DenoisingAutoencoder"),
    ({"loss": "bernoulli"}, X + 1, "expects X with values in"),
    ({}, np.where(X > 0.7, np.nan, X), "^Input X contains NaN"),
    ({}, X[0], "^Expected 2D array"),
])
def test_what_a_training_would_refuse_is_not_corrupted(options, rows, words):
    with pytest.raises(ValueError, match=words):
        DenoisingAutoencoder(2, **options).corrupt(rows, 0)


@pytest.mark.filterwarnings("ignore:DenoisingAutoencoder. training ended")
def test_a_fitted_model_corrupts_as_its_training_did():
    model = DenoisingAutoencoder(2, corruption="masking", level=0.35, epochs=1,
                                 verbose=False).fit(X)
    before = model.corrupt(X, 0)
    model.set_params(corruption="gaussian", level=0.1, dtype="float64")
    after = model.corrupt(X, 0)
    np.testing.assert_array_equal(after, before)
    assert after.dtype == np.float32
    with pytest.raises(ValueError, match="X has 5 features, but .* 6 features"):
        model.corrupt(X[:, :5], 0)
