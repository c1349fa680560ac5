"""No command puts its result in the place of the data that it reads."""

import json
import os

import numpy as np
import pytest

from scratchae import Autoencoder, CheckpointError
from scratchae.cli import main
from scratchae.data import load_dataset

SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "epochs": 3, "batch_size": 20,
         "verbose": False, "random_state": 0}


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("rows.npz", x=np.random.default_rng(0).random((60, 6), "f4"))
    return tmp_path / "rows.npz"


@pytest.mark.parametrize("option", ["--data", "--test"])
@pytest.mark.parametrize("name", ["rows.npz", "link.npz"])
def test_train_refuses_to_write_over_its_data(option, name, data, capsys):
    os.link(data, "link.npz")
    np.savez("others.npz", x=np.zeros((60, 6), "f4"))
    before = data.read_bytes()
    typed = ["train", "pca", "--latent", "2", option, str(data), "--out", name,
             "--overwrite"]
    assert main(typed + ([] if option == "--data" else ["--data", "others.npz"])) == 2
    assert f"--out: {name} is what {option} reads" in capsys.readouterr().err
    assert data.read_bytes() == before


def test_anomalies_refuse_to_write_over_their_rows(data, capsys):
    rows = "\n".join(["a,b,c", *(f"{i / 60},{i % 7 / 7},0.5" for i in range(60))])
    data.with_name("rows.csv").write_text(rows)
    train = "train pca --latent 2 --data rows.csv --out model.npz"
    assert main(train.split()) == 0
    capsys.readouterr()
    typed = "anomalies model.npz --data rows.csv --out rows.csv --overwrite"
    assert main(typed.split()) == 2
    assert "--out: rows.csv is what --data reads" in capsys.readouterr().err
    assert data.with_name("rows.csv").read_text() == rows


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
    from scratchae.training.progress import Progress

    def epoch(self, number, losses, unit):
        if number > epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "epoch", epoch)


def test_classes_may_all_be_links_to_folders(tmp_path):
    from PIL import Image

    for name in "ab":
        (tmp_path / "there" / name).mkdir(parents=True)
        for i in range(3):
            image = Image.fromarray(np.full((4, 4), 40 * i, np.uint8))
            image.save(tmp_path / "there" / name / f"{i}.png")
    (tmp_path / "links").mkdir()
    for name in "ab":
        (tmp_path / "links" / name).symlink_to(tmp_path / "there" / name)
    assert {*np.concatenate(load_dataset(tmp_path / "links").labels)} == {"a", "b"}


def test_a_piece_changed_after_the_fit_is_saved_as_it_was(tmp_path):
    from copy import deepcopy
    from pickle import dumps, loads

    class Steep:
        def __init__(self):
            self.slope = 1.0

        def forward(self, a):
            return np.tanh(self.slope * a), None

        def backward(self, dh, cache):
            return dh

    piece, widths = Steep(), [4]
    x = np.random.default_rng(0).random((60, 6))
    with pytest.warns(UserWarning):
        model = Autoencoder(**SMALL | {"hidden_layer_sizes": widths}, activation=piece)
        before = model.fit(x).transform(x)
    piece.slope, widths[0] = 9.0, 7
    np.testing.assert_array_equal(deepcopy(model).transform(x), before)
    Steep.__qualname__ = "Steep"
    globals()["Steep"] = Steep
    np.testing.assert_array_equal(loads(dumps(model)).transform(x), before)
    del globals()["Steep"]
