"""Files at the limits of what is read, and what others remember in them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from estimators import data, fitted
from test_checkpoint import rewrite

from scratchae import CheckpointError, load
from scratchae.checkpoints.format import DESCRIPTION
from scratchae.checkpoints.state import TrainingState
from scratchae.cli import main
from scratchae.data import data_of


@pytest.fixture
def saved(tmp_path):
    """A checkpoint of a small model."""
    fitted("Autoencoder").save(tmp_path / "model.npz")
    return tmp_path / "model.npz"


@pytest.mark.parametrize("history", [None, [], {"loss": 3.0}, "loss", {"loss": ["x"]},
                                     {"val_loss": [None]}], ids=str)
def test_a_file_whose_history_is_none_is_refused(saved, history, tmp_path):
    rewrite(saved, {"history": history})
    with pytest.raises(CheckpointError, match="expected a history, lists of numbers"):
        load(saved)


@pytest.mark.parametrize("history", [{}, {"loss": []}], ids=str)
def test_a_stopped_training_without_a_complete_epoch_is_refused(history, rng):
    state = TrainingState(SimpleNamespace(t=0, arrays=dict),
                          SimpleNamespace(loss=1.0, waited=0, theta=None),
                          np.random.default_rng(0), np.random.default_rng(1))
    with pytest.raises(CheckpointError, match="says epoch 0, its history has 0"):
        state.set(state.numbers() | {"history": history}, {})


def test_a_history_of_100_000_epochs_comes_back(saved, monkeypatch):
    many = {name: [0.1234567890123456] * 100_000 for name in "abcdefghi"}
    rewrite(saved, {"history": many})
    assert load(saved).history_ == many


def test_what_would_not_fit_into_memory_is_a_checkpoint_error(saved):
    with np.load(saved, allow_pickle=False) as file:
        params = json.loads(file[DESCRIPTION].tobytes())["params"]
    rewrite(saved, {"params": params | {"n_components": 10**12}})
    with pytest.raises(CheckpointError, match="what does not fit into memory"):
        load(saved)


@pytest.mark.parametrize("about", [{"data": "mine"}, {"data": {"of": "mine"}}])
def test_what_somebody_else_says_about_a_fit_is_left_alone(about, tmp_path, capsys):
    model = fitted("Autoencoder")
    model.about_ = about
    model.save(tmp_path / "m.npz")
    again = load(tmp_path / "m.npz")
    assert again.about_ == about and data_of(again) is None
    np.savetxt(tmp_path / "x.csv", data(n=40)[0], delimiter=",")
    assert main(["evaluate", str(tmp_path / "m.npz"), "--data", str(tmp_path / "x.csv"),
                 "--scale", "none"]) == 0
    assert fitted("Autoencoder").fit(data(n=40)[0]).transform(data()[0]).shape[1] == 2


@pytest.mark.parametrize("about", [["a", "list"], "text", 3, False])
def test_what_is_said_about_a_fit_is_a_dict_or_the_file_is_refused(about, tmp_path):
    model = fitted("PCA")
    model.about_ = about
    model.save(tmp_path / "m.npz")
    with pytest.raises(CheckpointError, match="expected a dict about the fit, got"):
        load(tmp_path / "m.npz")
