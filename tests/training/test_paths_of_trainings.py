"""Where a training writes: refused before the first epoch if it cannot, through links,
and from files that are larger than memory."""

import os
import re

import numpy as np
import pytest
from data_files import InItsFile

from scratchae import (
    Autoencoder,
    DivergedError,
    VariationalAutoencoder,
    backend,
    files,
    load,
)
from scratchae.checkpoints import resume
from scratchae.nn.optimizers import Adam
from scratchae.training import loop
from scratchae.training.progress import Progress

SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "batch_size": 10, "epochs": 3,
         "random_state": 0, "verbose": False}
X = np.random.default_rng(0).uniform(size=(40, 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.fixture
def no_epoch(monkeypatch):
    """A training that would begin is a failure."""
    def begun(*_, **__):
        raise AssertionError("an epoch has begun")

    monkeypatch.setattr("scratchae.models.neural.train", begun)


def test_a_place_that_cannot_be_written_is_named_before_the_first_epoch(
    tmp_path, no_epoch
):
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "none" / "m.npz", tmp_path / "folder"):
        with pytest.raises(OSError, match=re.escape(str(place.parent))):
            Autoencoder(**SMALL).fit(X, checkpoint=place)


@pytest.mark.parametrize("other", [None, "other.npz"])
def test_a_file_to_resume_that_may_only_be_read_is_named_before_it_goes_on(
    other, tmp_path, monkeypatch, no_epoch
):
    path = tmp_path / "m.npz"
    with monkeypatch.context() as patch:
        patch.setattr("scratchae.models.neural.train", loop.train)
        Autoencoder(**SMALL).fit(X, checkpoint=path)
    kept = path.read_bytes()
    checked = path if other is None else tmp_path / other

    def refused(at):
        if os.path.abspath(at) == str(checked):
            raise PermissionError(f"cannot write the file {at}")

    monkeypatch.setattr(resume, "check_writable", refused)
    with pytest.raises(PermissionError, match=checked.name):
        Autoencoder(**SMALL).fit(
            X, resume=path, checkpoint=None if other is None else checked)
    assert path.read_bytes() == kept


@pytest.mark.parametrize("there", [True, False])
def test_after_a_divergence_a_link_leads_to_the_file_of_before(
    there, tmp_path, monkeypatch
):
    target, link = tmp_path / "target.npz", tmp_path / "link.npz"
    if there:
        Autoencoder(**SMALL).fit(X).save(target)
    before = target.read_bytes() if there else None
    link.symlink_to(target)
    calls, step = [], Adam.step
    monkeypatch.setattr(Adam, "step", lambda *given: (
        calls.append(1), step(*given) if len(calls) < 7 else np.nan)[1])
    with pytest.raises(DivergedError):
        Autoencoder(**SMALL).fit(X, checkpoint=link)
    assert link.is_symlink() and target.exists() == there
    assert not there or target.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == (
        ["link.npz", "target.npz"] if there else ["link.npz"])


@pytest.mark.parametrize("model", [Autoencoder, VariationalAutoencoder])
def test_rows_to_validate_on_stay_in_their_file(model, tmp_path):
    np.save(tmp_path / "x.npy", np.tile(X, (60, 1)))
    rows = InItsFile(np.load(tmp_path / "x.npy", mmap_mode="r"))
    options = SMALL | {"epochs": 1, "batch_size": 400}
    found, expected = (model(**options).fit(X, validation_data=x).history_["val_loss"]
                       for x in (rows, np.array(rows.source)))
    assert found == expected


def test_a_fit_that_writes_no_file_forgets_what_the_last_one_wrote(tmp_path):
    model = Autoencoder(**SMALL).fit(X, checkpoint=tmp_path / "m.npz")
    assert "data" in model.description()
    model.fit(X[:20]).save(tmp_path / "again.npz")
    assert "data" not in load(tmp_path / "again.npz").description()


def test_asking_whether_a_file_can_be_written_leaves_nothing_and_changes_nothing(
    tmp_path
):
    files.check_writable(tmp_path / "new")
    (tmp_path / "old").write_bytes(b"old")
    files.check_writable(tmp_path / "old")
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"
    for wrong in tmp_path, tmp_path / "none" / "m", tmp_path / "old" / "m":
        with pytest.raises(OSError) as caught:
            files.check_writable(wrong)
        assert caught.value.filename == str(wrong)


@pytest.mark.parametrize("name", ["m.npz", os.path.join("here", "m.npz")])
def test_the_file_is_where_it_was_asked_for_though_the_folder_changes(
    name, tmp_path, monkeypatch
):
    """A cell of a notebook or a thread goes to another folder while it trains."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    told = Progress.epoch
    monkeypatch.setattr(Progress, "epoch", lambda self, *given: (
        os.chdir(tmp_path / "there"), told(self, *given)))
    model = Autoencoder(**SMALL).fit(X, checkpoint=name)
    assert load(tmp_path / name).history_ == model.history_
    assert not [p for p in (tmp_path / "there").rglob("*") if p.is_file()]
