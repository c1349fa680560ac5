"""Checkpoints: complete or not at all, and nothing in a file is believed."""

import errno
import json
import os
import pickle
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from data_files import rewrite
from estimators import data, fitted
from readings import bits, id_of, outcome, readings, variants

from scratchae import (
    PCA,
    Autoencoder,
    CheckpointError,
    VariationalAutoencoder,
    load,
)
from scratchae.checkpoints.format import DESCRIPTION, to_json
from scratchae.checkpoints.state import TrainingState
from scratchae.files import check_writable, replacing


@pytest.fixture
def saved(rng, tmp_path):
    x = rng.uniform(size=(60, 12)).astype(np.float32)
    model = VariationalAutoencoder(3, (8,), epochs=1, random_state=0, verbose=False)
    path = tmp_path / "vae.npz"
    model.fit(x).save(path)
    return path


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize("keep", [0, 1, 100, 3000, -1])
def test_truncated_file(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="it seems to be (empty|a)"):
        load(saved)


def test_flipped_bit_in_the_weights(saved):
    content = bytearray(saved.read_bytes())
    weights = load(saved).parameters_.values["encoder.0.W"].tobytes()
    content[content.index(weights) + 17] ^= 4
    saved.write_bytes(content)
    with pytest.raises(CheckpointError):
        load(saved)


def test_other_format_version(saved):
    rewrite(saved, {"format": "scratchae checkpoint 999"})
    with pytest.raises(CheckpointError, match="format 'scratchae checkpoint 999'"):
        load(saved)


def test_unknown_model(saved):
    rewrite(saved, {"model": "os.system"})
    with pytest.raises(CheckpointError, match="expected one of"):
        load(saved)


@pytest.mark.parametrize("params", [{"n_components": -1}, {"layers": 3}, {"dtype": 7}])
def test_invalid_parameters(saved, params):
    with np.load(saved) as file:
        old = json.loads(file[DESCRIPTION].tobytes())["params"]
    rewrite(saved, {"params": old | params})
    with pytest.raises(CheckpointError, match="describes no valid"):
        load(saved)


@pytest.mark.parametrize("n_features", [0, -3, 10**12, "12", None, 13, 12.0])
def test_feature_count_that_the_arrays_do_not_have(saved, n_features):
    rewrite(saved, {"n_features": n_features})
    with pytest.raises(CheckpointError):
        load(saved)


def test_array_of_another_shape(saved):
    rewrite(saved, **{"encoder.0.W": np.zeros((8, 12), np.float32)})
    message = r"'encoder.0.W' has shape \(8, 12\).*expected shape \(12, 8\)"
    with pytest.raises(CheckpointError, match=message):
        load(saved)


def test_array_of_another_dtype(saved):
    rewrite(saved, **{"encoder.0.W": np.zeros((12, 8))})
    with pytest.raises(CheckpointError, match="dtype float64; expected"):
        load(saved)


def test_missing_array(saved):
    rewrite(saved, **{"encoder.0.W": None})
    with pytest.raises(CheckpointError, match="holds the arrays"):
        load(saved)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 3, 7])
def test_one_weight_that_is_not_finite(saved, value, at):
    bias = np.zeros(8, np.float32)
    bias[at] = value
    rewrite(saved, **{"encoder.0.b": bias})
    with pytest.raises(CheckpointError, match="'encoder.0.b' holds values that are"):
        load(saved)


def test_pickled_member_is_never_unpickled(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trap"),)

    rewrite(saved, **{"encoder.0.b": np.array([Trap()] * 8, dtype=object)})
    with pytest.raises(CheckpointError):
        load(saved)
    assert not (tmp_path / "trap").exists()


def test_no_array_is_allocated_from_a_false_claim(saved):
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, "
    header += b"'shape': (900000000000,), }"
    with zipfile.ZipFile(saved) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["encoder.0.b.npy"] = header.ljust(127) + b"\n"
    with zipfile.ZipFile(saved, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    with pytest.raises(CheckpointError, match="has shape"):
        load(saved)


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half of the new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_saving_before_fit_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not fitted yet"):
        VariationalAutoencoder().save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


def test_saving_into_a_missing_folder_is_an_os_error(saved):
    with pytest.raises(OSError):
        load(saved).save(saved.parent / "none" / "m.npz")


@pytest.mark.parametrize("spaces", [2**13, 2**20])
def test_a_compressed_bomb_is_refused_before_it_unfolds(saved, spaces):
    with np.load(saved) as file:
        members = dict(file)
    text = members[DESCRIPTION].tobytes().replace(b"{", b"{" + b" " * spaces, 1)
    members[DESCRIPTION] = np.frombuffer(text, np.uint8)
    np.savez_compressed(saved, **members)
    with pytest.raises(CheckpointError, match="claims"):
        load(saved)


@pytest.mark.parametrize("place", [6, 8])  # flags (encrypted) and compression method
def test_a_zip_file_that_python_cannot_unpack_is_refused(saved, place):
    content = bytearray(saved.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        content[content.index(signature) + offset + place] |= 1
    saved.write_bytes(content)
    with pytest.raises(CheckpointError, match="no readable checkpoint"):
        load(saved)


def test_check_writable_names_what_cannot_be_written_and_leaves_nothing(tmp_path):
    (path := tmp_path / "m.npz").write_bytes(b"old")
    check_writable(path)
    check_writable(tmp_path / "new.npz")
    for bad in (tmp_path, tmp_path / "none" / "m.npz", path / "m.npz"):
        with pytest.raises(OSError, match=re.escape(str(bad))):
            check_writable(bad)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


WRITES = """
import sys
from scratchae.files import replacing
with replacing(sys.argv[1]):
    print("writes", flush=True)
    input()
"""


def test_a_part_is_left_alone_while_its_process_lives_and_then_removed(saved):
    with subprocess.Popen([sys.executable, "-c", WRITES, saved], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"writes\n"
        load(saved).save(saved)
        assert len([*saved.parent.iterdir()]) == 2
        other.kill()
    load(saved).save(saved)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_two_trainings_do_not_write_one_checkpoint(tmp_path, monkeypatch):
    x, path = np.random.default_rng(0).random((9, 4), np.float32), tmp_path / "m.npz"
    first, second = (Autoencoder(2, (3,), epochs=1, verbose=False) for _ in range(2))
    said = []

    def at_the_same_time(*_):
        with ThreadPoolExecutor() as pool:
            said.append(pool.submit(second.fit, x, checkpoint=path).exception())

    monkeypatch.setattr(TrainingState, "arrays", at_the_same_time)
    with pytest.raises(TypeError):  # None is not what arrays return
        first.fit(x, checkpoint=path)
    assert isinstance(said[0], BlockingIOError) and not [*tmp_path.iterdir()]
    assert not hasattr(second, "history_")


def test_a_full_disk_leaves_the_old_file_and_the_model(saved, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    model, content = load(saved), saved.read_bytes()
    before = bits(vars(model))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left.*an older one is unchanged"):
        model.save(saved)
    assert saved.read_bytes() == content and bits(vars(model)) == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, options", variants(), ids=id_of)
def test_a_loaded_model_answers_all_as_the_saved_one(name, options, tmp_path):
    model, (x, y) = fitted(name, **options), data(seed=1)
    if not hasattr(model, "save"):
        return
    model.save(path := tmp_path / "m.npz")
    content = path.read_bytes()
    again = load(path)
    theirs = readings(again, x, y, path)
    for reading, call in readings(model, x, y, path).items():
        if reading != "pickle":
            assert outcome(theirs[reading]) == outcome(call), reading
    assert path.read_bytes() == content


def test_numbers_and_arrays_of_numpy_are_written_as_pythons_and_nothing_else_is():
    description = {"sizes": np.array([8, 3]), "rate": np.float64(0.5), "tied": np.True_}
    text = json.dumps(description, default=to_json)
    assert json.loads(text) == {"sizes": [8, 3], "rate": 0.5, "tied": True}
    with pytest.raises(TypeError, match="set cannot be written to a checkpoint"):
        json.dumps({1, 2}, default=to_json)


@pytest.mark.parametrize("model", [PCA(2), Autoencoder(
    2, (3,), epochs=2, random_state=0, verbose=False)], ids=repr)
def test_what_is_said_about_a_fit_is_saved_with_it_and_dropped_by_the_next(
    model, tmp_path
):
    x = np.random.default_rng(0).random((9, 4), np.float32)
    model.about_ = {"command": "train", "data": {"shape": [2, 2]}}
    model.fit(x).save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").about_ == model.about_
    assert pickle.loads(pickle.dumps(model)).about_ == model.about_
    model.fit(x).save(tmp_path / "again.npz")
    assert not hasattr(load(tmp_path / "again.npz"), "about_")


def test_a_member_that_goes_on_behind_its_array_is_refused(saved):
    with zipfile.ZipFile(saved) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(saved, "w") as new:
        for name, content in members.items():
            new.writestr(name, content + b"more" * (name == "encoder.0.b.npy"))
    with pytest.raises(CheckpointError, match="is longer than its header says"):
        load(saved)
