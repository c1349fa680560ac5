"""What is drawn: means, spreads, and that nothing is drawn twice the same way.

Tolerances are five standard errors of the moment at hand.
"""

import numpy as np
import pytest
import recipes

from scratchae import (
    ConditionalVariationalAutoencoder,
    ProbabilisticPCA,
    VariationalAutoencoder,
    backend,
)
from scratchae.formulas import corruption
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.backend import ops

pytestmark = pytest.mark.lecture10
GREY = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
N = 40_000
BACKENDS = pytest.mark.parametrize("which", ["numba", "numpy"])


def check_moments(draws, mean, std):
    """draws : (N, d) independent rows; mean, std : (d,)."""
    draws = np.asarray(draws, dtype=np.float64)
    mean, std = np.broadcast_arrays(mean, std, draws[0])[:2]
    error = 5 * std / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - mean) <= error + 1e-6).all()
    fourth = np.mean((draws - mean) ** 4, axis=0) - std**4
    error = 5 * np.sqrt(np.maximum(fourth, 0) / len(draws))
    assert (np.abs(np.mean((draws - mean) ** 2, axis=0) - std**2) <= error + 1e-6).all()


@BACKENDS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_images_have_the_grey_image_as_their_mean(which, dtype):
    network = VariationalNetwork((5, 2), dtype=dtype)
    x, rng = np.tile(GREY, (N, 1)).astype(dtype), np.random.default_rng(0)
    with backend(which):
        first = network.draw(x, rng)["x"].copy()
        again = network.draw(x, rng)["x"].copy()
    assert first.dtype == dtype and np.isin(first, (0, 1)).all()
    check_moments(first, GREY, np.sqrt(GREY * (1 - GREY)))
    covariance = np.cov(first.T)  # pixels are drawn apart
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 5 * 0.25 / 200
    neighbours = np.mean(first[1:, 1:4] == first[:-1, 1:4], axis=0)  # and rows
    p = GREY[1:4]
    np.testing.assert_allclose(neighbours, p**2 + (1 - p) ** 2, atol=5 * 0.5 / 200)
    assert (first != again).any() and (first[:, [0, 4]] == [0, 1]).all()


@BACKENDS
def test_the_noise_is_standard_normal_and_new_in_every_row_and_call(which):
    network = VariationalNetwork((5, 3), n_samples=2)
    x, rng = np.full((N // 2, 5), 0.5, np.float32), np.random.default_rng(0)
    with backend(which):
        first, again = (network.draw(x, rng)["eps"].copy() for _ in range(2))
    assert first.shape == (N, 3)
    check_moments(first, 0, 1)
    products = [
        first[: N // 2] * first[N // 2 :],
        first * again,
        first[1:] * first[:-1],
    ]
    for product in products:  # samples, calls and rows are independent
        check_moments(product, 0, 1)


NOISES = {  # name: amount; mean and standard deviation of what 0.3 becomes
    "gaussian": (0.2, 0.3, 0.2),
    "masking": (0.25, 0.75 * 0.3, 0.3 * np.sqrt(0.25 * 0.75)),
    "salt_and_pepper": (0.4, 0.6 * 0.3 + 0.2,
                        np.sqrt(0.6 * 0.09 + 0.2 - (0.6 * 0.3 + 0.2) ** 2)),
}


@BACKENDS
@pytest.mark.parametrize("name", NOISES)
def test_corruptions_have_the_moments_of_their_docstrings(name, which):
    amount, mean, std = NOISES[name]
    x, rng = np.full((N, 3), 0.3), np.random.default_rng(0)
    with backend(which):
        corruption = CORRUPTIONS[name](amount)
        first, again = corruption.corrupt(x, rng), corruption.corrupt(x, rng)
    check_moments(first, mean, std)
    assert (x == 0.3).all() and (first != again).any()
    if name == "masking":
        assert set(np.unique(first)) == {0, 0.3}
    if name == "salt_and_pepper":
        share = [np.mean(first == value) for value in (0, 0.3, 1)]
        np.testing.assert_allclose(share, [0.2, 0.6, 0.2], atol=0.01)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_kernels_give_what_the_formulas_give(dtype):
    """On draws that hit every threshold exactly as well."""
    rng = np.random.default_rng(0)
    x = rng.random((300, 7), dtype)
    uniform = rng.random((300, 7), dtype)
    uniform[:3] = [[0], [0.2], [0.4]]
    x[3:9] = uniform[3:9]
    expected = {
        "binarize": corruption.binarize(x, uniform),
        "add_gaussian_noise": corruption.add_gaussian_noise(x, uniform, 0.4),
        "mask": corruption.mask(x, uniform, 0.4),
        "salt_and_pepper": corruption.salt_and_pepper(x, uniform, 0.4),
    }
    for which in ("numba", "numpy"):
        with backend(which):
            for name, values in expected.items():
                amount = () if name == "binarize" else (0.4,)
                got = getattr(ops, name)(x, uniform, *amount)
                np.testing.assert_allclose(got, values, rtol=1e-6, err_msg=name)
                assert got.dtype == dtype


# Models of 2 numbers without hidden layers, whose weights we set: all is known.
W = np.array([[1.0, -0.5, 0.3, 0.0], [0.2, 0.8, -1.0, 0.0]])
B = np.array([0.1, -0.2, 0.3, 0.7])


def linear(kind=VariationalAutoencoder, labels=(), **options):
    x = np.random.default_rng(0).random((30, 4))
    model = kind(2, (), epochs=1, random_state=0, verbose=False, dtype="float64",
                 **options).fit(x, *labels)
    values = model.parameters_.values
    for value in values.values():
        value[...] = 0
    values["decoder.0.W"][:2], values["decoder.0.b"][...] = W, B
    if "pixel_log_var" in values:
        values["pixel_log_var"][...] = np.log(0.3)
    values["encoder.0.W"][0, 0], values["encoder.0.b"][2:4] = 1.0, np.log([0.5, 2.0])
    return model


GAUSSIAN = {"decoder": "gaussian"}
SAMPLERS = {
    "learned variance": (lambda: linear(**GAUSSIAN), 0.3),
    "fixed variance": (lambda: linear(decoder_variance=0.7, **GAUSSIAN), 0.7),
    "conditional": (lambda: linear(ConditionalVariationalAutoencoder,
                                   (np.arange(30) % 3,), **GAUSSIAN), 0.3),
}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("mode", ["mean", "sample"])
def test_new_images_have_the_moments_of_the_model(name, mode):
    """x = z W + b + sigma e: covariance W^T W, and sigma^2 more where it is drawn."""
    model, variance = SAMPLERS[name][0](), SAMPLERS[name][1]
    what = np.full(N, 1) if name == "conditional" else N
    drawn = model.sample(what, mode=mode, random_state=1)
    noise = variance if mode == "sample" else 0
    check_moments(drawn, B, np.sqrt(np.sum(W * W, axis=0) + noise))
    expected = W.T @ W + noise * np.eye(4)
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.05)


@pytest.mark.parametrize("kind", [VariationalAutoencoder,
                                  ConditionalVariationalAutoencoder])
def test_both_modes_decode_the_same_codes_and_the_mean_is_the_default(kind):
    conditional = kind is ConditionalVariationalAutoencoder
    model = linear(kind, (np.arange(30) % 3,) if conditional else (), **GAUSSIAN)
    what = np.arange(N) % 3 if conditional else N
    mean = model.sample(what, random_state=4)
    np.testing.assert_array_equal(mean, model.sample(what, "mean", 4))
    check_moments(model.sample(what, "sample", 4) - mean, 0, np.sqrt(0.3))
    assert (mean != model.sample(what, random_state=5)).any()
    with pytest.raises(ValueError, match="'mode' parameter of .*sample must be a str"):
        model.sample(what, mode="both")


def test_binary_samples_are_drawn_with_the_probabilities_that_the_mean_shows():
    model = linear()
    means = model.sample(N, random_state=4)
    drawn = model.sample(N, mode="sample", random_state=4)
    assert np.isin(drawn, (0, 1)).all() and ((means > 0) & (means < 1)).all()
    check_moments((drawn - means) / np.sqrt(means * (1 - means)), 0, 1)


def test_probabilistic_pca_samples_by_the_same_rule():
    x = np.random.default_rng(0).normal(size=(200, 4)) @ np.diag([3, 2, 1, 1])
    model = ProbabilisticPCA(2, dtype="float64").fit(x)
    mean = model.sample(N, random_state=4)
    noise = model.sample(N, mode="sample", random_state=4) - mean
    check_moments(noise, 0, np.sqrt(model.noise_variance_))
    np.testing.assert_allclose(np.cov(mean.T), model.W_ @ model.W_.T, atol=0.3)


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
@pytest.mark.parametrize("decoder", ["gaussian", "bernoulli"])
def test_drawn_reconstructions_have_the_moments_of_code_and_pixels(decoder, posterior):
    """z ~ N(mu, S) with mu = (x_0, 0), then x ~ p(x|z), for N copies of one image."""
    model = linear(decoder=decoder, posterior=posterior)
    S = np.diag([0.5, 2.0])
    if posterior == "full":
        model.parameters_.values["encoder.0.b"][4] = 0.6  # L = [[.7, 0], [.6, 1.4]]
        L = np.array([[np.sqrt(0.5), 0], [0.6, np.sqrt(2)]])
        S = L @ L.T
    copies = np.tile([0.4, 0.5, 0.6, 0.7], (N, 1))
    drawn = model.reconstruct(copies, mode="sample", random_state=3)
    again = model.reconstruct(copies, mode="sample", random_state=4)
    assert (drawn != again).any()
    centre = 0.4 * W[0] + B
    if decoder == "gaussian":
        check_moments(drawn, centre, np.sqrt(np.diag(W.T @ S @ W) + 0.3))
        covariance = W.T @ S @ W + 0.3 * np.eye(4)
        np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.15)
        return
    # The mean over z of a logistic: Gauss-Hermite along the line that z W moves on.
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    spread = np.sqrt(np.diag(W.T @ S @ W))  # (4,)
    p = 1 / (1 + np.exp(-(centre + nodes[:, None] * spread)))
    p = weights @ p / weights.sum()
    check_moments(drawn, p, np.sqrt(p * (1 - p)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1, 30])
def test_what_a_bernoulli_decoder_gives_are_probabilities(dtype, scale):
    x = np.random.default_rng(0).random((50, 4))
    model = VariationalAutoencoder(2, (3,), epochs=1, random_state=0, verbose=False,
                                   dtype=dtype).fit(x)
    model.parameters_.values["decoder.1.W"][...] *= scale
    codes = model.transform(x)
    logits = model.decoder_.predict(codes).astype(np.float64)
    expected = 1 / (1 + np.exp(-logits))
    assert (logits < 0).any() or (logits > 1).any()
    given = {
        "inverse_transform": model.inverse_transform(codes),
        "reconstruct": model.reconstruct(x),
        "pixels": model.network_.pixels.mean(logits),
    }
    for name, values in given.items():
        np.testing.assert_allclose(values, expected, rtol=1e-5, err_msg=name)
    new = model.sample(500, random_state=0)
    z = np.random.default_rng(0).standard_normal((500, 2))
    np.testing.assert_allclose(new, model.inverse_transform(z), rtol=1e-6)
    drawn = [model.reconstruct(x, "sample", 0), model.sample(9, "sample", 0)]
    for values in (new, *given.values(), *drawn):
        assert values.min() >= 0 and values.max() <= 1
    assert all(np.isin(values, (0, 1)).all() for values in drawn)


CHANGES = {  # parameter: another value; each must change the losses of a short training
    "n_components": 3, "hidden_layer_sizes": (6,), "activation": "tanh",
    "decoder_layer_sizes": (6,), "layer": recipes.Gated(),
    "binarize": False, "decoder": "gaussian", "posterior": "full", "objective": "iwae",
    "n_samples": 2, "samples_warmup_epochs": 2, "gradient_samples": 1,
    "kl_weight": 0.5, "kl_warmup_epochs": 3, "free_bits": 0.5,
    "momentum": 0.5, "beta1": 0.5, "beta2": 0.9,
    "optimizer": "sgd", "learning_rate": 1e-3, "schedule": "constant",
    "weight_decay": 1.0, "batch_size": 16, "epochs": 3, "validation_fraction": 0.5,
    "random_state": 1, "dtype": "float64", "decoder_variance": 0.1, "shift": 1.0,
    "image_shape": (1, 4),
}
WITHOUT_EFFECT_HERE = {"verbose", "patience"}  # patience: tests of the training


def test_every_parameter_is_in_the_table():
    names = set(VariationalAutoencoder().get_params())
    assert names == set(CHANGES) | WITHOUT_EFFECT_HERE


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_changes_the_training(name):
    x = np.random.default_rng(0).random((64, 4))
    base = {"n_components": 2, "hidden_layer_sizes": (5,), "batch_size": 32,
            "epochs": 2, "random_state": 0, "verbose": False}
    if name == "decoder_variance":
        base["decoder"] = "gaussian"
    if name == "momentum":
        base["optimizer"] = "momentum"
    if name in ("objective", "samples_warmup_epochs", "gradient_samples"):
        base["n_samples"] = 2  # one would be the same bound, and cannot rise
    if name == "image_shape":
        base["shift"] = 1.0  # of 2 x 2 pixels
    if name == "gradient_samples":
        base["objective"] = "iwae"
    with backend("numpy"):
        before = VariationalAutoencoder(**base).fit(x).history_["loss"]
        again = VariationalAutoencoder(**base).fit(x).history_["loss"]
        changed = VariationalAutoencoder(**base | {name: CHANGES[name]}).fit(x)
    assert before == again
    assert changed.history_["loss"] != before
