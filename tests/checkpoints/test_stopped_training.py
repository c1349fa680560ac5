"""A training that breaks off: what it says, what is in the file, what goes on."""

import contextlib
import errno
import hashlib
import os
from types import SimpleNamespace

import numpy as np
import pytest
from data_files import rewrite
from readings import each_epoch

from scratchae import Autoencoder, CheckpointError, DivergedError, backend, load
from scratchae.checkpoints import resume
from scratchae.checkpoints.state import TrainingState, pcg64_children
from scratchae.nn.optimizers import Adam
from scratchae.training import loop

SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "batch_size": 10,
         "random_state": 0, "verbose": False}


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.fixture
def x(rng):
    return rng.uniform(size=(40, 6)).astype(np.float32)


@contextlib.contextmanager
def released_under_ctrl_c(path):
    yield
    raise KeyboardInterrupt


def test_ctrl_c_while_the_file_is_given_free_ends_a_training_that_has_an_epoch(
    x, tmp_path, monkeypatch
):
    """And before its first epoch it is an interruption, after which nothing is new."""
    monkeypatch.setattr(resume, "holding", released_under_ctrl_c)
    model = Autoencoder(epochs=2, **SMALL).fit(x, checkpoint=tmp_path / "m.npz")
    assert len(model.history_["loss"]) == len(load(tmp_path / "m.npz").history_["loss"])
    before = model.parameters_.theta.copy()
    broken_at(monkeypatch, 1, KeyboardInterrupt())
    for kept in (model, Autoencoder(epochs=2, **SMALL)):
        with pytest.raises(KeyboardInterrupt):
            kept.fit(x, checkpoint=tmp_path / "other.npz")
    np.testing.assert_array_equal(model.parameters_.theta, before)
    assert not hasattr(kept, "network_") and not (tmp_path / "other.npz").exists()


def broken_at(monkeypatch, call, found):
    """At this call a step returns `found`, or raises it."""
    calls, step = [], Adam.step

    def counted(*given):
        calls.append(1)
        if len(calls) < call:
            return step(*given)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(Adam, "step", counted)


def test_of_a_lost_gradient_the_loss_of_the_batch_before_is_told(x, monkeypatch):
    """The loss of its own batch is finite too, and is not the last before it."""
    seen, network = [], type(Autoencoder(**SMALL).build_network(6))
    loss = network.loss
    monkeypatch.setattr(network, "loss", lambda self, **inputs: (
        seen.append(loss(self, **inputs)), seen[-1])[1])
    broken_at(monkeypatch, 7, np.nan)  # batch 3 of epoch 2
    with pytest.raises(DivergedError, match="the gradient is not finite") as caught:
        Autoencoder(epochs=3, **SMALL).fit(x)
    assert (caught.value.epoch, caught.value.batch) == (2, 3)
    assert caught.value.last_loss == seen[5]["loss"] != seen[6]["loss"]


def test_ctrl_c_at_the_first_batch_of_a_resumed_training_keeps_what_was_read(
    x, monkeypatch, tmp_path
):
    model = Autoencoder(epochs=4, **SMALL)
    _, after_two, *_ = each_epoch(model, tmp_path / "m.npz", x)
    kept = load(after_two)
    broken_at(monkeypatch, 2, KeyboardInterrupt())
    resumed = Autoencoder(epochs=4, **SMALL).fit(x, resume=after_two)
    assert resumed.history_["loss"] == kept.history_["loss"]
    np.testing.assert_array_equal(resumed.parameters_.theta, kept.parameters_.theta)


def test_after_a_full_disk_the_file_has_the_last_epoch_that_was_written(
    x, monkeypatch, tmp_path
):
    """And not what was there before the training, as after a divergence."""
    (path := tmp_path / "m.npz").write_bytes(b"before")
    saves, write = [], resume.write_checkpoint

    def full(*given):
        saves.append(1)
        if len(saves) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(*given)

    monkeypatch.setattr(resume, "write_checkpoint", full)
    with pytest.raises(OSError, match="No space left"):
        Autoencoder(epochs=4, **SMALL).fit(x, checkpoint=path)
    assert len(load(path).history_["loss"]) == 2


@pytest.mark.parametrize("batch", [7, 15])  # of epoch 2, and of epoch 4
def test_after_a_divergence_the_file_is_the_one_of_before(
    batch, x, monkeypatch, tmp_path
):
    (path := tmp_path / "m.npz").write_bytes(b"before")
    broken_at(monkeypatch, batch, np.nan)
    with pytest.raises(DivergedError):
        Autoencoder(epochs=4, **SMALL).fit(x, checkpoint=path)
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("x_val", [None, np.ones((1, 3))])
def test_the_digest_of_the_data_is_that_of_their_shapes_types_and_bytes(x_val):
    """Files of earlier versions have it: another one would resume none of them."""
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    told = b"(2, 3) float32" + rows.tobytes()
    told += b"" if x_val is None else b"(1, 3) float64" + x_val.tobytes()
    expected = hashlib.blake2b(told, digest_size=16).hexdigest()
    assert resume.fingerprint(rows[:, ::1], x_val) == expected


def test_a_column_of_the_history_that_begins_late_has_nan_before():
    """As `seconds` of a file that an older version wrote."""
    state = TrainingState(SimpleNamespace(t=0, arrays=dict),
                          SimpleNamespace(loss=1.0, waited=0, theta=None),
                          np.random.default_rng(0), np.random.default_rng(1),
                          np.zeros(2))
    for losses in ({"loss": 3.0}, {"loss": 2.0}, {"loss": 1.0, "seconds": 7.0}):
        state.keep(np.zeros(2), losses)
    assert state.epoch == 3 and state.history["loss"] == [3, 2, 1]
    np.testing.assert_array_equal(state.history["seconds"], [np.nan, np.nan, 7])


def test_generators_that_one_seed_gives_draw_different_numbers():
    first, again = ([rng.random() for rng in pcg64_children(given, 3)]
                    for given in map(np.random.default_rng, (0, 0)))
    assert len({*first}) == 3 and first == again


def test_a_packed_checkpoint_is_told_by_its_two_sizes(x, tmp_path):
    """Weights hardly pack: the one is not twice the other."""
    model = Autoencoder(epochs=1, **SMALL | {"hidden_layer_sizes": (500,)})
    model.fit(x).save(path := tmp_path / "m.npz")
    with np.load(path) as file:
        np.savez_compressed(path, **dict(file))
    size = path.stat().st_size
    with pytest.raises(CheckpointError, match=f"has {size} bytes and claims \\d+ by"):
        load(path)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_state_of_the_optimizer_that_is_not_finite_is_refused(value, x, tmp_path):
    stopped = each_epoch(Autoencoder(epochs=2, **SMALL), tmp_path / "m.npz", x)[0]
    with np.load(stopped) as file:
        arrays = {n: file[n] for n in file.files if n.startswith("training.")}
    for name, array in arrays.items():
        wrong = array.copy()
        wrong[-1] = value
        rewrite(stopped, **{name: wrong})
        with pytest.raises(CheckpointError, match=f"'{name}' holds values that are no"):
            load(stopped)
        rewrite(stopped, **{name: array})


@pytest.mark.parametrize("epoch, batch, rate", [(1, 1, False), (1, 2, True),
                                                (2, 1, True), (2, 2, True)])
def test_the_rate_is_at_fault_in_any_batch_but_the_very_first(epoch, batch, rate):
    x = np.random.default_rng(0).uniform(size=(40, 3)) * [1, 1, 1e6]
    network = Autoencoder(1, ()).build_network(3)
    inputs = {"x": x.astype(np.float32)}
    state = SimpleNamespace(last_loss=0.5)
    told = str(loop._diverged("the loss", epoch, batch, state, x, network, inputs))
    assert ("If that does not help: try a smaller learning_rate" in told) is rate
