"""Decoders, posteriors, bounds, conditional models, likelihoods and diagnosis."""

from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import (
    ConditionalVariationalAutoencoder,
    StackedClassifier,
    VariationalAutoencoder,
    load,
)
from scratchae.analysis import kl_per_dimension, mutual_information
from scratchae.analysis.features import filters, maximising_images
from scratchae.data import load_strokes
from scratchae.formulas.reparameterization import (
    cholesky_factor_forward,
    reparameterize_cholesky_forward,
)
from scratchae.networks.posteriors import DiagonalPosterior

FAST = {"hidden_layer_sizes": (30,), "epochs": 3, "verbose": False, "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    return load_strokes(n_train=1500, n_test=100, random_state=0)


@pytest.fixture(scope="module")
def fitted(digits):
    return VariationalAutoencoder(4, **FAST).fit(digits.x[0])


@pytest.mark.lecture09
def test_eq_9_5_cholesky_samples_have_mean_and_covariance(rng):
    log_var, lower = rng.normal(size=(1, 3)), rng.normal(size=(1, 3))
    L, _ = cholesky_factor_forward(log_var, lower)
    assert (np.diagonal(L[0]) > 0).all() and (np.triu(L[0], 1) == 0).all()
    mu, eps = np.array([[1.0, -2, 0.5]]), rng.normal(size=(100_000, 3))
    n = len(eps)
    z, _ = reparameterize_cholesky_forward(np.repeat(mu, n, 0), np.repeat(L, n, 0), eps)
    covariance = L[0] @ L[0].T
    scale = np.sqrt(np.diagonal(covariance))
    assert (np.abs(z.mean(axis=0) - mu[0]) < 4 * scale / np.sqrt(n)).all()
    np.testing.assert_allclose(np.cov(z.T), covariance, atol=0.02 * covariance.max())
    without_half = np.exp(log_var)  # the planted mistake
    assert not np.allclose(z.std(axis=0)[0], without_half[0, 0], rtol=0.05)


@pytest.mark.lecture11
def test_log_likelihood_lies_above_the_bound_and_rises_with_samples(fitted, digits):
    x = digits.x[1]
    one, many = (fitted.log_likelihood(x, K) for K in (1, 200))
    assert one.mean < many.mean
    assert fitted.score(x) < many.mean
    assert (many.effective_sample_size >= 1).all()
    assert (many.effective_sample_size <= 200 + 1e-6).all()
    with pytest.raises(ValueError, match="n_importance"):
        fitted.log_likelihood(x, 0)


@pytest.mark.lecture10
@pytest.mark.parametrize(
    "options",
    [
        {"posterior": "full"},
        {"decoder": "gaussian"},
        {"decoder": "gaussian", "decoder_variance": 0.1},
        {"objective": "iwae", "n_samples": 3},
        {"n_samples": 3},
        {"free_bits": 0.2},
    ],
    ids=str,
)
def test_every_variant_learns_saves_and_loads(options, digits, tmp_path):
    x, x_test = digits.x
    model = VariationalAutoencoder(4, **FAST, **options).fit(x)
    stuck = VariationalAutoencoder(4, **FAST, **options, learning_rate=1e-12).fit(x)
    assert model.score(x_test) > stuck.score(x_test) + 3
    mean, std = model.encode_distribution(x_test)
    assert mean.shape == std.shape == (100, 4) and (std > 0).all()
    assert model.reconstruct(x_test, mode="sample").shape == x_test.shape
    model.save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.evaluate(x_test) == model.evaluate(x_test)


@pytest.mark.lecture10
@pytest.mark.parametrize(
    "options, message",
    [
        ({"decoder": "gauss"}, "Did you mean 'gaussian'?"),
        ({"posterior": "ful"}, "Did you mean 'full'?"),
        ({"decoder_variance": 0}, "decoder_variance"),
        ({"n_samples": 0}, "n_samples"),
        ({"objective": "iwae", "kl_weight": 2}, "no divergence term to weigh"),
        ({"free_bits": 1, "posterior": "full"}, "expected posterior='diagonal'"),
    ],
)
def test_bad_options(options, message, digits):
    with pytest.raises(ValueError, match=message):
        VariationalAutoencoder(4, **FAST, **options).fit(digits.x[0])


@pytest.mark.lecture10
def test_conditional_model_is_told_the_class(digits, tmp_path):
    (x, x_test), (y, y_test) = digits.x, digits.labels
    model = ConditionalVariationalAutoencoder(2, **FAST).fit(x, y)
    assert model.transform(x_test, y_test).shape == (100, 2)
    zeros, ones = (model.sample(np.full(50, c), random_state=0) for c in (0, 1))
    assert np.abs(zeros.mean(axis=0) - ones.mean(axis=0)).max() > 0.1
    model.save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.score(x_test, y_test) == model.score(x_test, y_test)
    with pytest.raises(ValueError, match=r"unknown labels \[77\]"):
        model.sample([77])
    with pytest.raises(ValueError, match="one label for each of the 1500 rows"):
        model.fit(x, y[:-1])


@pytest.mark.lecture10
def test_the_label_improves_the_likelihood(digits, fitted):
    (x, x_test), (y, y_test) = digits.x, digits.labels
    told = ConditionalVariationalAutoencoder(4, **FAST).fit(x, y)
    assert told.score(x_test, y_test) > fitted.score(x_test)


NLL = {
    "bernoulli": lambda x, p: -np.sum(x * np.log(p) + (1 - x) * np.log1p(-p), axis=1),
    "gaussian": lambda x, m: np.sum((x - m) ** 2, axis=1) / (2 * 3),
}


@pytest.mark.lecture10
@pytest.mark.parametrize("decoder", NLL)
def test_rows_without_a_label_count_as_of_the_class_with_the_highest_bound(
    decoder, rng
):
    x = rng.uniform(size=(90, 6))
    model = ConditionalVariationalAutoencoder(
        2, (8,), decoder=decoder, decoder_variance=3, dtype="float64", epochs=3,
        random_state=0, verbose=False,
    ).fit(x, np.arange(90) % 3)
    for network in (model.encoder_, model.decoder_):
        network.layers[-1].W[...] *= 2  # neither term decides alone
    nll, kl = np.empty((2, 90, 3))
    for c in range(3):
        mean, std = model.encode_distribution(x, c)
        nll[:, c] = NLL[decoder](x, model.inverse_transform(mean, c))
        kl[:, c] = np.sum(mean**2 + std**2 - 1 - 2 * np.log(std), axis=1) / 2
    label = np.argmin(nll + kl, axis=1)
    for other in (nll, kl, nll - kl):
        assert (other.argmin(axis=1) != label).mean() > 0.1
    for method in (model.transform, model.reconstruct):
        np.testing.assert_allclose(method(x), method(x, label), rtol=1e-12)


@pytest.mark.lecture04
def test_stacked_classifier_learns_and_pretraining_is_used(digits):
    (x, x_test), (y, y_test) = digits.x, digits.labels
    options = {"verbose": False, "random_state": 0, "epochs": 10, "batch_size": 32}
    model = StackedClassifier((60, 40), pretrain_epochs=2, **options).fit(x, y)
    assert model.score(x_test, y_test) > 0.7
    assert [layer.n_components for layer in model.layers_] == [60, 40]
    assert model.transform(x_test).shape == (100, 40)
    plain = StackedClassifier((60, 40), pretrain_epochs=0, **options).fit(x, y)
    assert plain.history_["loss"] != model.history_["loss"]
    with pytest.raises(ValueError, match="one label for each"):
        model.fit(x, y[:3])


@pytest.mark.lecture04
def test_eq_4_7_fine_tuning_has_the_loss_of_the_labels(rng):
    """The loss of the first epoch, whose one step is too small to move a weight."""
    x, y = rng.uniform(size=(40, 6)), rng.integers(0, 3, 40)
    model = StackedClassifier(
        (5, 4), activation="sigmoid", pretrain_epochs=1, epochs=1, batch_size=40,
        learning_rate=1e-300, dtype="float64", random_state=0, verbose=False,
    ).fit(x, y)
    h, W = x, model.parameters_.values
    for i in range(2):
        h = 1 / (1 + np.exp(-h @ W[f"encoder.{i}.W"] - W[f"encoder.{i}.b"]))
    p = np.exp(h @ W["encoder.2.W"] + W["encoder.2.b"])
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(x), p)
    nll = -np.mean(np.log(p[np.arange(40), y]))
    assert model.history_["loss"][0] == pytest.approx(nll, rel=1e-12)


@pytest.mark.lecture03
def test_maximising_images_excite_their_unit_most(fitted, digits):
    images = maximising_images(fitted, norm=5.0, steps=60)
    assert images.shape == (4, 784)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 5, rtol=1e-4)
    excited = (
        fitted.transform_raw(images)
        if hasattr(fitted, "transform_raw")
        else (fitted.encoder_.predict(images.astype(np.float32))[:, :4])
    )
    scaled = digits.x[1] / np.linalg.norm(digits.x[1], axis=1)[:, None] * 5
    others = fitted.encoder_.predict(scaled.astype(np.float32))[:, :4]
    assert (np.diagonal(excited) > others.max(axis=0)).all()
    assert filters(fitted).shape == (30, 784)


class Stretched:
    """Codes of two dimensions: one follows the data, the other the prior."""

    network_ = SimpleNamespace(k=2, posterior=DiagonalPosterior(2))

    def __init__(self, n, sigma):
        mu = np.column_stack([np.linspace(-2, 2, n), np.zeros(n)])
        log_var = np.column_stack([np.full(n, 2 * np.log(sigma)), np.zeros(n)])
        self.head = np.hstack([mu, log_var])

    def encoder_output(self, X, random_state):
        return self.head


@pytest.mark.lecture11
def test_mutual_information_of_precise_codes_is_log_n_and_of_the_prior_zero(rng):
    X = np.zeros((50, 1))
    precise = mutual_information(Stretched(50, 1e-3), X, rng=rng)
    assert precise == pytest.approx(np.log(50))
    prior = Stretched(50, 1.0)
    prior.head = np.zeros((50, 4))
    assert mutual_information(prior, X, rng=rng) == pytest.approx(0, abs=1e-12)


@pytest.mark.lecture11
def test_a_variance_in_the_place_of_the_std_changes_the_divergence_per_dimension():
    X, model = np.zeros((50, 1)), Stretched(50, 0.5)
    kl = kl_per_dimension(model, X)
    mean_square = np.mean(model.head[:, 0] ** 2)
    by_hand = 0.5 * (mean_square + 0.25 - 1 - np.log(0.25))
    np.testing.assert_allclose(kl, [by_hand, 0], atol=1e-12)
    model.head[:, 2] *= 2  # the planted mistake
    assert kl_per_dimension(model, X)[0] != pytest.approx(by_hand, abs=0.1)


@pytest.mark.parametrize("value", [0.1, 1e5 / 3, -7e-3])
def test_data_without_variance_are_refused_whatever_their_mean_rounds_to(value):
    model = VariationalAutoencoder(2, (5,), decoder="gaussian", epochs=1, verbose=False)
    with pytest.raises(ValueError, match="The data have no variance"):
        model.fit(np.full((3000, 4), value))
