"""What a training that diverges leaves behind, and says."""

import numpy as np
import pytest
from readings import each_epoch

from scratchae import Autoencoder, DivergedError, backend, load
from scratchae.checkpoints.state import TrainingState
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.rows import MappedRows

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "batch_size": 32,
         "random_state": 0, "verbose": False}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(100, 12)).astype(np.float32)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_absurd_learning_rate_ends_in_diverged_error_with_finite_weights(x, optimizer):
    model = Autoencoder(epochs=50, learning_rate=1e12, optimizer=optimizer,
                        schedule="constant", activation="elu", **SMALL)
    with pytest.raises(DivergedError, match="training diverged in epoch") as caught, \
            np.errstate(all="ignore"):
        model.fit(100 * x)
    assert np.isfinite(caught.value.model.parameters_.theta).all()


def test_diverged_error_names_epoch_batch_and_last_finite_loss(x):
    model = Autoencoder(epochs=9, learning_rate=1e12, optimizer="sgd", **SMALL)
    with pytest.raises(DivergedError) as caught, np.errstate(all="ignore"):
        model.fit(x)
    error = caught.value
    assert error.epoch == 1 and error.batch >= 2 and np.isfinite(error.last_loss)


def test_diverged_error_counts_from_one_and_knows_the_batch_before(x, monkeypatch):
    """A loss that is lost at the first batch of epoch 3, of 4 batches each."""
    model, seen = Autoencoder(epochs=9, **SMALL), []
    loss = type(model.build_network(12)).loss

    def lost(network, **inputs):
        seen.append(loss(network, **inputs)["loss"] if len(seen) < 8 else np.nan)
        return {"loss": seen[-1]}

    monkeypatch.setattr(type(model.build_network(12)), "loss", lost)
    with pytest.raises(DivergedError) as caught:
        model.fit(x)
    error = caught.value
    assert (error.epoch, error.batch) == (3, 1)
    assert error.last_loss == seen[7] != seen[6]
    assert len(error.model.history_["loss"]) == 2


def test_diverged_error_of_a_training_that_goes_on_knows_the_epoch_before(
    x, monkeypatch, tmp_path
):
    """Only the mean of the epoch is in the file."""
    model, lost = Autoencoder(epochs=4, **SMALL), {"loss": np.nan}
    _, after_two, *_ = each_epoch(model, tmp_path / "training.npz", x)
    before = model.history_["loss"][1]
    monkeypatch.setattr(type(model.network_), "loss", lambda network, **_: lost)
    with pytest.raises(DivergedError) as caught:
        model.fit(x, resume=after_two)
    assert (caught.value.epoch, caught.value.last_loss) == (3, before)
    assert caught.value.model.history_ == load(after_two).history_
    np.testing.assert_array_equal(caught.value.model.parameters_.theta,
                                  load(after_two).parameters_.theta)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_step_that_overflows_ends_a_training(x, optimizer):
    model = Autoencoder(epochs=9, learning_rate=1e308, optimizer=optimizer, **SMALL)
    with pytest.raises(DivergedError, match="the gradient is not finite") as caught, \
            np.errstate(all="ignore"):
        model.fit(100 * x)
    assert (caught.value.epoch, caught.value.batch) == (1, 1)
    assert np.isfinite(caught.value.model.parameters_.theta).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("batch", [1, 3, 11])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("backend_name", ["numba", "numpy"])
def test_a_divergence_leaves_the_weights_of_the_last_complete_epoch(
    backend_name, optimizer, batch, bad, x, monkeypatch
):
    """Or those it began with. A kernel's step moves other blocks of 4096 weights."""
    kept, batches = [], []
    keep, initialise = TrainingState.keep, AutoencoderNetwork.initialise
    backward = AutoencoderNetwork.backward

    def spoiled(network):
        backward(network)
        batches.append(1)
        if len(batches) == batch:
            network.parameters.grad[100] = bad

    monkeypatch.setattr(AutoencoderNetwork, "initialise", lambda network, *given: (
        initialise(network, *given), kept.append(network.parameters.theta.copy())))
    monkeypatch.setattr(TrainingState, "keep", lambda state, theta, losses: (
        keep(state, theta, losses), kept.append(theta.copy())))
    monkeypatch.setattr(AutoencoderNetwork, "backward", spoiled)
    options = SMALL | {"hidden_layer_sizes": (400,), "weight_decay": 0.1}
    model = Autoencoder(epochs=4, learning_rate=1e-4, optimizer=optimizer, **options)
    with backend(backend_name), pytest.raises(DivergedError) as caught:
        model.fit(x)
    error = caught.value
    assert len(kept) == error.epoch == 1 + (batch - 1) // 4
    np.testing.assert_array_equal(error.model.parameters_.theta, kept[-1])


@pytest.mark.parametrize("epochs", [1, 2])
def test_weights_that_overflow_in_the_last_batch_are_of_no_complete_epoch(epochs, x):
    """The rate is finite in Python, and infinite in float32 by Adam's correction."""
    options = SMALL | {"batch_size": 100, "learning_rate": 1e38}
    with pytest.raises(DivergedError) as caught, np.errstate(all="ignore"):
        Autoencoder(epochs=epochs, **options).fit(x)
    error = caught.value
    assert (error.epoch, error.batch, error.what) == (1, 1, "a weight")
    assert np.isfinite(error.model.parameters_.theta).all()


def test_a_file_that_ends_in_the_middle_of_an_epoch_leaves_those_of_the_one_before(
    x, tmp_path, monkeypatch
):
    np.save(tmp_path / "x.npy", x)
    rows = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    read, kept, keep = MappedRows._read, [], TrainingState.keep

    def ended(self, chosen):
        if len(batches) == 6:
            raise OSError("ended before row 60")
        return read(self, chosen)

    batches, backward = [], AutoencoderNetwork.backward
    monkeypatch.setattr(AutoencoderNetwork, "backward", lambda network: (
        batches.append(1), backward(network)))
    monkeypatch.setattr(MappedRows, "_read", ended)
    monkeypatch.setattr(TrainingState, "keep", lambda state, theta, losses: (
        keep(state, theta, losses), kept.append(theta.copy())))
    with pytest.raises(OSError, match="ended before row 60") as caught:
        Autoencoder(epochs=3, **SMALL).fit(rows, checkpoint=tmp_path / "m.npz")
    model = caught.value.model
    assert len(model.history_["loss"]) == len(kept) == 1
    np.testing.assert_array_equal(model.parameters_.theta, kept[0])
