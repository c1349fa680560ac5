"""A file whose stopped training somebody has changed is refused as such."""

import json

import numpy as np
import pytest

from scratchae import Autoencoder, CheckpointError
from scratchae.training.progress import Progress

SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "epochs": 3, "batch_size": 20,
         "verbose": False, "random_state": 0}


def crafted(path, change):
    """A stopped training with this change in its description."""
    with np.load(path) as file:
        arrays = dict(file)
    told = json.loads(arrays["description"].tobytes())
    change(told["training"])
    arrays["description"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    np.savez(path, **arrays)


@pytest.mark.parametrize("change", [
    lambda t: t.update(steps=-1), lambda t: t.update(steps=1.5),
    lambda t: t.update(waited=-1), lambda t: t.update(steps=1e300),
    lambda t: t["generators"]["shuffle"]["state"].update(state=-1),
    lambda t: t["generators"]["noise"].update(uinteger=-1),
    lambda t: t["generators"]["noise"].update(has_uint32=1e300),
])
def test_a_crafted_file_is_no_stopped_training(change, tmp_path, monkeypatch):
    x, path = np.random.default_rng(0).random((60, 6)), tmp_path / "stopped.npz"
    stop_after(1, monkeypatch)
    Autoencoder(**SMALL).fit(x, checkpoint=path)
    monkeypatch.undo()
    crafted(path, change)
    with pytest.raises(CheckpointError, match="describes no stopped training"):
        Autoencoder(**SMALL).fit(x, resume=path)


def stop_after(epochs, monkeypatch):
    """Ctrl-C behind so many epochs."""
    def epoch(self, number, losses, unit):
        if number > epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "epoch", epoch)
