"""Resuming what another hand has made: a file of `save`, a class of one's own."""

import numpy as np
import pytest
from readings import bits

from scratchae import Autoencoder, CheckpointError, load
from scratchae.checkpoints import format as files


def test_a_file_that_was_saved_after_an_interruption_does_not_count_as_complete(
    tmp_path
):
    x, path = np.random.default_rng(0).uniform(size=(40, 6)), tmp_path / "half.npz"
    options = {"hidden_layer_sizes": (4,), "random_state": 0, "verbose": False}
    Autoencoder(2, epochs=3, **options).fit(x, checkpoint=path)
    description, arrays = files.read_checkpoint(path, load(path).layout)
    part = {name: values[:2] for name, values in description["history"].items()}
    files.write_checkpoint(path, description | {"history": part}, arrays)
    model = Autoencoder(2, epochs=3, **options)
    with pytest.raises(CheckpointError, match="has 2 of 3 epochs and not what"):
        model.fit(x, resume=path)
    assert not hasattr(model, "history_")


class Waves:
    def forward(self, a):
        return np.sin(a), a

    def backward(self, dh, a):
        return dh * np.cos(a)


WAVES = Waves()


class Own(Autoencoder):
    """A model with an object as default, and a parameter without one."""

    def __init__(self, n_components, *, activation=WAVES, **options):
        super().__init__(n_components, (4,), activation=activation, **options)


def test_a_class_of_ones_own_is_resumed_whatever_its_defaults_are(tmp_path):
    x, path = np.random.default_rng(0).uniform(size=(40, 6)), tmp_path / "own.npz"
    options = {"epochs": 2, "random_state": 0, "verbose": False}
    model = Own(2, **options).fit(x, checkpoint=path)
    again = Own(2, **options).fit(x, resume=path)
    assert bits(again) == bits(model)
