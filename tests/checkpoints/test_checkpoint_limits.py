"""Files at the limits of what is read, and what others remember in them."""

import json
import re
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from data_files import rewrite
from estimators import data, fitted

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
                          np.random.default_rng(0), np.random.default_rng(1),
                          np.zeros(2))
    with pytest.raises(CheckpointError, match="says epoch 0, its history has 0"):
        state.set(state.numbers() | {"history": history}, {}, np.zeros(0))


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


@pytest.mark.parametrize("start, kind", [
    (b"\xff\xd8\xff\xe0", "a picture"), (b"GIF89a", "a picture"),
    (b"\x89HDF\r\n", "an HDF5 file, as Keras writes them"),
    (b"\x80\x04\x95", "a pickle, which is never read"), (b"%PDF-1.7", "a PDF"),
    (b"\x93NUMPY\1\0", "an array, which --data reads as .npy"),
    (b"\x1f\x8b\x08", "packed by gzip"), (b"1,2\n", "a text, as --data reads tables"),
    (b"\0\0\x08\3", "something else"),
])
def test_what_a_file_is_instead_of_a_checkpoint_is_seen_at_its_beginning(
    start, kind, tmp_path
):
    (path := tmp_path / "m.npz").write_bytes(start + b"\0" * (kind == "a picture"))
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path} is no checkpoint: it seems to be {kind}. Expected a file that "
        "`scratchae train` or a model's `save` wrote.")


@pytest.mark.parametrize("content, message", [
    (np.zeros(3, np.int8), "the description has int8 of shape (3,)"),
    (np.zeros((2, 2), np.uint8), "the description has uint8 of shape (2, 2)"),
    (np.frombuffer(b'{"format": "mine"}', np.uint8),
     " has format 'mine'; expected 'scratchae checkpoint 1'"),
    (np.frombuffer(b"[1, 2]", np.uint8), " has format None; expected 'scratchae ch"),
])
def test_a_description_that_is_none_is_refused_by_what_it_is(content, message, saved):
    with np.load(saved) as file:
        members = dict(file) | {DESCRIPTION: content}
    np.savez(saved, **members)
    with pytest.raises(CheckpointError, match=f"^{saved}:? ?{re.escape(message)}"):
        load(saved)


def test_names_and_shapes_of_arrays_are_told_as_they_are_and_as_expected(saved):
    with np.load(saved) as file:
        wanted = {n: file[n] for n in file.files if n != DESCRIPTION}
    first = sorted(wanted)[0]
    rewrite(saved, more=np.zeros(2))
    with pytest.raises(CheckpointError) as caught:
        load(saved)
    assert str(caught.value) == (f"{saved} holds the arrays {sorted([*wanted, 'more'])}"
                                 f"; expected {sorted(wanted)}")
    rewrite(saved, **{first: np.zeros((2, 7), np.float64), "more": None})
    with pytest.raises(CheckpointError) as caught:
        load(saved)
    assert str(caught.value) == (
        f"{saved}: array {first!r} has shape (2, 7) and dtype float64; expected shape "
        f"{wanted[first].shape} and dtype float32")


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_both_forms_of_a_header_are_read_and_no_other(version, saved):
    """NumPy has the second for long headers, the third for foreign letters."""
    with np.load(saved) as file:
        members, codes = dict(file), load(saved).arrays()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array, version=version)
    if version == (3, 0):
        with pytest.raises(CheckpointError, match=r"has \.npy version \(3, 0\)"):
            load(saved)
        return
    for name, array in load(saved).arrays().items():
        np.testing.assert_array_equal(array, codes[name])


@pytest.mark.parametrize("member", [0, 1])
@pytest.mark.parametrize("header", [
    "{1: 2, 'a': 3}", "{[]: 1}", "(", "[" * 5000,
    "{'descr': (), 'fortran_order': False, 'shape': (1,)}"])
def test_a_header_of_anything_else_is_refused(header, member, saved):
    """NumPy's reader raises TypeError, IndexError and more of these."""
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = f"{DESCRIPTION}.npy" if member == 0 else min(members)
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(saved, "w") as archive:
        for other in members:
            archive.writestr(other, data if other == name else members[other])
    with pytest.raises(CheckpointError):
        load(saved)


@pytest.mark.parametrize("about", [["a", "list"], "text", 3, False])
def test_what_is_said_about_a_fit_is_a_dict_or_the_file_is_refused(about, tmp_path):
    model = fitted("PCA")
    model.about_ = about
    model.save(tmp_path / "m.npz")
    with pytest.raises(CheckpointError, match="expected a dict about the fit, got"):
        load(tmp_path / "m.npz")
