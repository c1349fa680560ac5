"""Files that version 0.1 or somebody else wrote are read or refused in words."""

import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from estimators import CLASSES

from scratchae import CheckpointError, load

OLD = Path(__file__).parent / "version_0.1"  # written by version 0.1


def old_data():
    """What the old checkpoints were trained on, their labels, and the codes then."""
    x = (np.arange(80).reshape(20, 4) * 7 % 19 / 18).astype(np.float32)
    with np.load(OLD / "expected_codes.npz") as codes:
        return x, np.array(["a", "b"])[np.arange(20) % 2], dict(codes)


@pytest.mark.parametrize("name", ["PCA", "ProbabilisticPCA"])
def test_files_of_version_0_1_that_do_not_say_enough_are_refused(name):
    with pytest.raises(CheckpointError, match="as those of version 0.1; fit and save"):
        load(OLD / f"{name}.npz")


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - {"PCA", "ProbabilisticPCA"}))
def test_checkpoints_of_version_0_1_give_the_codes_they_gave(name):
    x, y, codes = old_data()
    if name in codes:
        model = load(OLD / f"{name}.npz")
        assert type(model).__name__ == name
        labels = (y,) if name.startswith("Conditional") else ()
        np.testing.assert_allclose(
            model.transform(x, *labels), codes[name], rtol=1e-4, atol=1e-6
        )
        if name == "StackedClassifier":
            assert "".join(model.predict(x)) == "baaaaaaaaaaaababab" + "ab"
    else:
        assert not hasattr(CLASSES[name], "save")


def test_a_stopped_training_of_version_0_1_goes_on(tmp_path):
    x, _, codes = old_data()
    shutil.copy(OLD / "stopped.npz", path := tmp_path / "m.npz")
    model = load(path)
    assert len(model.history_["loss"]) == 2
    model.set_params(verbose=False).fit(x, resume=path)
    assert len(model.history_["loss"]) == len(model.history_["kl_weight"]) == 4
    np.testing.assert_allclose(
        model.transform(x), codes["stopped"], rtol=1e-4, atol=1e-6
    )


def test_a_finished_training_of_version_0_1_loads_but_cannot_be_checked(tmp_path):
    x, _, codes = old_data()
    model = load(OLD / "finished.npz")
    np.testing.assert_allclose(
        model.transform(x), codes["stopped"], rtol=1e-4, atol=1e-6
    )
    with pytest.raises(CheckpointError, match="does not say what it was trained on"):
        model.fit(x, resume=OLD / "finished.npz")


@pytest.mark.parametrize("seems, content", [
    ("empty", b""), ("a text", b"a,b\n1,2\n"), ("a picture", b"\x89PNG\r\n\x1a\n\0"),
    ("packed by gzip", b"\x1f\x8b\x08\0"), ("damaged or not complete", b"PK\x03\x04"),
    ("an array", np.lib.format.magic(1, 0)), ("something else", b"\0\1\2"),
])
def test_a_file_of_another_kind_is_said_to_be_one(seems, content, tmp_path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match=f"it seems to be .*{seems}") as caught:
        load(tmp_path / "a.npz")
    assert "zip file" not in str(caught.value).replace("npz or zip file", "")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_of_data_is_said_to_be_data(save, tmp_path):
    save(tmp_path / "a.npz", x=np.ones(300), y=np.ones(3))
    with pytest.raises(CheckpointError, match="seems to be data, the arrays x, y"):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix, seems", [
    (".npy", "data, the arrays a, b, c, d, e, which"),
    (".txt", "an archive of a.txt, b.txt, c.txt, d.txt, e.txt. "),
])
def test_of_an_archive_five_members_are_named(suffix, seems, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in "abcdef":
            archive.writestr(name + suffix, "1")
    with pytest.raises(CheckpointError, match=f"seems to be {re.escape(seems)}"):
        load(tmp_path / "a.npz")
