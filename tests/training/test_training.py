"""The training loop: order, guards, early stopping."""

import sys
import time
from collections import Counter

import numpy as np
import pytest

from scratchae import (
    Autoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.formulas import dense
from scratchae.networks.variational import VariationalNetwork
from scratchae.training.loop import TrainingSettings, is_complete, train
from scratchae.training.progress import Progress

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "batch_size": 32,
         "random_state": 0, "verbose": False}
REST = {"batch_size": 32, "learning_rate": 1e-3, "random_state": 0, "verbose": False}
KINDS = [Autoencoder, DenoisingAutoencoder, SparseAutoencoder, VariationalAutoencoder]


@pytest.fixture
def x(rng):
    return rng.uniform(size=(100, 12)).astype(np.float32)


def test_training_lowers_the_loss(x):
    history = Autoencoder(epochs=20, **SMALL).fit(x).history_
    assert history["loss"][-1] < 0.9 * history["loss"][0]


@pytest.mark.parametrize("tied_weights", [False, True])
def test_a_linear_training_on_the_formulas_reaches_the_loss_of_pca(tied_weights, rng):
    """The sum of the squared singular values that two dimensions leave out, over n.

    A wrong sign in `formulas/dense.py`, in y, dx, dW or db, ends elsewhere.
    """
    x = rng.uniform(size=(60, 6)) * [1, 0.8, 0.3, 0.2, 0.1, 0.1]
    model = Autoencoder(
        2, (), code_activation="identity", tied_weights=tied_weights, epochs=200,
        batch_size=20, learning_rate=0.05, dtype="float64", random_state=0,
        verbose=False,
    )
    with backend("numpy"):
        loss = -model.fit(x).score(x)
    left_out = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[2:]
    best = np.sum(left_out**2) / len(x)
    assert best <= loss < 1.001 * best


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_on_the_numpy_backend_passes_through_the_formulas_of_a_layer(kind, x):
    """Four layers, 3 epochs of 4 batches. The first layer needs no dx."""
    calls = Counter()

    def count(frame, event, _):
        if event == "call" and frame.f_code.co_filename == dense.__file__:
            calls[frame.f_code.co_name] += 1

    before = sys.getprofile()
    with backend("numpy"):
        sys.setprofile(count)
        try:
            kind(epochs=3, **SMALL).fit(x)
        finally:
            sys.setprofile(before)
    assert calls == {
        "dense_forward": 3 * 4 * 4, "dense_backward": 3 * 4 * 3,
        "dense_input_gradient": 3 * 4 * 3, "dense_weight_gradient": 3 * 4 * 4,
    }


def test_validation_set_is_reported(x):
    model = Autoencoder(epochs=2, **SMALL).fit(x, validation_data=x[:50])
    assert model.history_["val_loss"][-1] == pytest.approx(-model.score(x[:50]))


def test_validation_fraction_holds_out_the_last_part(x):
    model = Autoencoder(epochs=2, validation_fraction=0.3, **SMALL).fit(x)
    assert model.history_["val_loss"][-1] == pytest.approx(-model.score(x[70:]))


def test_reported_losses_are_means_over_images_also_with_a_short_last_batch(x):
    """Learning so slowly that every batch of the epoch meets the same weights."""
    model = Autoencoder(epochs=1, learning_rate=1e-12, **SMALL)
    start = time.perf_counter()
    history = model.fit(x, validation_data=x[:70]).history_
    assert 0 < history["seconds"][0] < time.perf_counter() - start
    squares = np.sum((x - model.reconstruct(x)) ** 2, axis=1)
    assert history["loss"][0] == pytest.approx(squares.mean(), rel=1e-4)
    assert history["val_loss"][0] == pytest.approx(squares[:70].mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("patience", "val_loss", "complete"),
    [
        (None, [3, 2], False),
        (None, [3, 2, 1, 1, 1, 1], True),
        (2, [], False),
        (2, [3, 1, 2], False),
        (2, [3, 1, 2, 2], True),
        (2, [3, 2, 1, 2], False),
    ],
)
def test_a_training_is_complete_after_its_epochs_or_its_patience(
    patience, val_loss, complete
):
    settings = TrainingSettings(6, 32, 1e-3, patience=patience)
    history = {"loss": val_loss, "val_loss": val_loss} if val_loss else {}
    network = Autoencoder(**SMALL).build_network(12)
    assert is_complete(history, settings, network) is complete


@pytest.mark.parametrize(
    ("val_loss", "complete"),
    [
        ([1, 2, 2, 2], False),  # the warm-up of 3 epochs: one epoch seen
        ([1, 2, 2, 3], False),
        ([1, 2, 2, 3, 3], True),
        ([1, np.nan, 3, np.nan, np.inf], True),
        ([9, np.nan, np.nan, np.nan], True),
        ([np.nan, np.nan, np.nan, 9], False),
    ],
)
def test_completeness_counts_from_the_end_of_the_warm_up(val_loss, complete):
    settings = TrainingSettings(9, 32, 1e-3, patience=2)
    history = {"loss": val_loss, "val_loss": val_loss}
    network = VariationalNetwork((12, 3), kl_warmup_epochs=3)
    assert is_complete(history, settings, network) is complete


def test_cosine_schedule_ends_near_zero(x):
    rates = Autoencoder(epochs=5, **SMALL).fit(x).history_["learning_rate"]
    assert rates[0] > rates[-1] and rates[-1] < 0.02e-3


def test_cosine_schedule_step_by_step(x):
    """The rate kept for an epoch is that of its last of 4 steps."""
    rates = Autoencoder(epochs=5, **SMALL).fit(x).history_["learning_rate"]
    done = np.arange(3, 20, 4) / 20
    np.testing.assert_allclose(rates, 1e-3 * 0.5 * (1 + np.cos(np.pi * done)))


def test_weight_decay_shrinks_the_weights_at_each_step_and_is_off_by_default(x):
    """Learning so slowly that nothing else moves: 4 steps shrink by 0.9 each."""
    slow = SMALL | {"epochs": 1, "learning_rate": 1e-6, "schedule": "constant",
                    "optimizer": "sgd"}
    plain = Autoencoder(**slow).fit(x).parameters_.values["encoder.0.W"]
    decayed = Autoencoder(weight_decay=1e5, **slow).fit(x)
    decayed = decayed.parameters_.values["encoder.0.W"]
    np.testing.assert_allclose(decayed, 0.9**4 * plain, rtol=1e-3, atol=1e-5)
    assert TrainingSettings(1, 1, 1.0).weight_decay == 0
    start = Autoencoder(**slow | {"learning_rate": 1e-30}).fit(x)
    start = start.parameters_.values["encoder.0.W"]
    np.testing.assert_allclose(plain, start, rtol=1e-3, atol=1e-4)


def test_early_stopping_is_announced_and_only_then(x, capsys):
    loud = SMALL | {"verbose": True, "learning_rate": 0.05, "patience": 3}
    noise = np.random.default_rng(1).uniform(size=(40, 12))
    for epochs, announced in ((200, True), (1, False)):
        Autoencoder(epochs=epochs, **loud).fit(x[:20], validation_data=noise)
        text = "".join(capsys.readouterr())
        assert ("no better val_loss for 3 epochs: stopped" in text) is announced


def test_eq_10_12_kl_warm_up_rises_linearly_to_the_final_weight():
    network = VariationalNetwork((12, 3), kl_weight=0.5, kl_warmup_epochs=4)
    weights = [network.kl_weight_at(epoch) for epoch in (1, 2, 3, 4, 5, None)]
    assert weights == [0.125, 0.25, 0.375, 0.5, 0.5, 0.5]


def test_every_image_is_used_once_per_epoch(x):
    class Counting:
        def __init__(self, network):
            self.network, self.seen = network, []

        def __getattr__(self, name):
            return getattr(self.network, name)

        def draw(self, rows, rng, epoch=None):
            self.seen.append(rows)
            return self.network.draw(rows, rng, epoch)

    network = Autoencoder(**SMALL).build_network(12)
    network.initialise(np.random.default_rng(0), x)
    counting = Counting(network)
    settings = TrainingSettings(epochs=1, batch_size=32, learning_rate=1e-3)
    rngs = np.random.default_rng(1).spawn(2)
    train(counting, x, settings, shuffle_rng=rngs[0], noise_rng=rngs[1],
          progress=Progress(1, verbose=False))
    seen = np.concatenate(counting.seen)
    assert not np.array_equal(seen, x)
    np.testing.assert_array_equal(np.sort(seen[:, 0]), np.sort(x[:, 0]))


@pytest.mark.lecture10
def test_evaluation_draws_noise_and_is_repeatable(x):
    model = VariationalAutoencoder(epochs=1, **SMALL).fit(x)
    assert model.score(x) == model.score(x)
    other = model.evaluate(x, random_state=1)["elbo"]
    assert other != model.score(x)


@pytest.mark.lecture10
def test_decoder_bias_starts_at_the_data_mean(x):
    network = VariationalNetwork((12, 8, 3))
    network.initialise(np.random.default_rng(0), x)
    bias = network.decoder.layers[-1].b
    np.testing.assert_allclose(1 / (1 + np.exp(-bias)), x.mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("kind", KINDS)
def test_validation_changes_nothing_of_the_training(kind, optimizer, x):
    """Same order, same noise, same weights, same losses."""
    model = kind(3, (8,), **REST, optimizer=optimizer, epochs=3)
    alone = model.fit(x).parameters_.theta.copy()
    losses = model.history_["loss"]
    watched = model.fit(x, validation_data=x[:30])
    np.testing.assert_array_equal(watched.parameters_.theta, alone)
    assert watched.history_["loss"] == losses
