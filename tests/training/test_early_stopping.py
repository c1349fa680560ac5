"""Early stopping: patience, warm-up, and which weights are kept."""

import numpy as np
import pytest

from scratchae import Autoencoder, CheckpointError, VariationalAutoencoder
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.optimizers import Adam
from scratchae.training.loop import _Best, _check_patience

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "batch_size": 32,
         "random_state": 0, "verbose": False}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(100, 12)).astype(np.float32)


def test_early_stopping_waits_as_many_epochs_as_the_patience(x):
    noise = np.random.default_rng(1).uniform(size=(40, 12))
    model = Autoencoder(epochs=200, patience=3, learning_rate=0.05, **SMALL)
    losses = model.fit(x[:20], validation_data=noise).history_["val_loss"]
    assert len(losses) - 1 - np.argmin(losses) == 3


def test_early_stopping_keeps_the_best_weights(x):
    noise = np.random.default_rng(1).uniform(size=(40, 12))
    model = Autoencoder(epochs=200, patience=3, learning_rate=0.05, **SMALL)
    history = model.fit(x[:20], validation_data=noise).history_
    assert len(history["loss"]) < 200
    assert -model.score(noise) == pytest.approx(min(history["val_loss"]))


WARM = SMALL | {"kl_warmup_epochs": 6, "patience": 2, "learning_rate": 0.05}


def scripted_validation(monkeypatch, losses):
    """Let validation give these losses; returns the weights after each epoch."""
    losses, kept = iter(losses), []
    monkeypatch.setattr("scratchae.training.loop.evaluate",
                        lambda *_: {"loss": next(losses)})
    monkeypatch.setattr(
        "scratchae.checkpoints.resume.Record.keep",
        lambda record, _: kept.append(record.model.parameters_.theta.copy()),
    )
    return kept


@pytest.mark.lecture10
def test_patience_begins_after_the_warm_up_and_no_earlier_epoch_is_kept(x, monkeypatch):
    """The weight is full from epoch 6 on: 7 is the best, 8 and 9 the patience."""
    kept = scripted_validation(monkeypatch, [1, 2, 3, 4, 5, 9, 8, 8, 8, 7])
    model = VariationalAutoencoder(epochs=30, **WARM).fit(x, validation_data=x)
    assert model.history_["val_loss"] == [1, 2, 3, 4, 5, 9, 8, 8, 8]
    np.testing.assert_array_equal(model.parameters_.theta, kept[6])
    np.testing.assert_allclose(model.history_["kl_weight"][:5], np.arange(1, 6) / 6)
    assert model.history_["kl_weight"][5:] == [1] * 4


@pytest.mark.lecture10
def test_early_stopping_with_a_warm_up_keeps_a_trained_model():
    """Digits: stopped while the weight rose, in epoch 4, it had kept epoch 1, -33."""
    datasets = pytest.importorskip("sklearn.datasets")
    images = datasets.load_digits().data[:600] / 16
    model = VariationalAutoencoder(
        8, (64,), batch_size=32, epochs=30, kl_warmup_epochs=20, patience=3,
        validation_fraction=0.2, random_state=0, verbose=False,
    ).fit(images)
    assert len(model.history_["loss"]) > 20
    assert model.score(images) > -25.5


@pytest.mark.lecture10
def test_a_warm_up_longer_than_the_training_keeps_the_last_weights(x):
    options = WARM | {"kl_warmup_epochs": 99}
    model = VariationalAutoencoder(epochs=5, **options)
    history = model.fit(x[:20], validation_data=x[20:]).history_
    assert len(history["loss"]) == 5
    assert -model.score(x[20:]) == pytest.approx(history["val_loss"][-1])


@pytest.mark.lecture10
def test_validation_losses_have_the_final_weight_in_every_epoch(x):
    model = VariationalAutoencoder(epochs=2, kl_weight=3.0, kl_warmup_epochs=4, **SMALL)
    history = model.fit(x, validation_data=x[:50]).history_
    recon, kl = (np.array(history[name]) for name in ("val_recon", "val_kl"))
    np.testing.assert_allclose(history["val_loss"], recon + 3 * kl, rtol=1e-5)
    weight = np.array(history["kl_weight"])
    np.testing.assert_array_equal(weight, [0.75, 1.5])
    expected = history["recon"] + weight * history["kl"]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)


@pytest.mark.lecture10
def test_the_weight_of_the_epoch_reaches_every_batch(x, monkeypatch):
    seen, loss = [], VariationalNetwork.loss

    def spy(network, **inputs):
        seen.append(inputs["kl_weight"])
        return loss(network, **inputs)

    monkeypatch.setattr(VariationalNetwork, "loss", spy)
    options = SMALL | {"batch_size": 50}
    VariationalAutoencoder(epochs=3, kl_warmup_epochs=2, **options).fit(x)
    assert seen == [0.5, 0.5, 1, 1, 1, 1]


def test_a_validation_loss_that_is_not_finite_is_said_and_is_never_the_best(
    x, monkeypatch, capsys
):
    """Epochs 2, 4 and 5 of 9 cannot be judged; epoch 3 is the best."""
    kept = scripted_validation(monkeypatch, [3.0, np.nan, 2.0, np.inf, -np.inf, 9.0])
    model = Autoencoder(epochs=9, patience=3, **SMALL | {"verbose": True})
    with pytest.warns(RuntimeWarning, match="val_loss is nan in epoch 2") as caught:
        model.fit(x, validation_data=x)
    assert [warning.filename for warning in caught] == [__file__]
    np.testing.assert_array_equal(model.parameters_.theta, kept[2])
    assert "no better val_loss for 3 epochs" in capsys.readouterr().err


@pytest.mark.parametrize("batch, epochs", [(9, 2), (11, 2), (13, 3), (17, 4)])
def test_ctrl_c_keeps_the_last_epoch_and_not_the_best_so_far(
    batch, epochs, x, monkeypatch
):
    """Epochs of 4 batches, of which the first was the best."""
    steps, step = [], Adam.step

    def pressed(*given):
        steps.append(1)
        if len(steps) == batch:
            raise KeyboardInterrupt
        return step(*given)

    kept = scripted_validation(monkeypatch, [1.0, 2.0, 4.0, 3.0])
    monkeypatch.setattr(Adam, "step", pressed)
    model = Autoencoder(epochs=9, patience=5, **SMALL).fit(x, validation_data=x)
    assert model.history_["val_loss"] == [1.0, 2.0, 4.0, 3.0][:epochs]
    np.testing.assert_array_equal(model.parameters_.theta, kept[-1])
    assert len(kept) == epochs and (kept[0] != kept[-1]).any()


def test_without_any_finite_validation_loss_the_last_weights_are_kept_and_it_is_said(
    x, monkeypatch, capsys
):
    kept = scripted_validation(monkeypatch, [np.nan] * 9)
    model = Autoencoder(epochs=9, patience=3, **SMALL | {"verbose": True})
    with pytest.warns(RuntimeWarning, match="in epoch 1") as caught:
        model.fit(x, validation_data=x)
    assert len(caught) == 1
    assert "no finite val_loss for 3 epochs: stopped" in capsys.readouterr().err
    np.testing.assert_array_equal(model.parameters_.theta, kept[2])
    assert len(kept) == 3 and not np.array_equal(kept[1], kept[2])


def test_a_patience_that_its_history_does_not_tell_is_said_with_both_countings():
    best, seen = _Best(3), _Best(3)
    best.see(0.5)
    for val_loss in (0.75, 0.9, 0.8):
        seen.see(val_loss)
    with pytest.raises(CheckpointError, match=(
            r"best val_loss 0\.5 and 0 epochs since; its history has 0\.75 and 2$")):
        _check_patience(best, seen)
    _check_patience(seen, seen)


@pytest.mark.lecture10
def test_a_history_goes_from_the_loss_to_the_seconds(x):
    """In this order an epoch is told, and written as columns."""
    model = VariationalAutoencoder(epochs=1, kl_warmup_epochs=2, **SMALL)
    history = model.fit(x, validation_data=x[:9]).history_
    assert [*history] == ["loss", "recon", "kl", "learning_rate", "val_loss",
                          "val_recon", "val_kl", "kl_weight", "seconds"]
