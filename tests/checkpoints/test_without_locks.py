"""Network drives whose system keeps no locks: a training is written there all the same.
"""

import errno
import os

import numpy as np
import pytest
from test_files import written

from scratchae import Autoencoder, backend, load
from scratchae.locks import holding, lock

NONE = [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL]
BUSY = [errno.EAGAIN, errno.EACCES]


def refusing(monkeypatch, number):
    """What asks for a lock gets this error, or has nobody whom it could ask."""
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("scratchae.locks.flock", None if number is None else refuse)
    monkeypatch.setattr("scratchae.locks.locking", None)


@pytest.mark.parametrize("number", [None, *NONE, *BUSY], ids=str)
def test_a_lock_that_nobody_gives_is_not_one_that_somebody_holds(
    number, tmp_path, monkeypatch
):
    refusing(monkeypatch, number)
    with open(tmp_path / "m", "wb") as file:
        assert lock(file) is (False if number in BUSY else None)


@pytest.mark.parametrize("number", [None, *NONE], ids=str)
def test_without_locks_a_path_is_held_and_nothing_is_left(
    number, tmp_path, monkeypatch
):
    refusing(monkeypatch, number)
    for _ in range(2):
        with holding(tmp_path / "there/m"):
            assert (tmp_path / "there/.m.lock").exists()
            assert written(tmp_path / "there/m") == [".m.lock", "m"]
        assert [p.name for p in (tmp_path / "there").iterdir()] == ["m"]


def test_a_training_writes_its_checkpoint_and_goes_on_without_locks(
    tmp_path, monkeypatch, rng
):
    refusing(monkeypatch, errno.ENOLCK)
    x, path = rng.random((20, 5)), tmp_path / "m.npz"
    model = Autoencoder(2, (), epochs=2, batch_size=10, random_state=0, verbose=False)
    with backend("numpy"), pytest.warns(UserWarning):  # of few steps
        model.fit(x, checkpoint=path)
    np.testing.assert_array_equal(load(path).transform(x), model.transform(x))
    assert [p.name for p in tmp_path.iterdir()] == ["m.npz"]
    assert model.fit(x, resume=path).history_ == load(path).history_


@pytest.mark.parametrize("number", BUSY, ids=str)
def test_a_path_that_somebody_holds_is_refused(number, tmp_path, monkeypatch):
    refusing(monkeypatch, number)
    with pytest.raises(BlockingIOError, match="another process is writing it"):
        holding(tmp_path / "m").__enter__()
