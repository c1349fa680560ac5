"""Sparse, contractive and denoising autoencoders do what their names say."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from scratchae import Autoencoder, DenoisingAutoencoder, SparseAutoencoder
from scratchae.data import load_strokes
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.sparse import SparseNetwork

FAST = {"verbose": False, "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    return load_strokes(n_train=2000, n_test=200, random_state=0).x


@pytest.mark.lecture03
def test_mean_activation_reaches_rho(digits):
    x, _ = digits
    model = SparseAutoencoder(
        100, penalty_weight=10.0, batch_size=32, epochs=15, learning_rate=5e-3, **FAST
    ).fit(x)
    assert model.transform(x).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.lecture03
@pytest.mark.parametrize("weight", [0, 0.0, 1.0])
def test_a_penalty_without_weight_counts_nothing_though_it_is_infinite(weight):
    """A unit that every image saturates has a divergence of infinity."""
    network = SparseNetwork((3, 2), "kl", weight, code_activation="sigmoid",
                            dtype=np.float64)
    network.encoder.layers[0].b[0] = 1e3
    x = np.random.default_rng(0).random((5, 3))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        losses = network.loss(x)
        network.backward()
    assert losses["penalty"] == np.inf
    assert losses["loss"] == (np.inf if weight else losses["recon"])
    assert np.isfinite(network.parameters.grad).all() == (weight == 0)


@pytest.mark.lecture03
def test_sparsity_rises_with_lambda(digits):
    x, _ = digits
    active = [
        np.mean(
            SparseAutoencoder(
                100, penalty="l1", penalty_weight=weight, epochs=5, **FAST
            )
            .fit(x)
            .transform(x)
            > 1e-3
        )
        for weight in (0.0, 0.1, 1.0)
    ]
    assert active[0] > active[1] > active[2]


@pytest.mark.lecture03
def test_top_k_codes_have_k_active_units(digits):
    x, x_test = digits
    model = SparseAutoencoder(100, penalty="top_k", n_active=7, epochs=3, **FAST)
    codes = model.fit(x).transform(x_test)
    assert ((codes != 0).sum(axis=1) <= 7).all()
    np.testing.assert_array_equal(
        model.reconstruct(x_test), model.inverse_transform(codes)
    )


@pytest.mark.lecture03
def test_contractive_penalty_shrinks_the_jacobian(digits):
    x, _ = digits
    last = [
        SparseAutoencoder(
            64, penalty="contractive", penalty_weight=weight, epochs=5, **FAST
        )
        .fit(x)
        .history_["penalty"][-1]
        for weight in (0.0, 0.1)
    ]
    assert last[1] < 0.8 * last[0]


@pytest.mark.lecture03
def test_eq_3_8_loss_is_reconstruction_plus_weighted_penalty(digits):
    """Of one epoch whose one step is too small to move a weight."""
    x = digits[0][:100]
    model = SparseAutoencoder(
        50, penalty="l1", penalty_weight=0.3, epochs=1, batch_size=100,
        **FAST | {"learning_rate": 1e-300, "dtype": "float64"},
    ).fit(x)
    recon = np.mean(np.sum((model.reconstruct(x) - x) ** 2, axis=1))
    penalty = np.mean(np.sum(np.abs(model.transform(x)), axis=1))
    expected = {"recon": recon, "penalty": penalty, "loss": recon + 0.3 * penalty}
    shown = {name: model.history_[name][0] for name in expected}
    assert shown == pytest.approx(expected, rel=1e-12)


@pytest.mark.lecture03
@pytest.mark.parametrize(
    "params, message",
    [
        ({"penalty": "L1"}, "Did you mean 'l1'?"),
        ({"rho": 0}, r"range \(0, 1\)"),
        ({"n_active": 0}, "n_active"),
        ({"penalty": "kl", "code_activation": "relu"}, "expected 'sigmoid'"),
        ({"penalty": "contractive", "hidden_layer_sizes": (9,)}, "one encoder layer"),
        ({"penalty": "contractive", "code_activation": "relu"}, "one encoder layer"),
    ],
)
def test_sparse_bad_parameters(params, message, digits):
    with pytest.raises(ValueError, match=message):
        SparseAutoencoder(**params, **FAST).fit(digits[0])


@pytest.mark.lecture04
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_corruption_has_its_moments(corruption, rng):
    x = np.full((200, 500), 0.5)
    noisy = CORRUPTIONS[corruption](0.3).corrupt(x, rng)
    assert (x == 0.5).all()
    expected = {
        "gaussian": (0.5, 0.3),
        "masking": (0.35, 0.5 * np.sqrt(0.3 * 0.7)),
        "salt_and_pepper": (0.5, np.sqrt(0.3) * 0.5),
    }[corruption]
    error = 5 / np.sqrt(x.size)
    assert noisy.mean() == pytest.approx(expected[0], abs=error)
    assert noisy.std() == pytest.approx(expected[1], abs=error)


@pytest.mark.lecture04
def test_eq_4_1_target_is_the_clean_image(rng):
    network = DenoisingNetwork((7, 4), "masking", 0.5)
    x = rng.uniform(0.1, 1, size=(20, 7)).astype(np.float32)
    drawn = network.draw(x, rng)
    np.testing.assert_array_equal(drawn["target"], x)
    assert (drawn["x"] != x).any()


@pytest.mark.lecture04
def test_eq_4_2_corrupted_pixels_weigh_more(rng):
    plain = DenoisingNetwork((7, 4), "masking", 0.5, dtype=np.float64)
    double = DenoisingNetwork((7, 4), "masking", 0.5, 2.0, dtype=np.float64)
    x = rng.uniform(0.1, 1, size=(20, 7))
    for network in (plain, double):
        network.parameters.theta[...] = 0
        network.decoder.layers[-1].b[...] = 0.3  # is the output
    drawn = plain.draw(x, rng)
    hit = drawn["x"] != x
    assert plain.loss(**drawn)["loss"] == pytest.approx(np.sum((0.3 - x) ** 2) / 20)
    by_hand = np.sum(np.where(hit, 2, 1) * (0.3 - x) ** 2) / 20
    assert double.loss(**drawn)["loss"] == pytest.approx(by_hand)


@pytest.mark.lecture04
def test_denoiser_beats_doing_nothing(digits):
    x, x_test = digits
    model = DenoisingAutoencoder(
        200, corruption="gaussian", batch_size=32, epochs=10, **FAST
    ).fit(x)
    noise = 784 * 0.3**2
    assert model.evaluate(x_test)["denoising_sse"] < 0.5 * noise


@pytest.mark.lecture04
@pytest.mark.parametrize(
    "params, message",
    [
        ({"corruption": "gauss"}, "Did you mean 'gaussian'?"),
        ({"level": 1.5}, "level"),
        ({"level": -1}, "level"),
        ({"corrupted_weight": 2, "loss": "bernoulli"}, "corrupted_weight"),
    ],
)
def test_denoising_bad_parameters(params, message, digits):
    with pytest.raises(ValueError, match=message):
        DenoisingAutoencoder(**params, **FAST).fit(digits[0])


@pytest.fixture(scope="module")
def few():
    """60 images of 8 x 8 pixels, too few for 200 units that nothing restrains."""
    images = load_digits().data / 16
    return images[np.random.default_rng(0).permutation(len(images))[:60]]


SCORED = {
    "autoencoder": Autoencoder(5, (), epochs=2, **FAST),
    "noise": DenoisingAutoencoder(90, level=0.5, epochs=2, **FAST),
    "weighted noise": DenoisingAutoencoder(90, corrupted_weight=3.0, epochs=2, **FAST),
    "kl": SparseAutoencoder(90, penalty_weight=5.0, epochs=2, **FAST),
    "l1": SparseAutoencoder(90, penalty="l1", penalty_weight=5.0, epochs=2, **FAST),
    "top_k": SparseAutoencoder(90, penalty="top_k", n_active=3, epochs=2, **FAST),
    "contractive": SparseAutoencoder(90, penalty="contractive", epochs=2, **FAST),
}


@pytest.mark.parametrize("name", SCORED)
@pytest.mark.parametrize("loss", ["squared_error", "bernoulli"])
def test_score_is_the_reconstruction_of_the_images_as_they_are(name, loss, few):
    if name == "weighted noise" and loss == "bernoulli":
        return
    model = SCORED[name].set_params(loss=loss).fit(few)
    x_hat = model.inverse_transform(model.transform(few)).astype(np.float64)
    if loss == "squared_error":
        each = np.sum((few - x_hat) ** 2, axis=1)
    else:
        each = -np.sum(few * np.log(x_hat) + (1 - few) * np.log1p(-x_hat), axis=1)
    assert model.score(few) == pytest.approx(-each.mean(), rel=1e-4)


@pytest.mark.lecture04
def test_a_grid_search_finds_the_noise_that_generalises(few):
    """Scored under its own noise, no noise would win whatever it is good for."""
    model = DenoisingAutoencoder(200, corruption="gaussian", batch_size=32, epochs=100,
                                 learning_rate=5e-3, **FAST)
    search = GridSearchCV(model, {"level": [0.0, 0.1, 0.5]}, cv=3).fit(few)
    assert search.best_params_ == {"level": 0.1}


@pytest.mark.lecture04
def test_a_grid_search_under_one_noise_for_all_finds_a_denoiser(few):
    def on_noisy_images(model, x, y=None):
        noise = np.random.default_rng(0).normal(size=x.shape)
        return -np.mean((model.reconstruct(x + 0.3 * noise) - x) ** 2)

    model = DenoisingAutoencoder(200, corruption="gaussian", batch_size=32, epochs=50,
                                 learning_rate=5e-3, **FAST)
    grid = {"level": [0.0, 0.1, 0.3]}
    search = GridSearchCV(model, grid, cv=3, scoring=on_noisy_images).fit(few)
    assert search.best_params_ == {"level": 0.3}
