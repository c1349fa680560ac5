"""Checkpoints that version 0.1 wrote are read or refused in words."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from estimators import CLASSES

from scratchae import CheckpointError, load

OLD = Path(__file__).parent / "checkpoints_0.1"  # written by version 0.1


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
