"""Stopping and resuming gives the bits of never having stopped."""

import ctypes
import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import HANGS

from scratchae import (
    Autoencoder,
    CheckpointError,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
)
from scratchae.training import checkpoint as files

CASES = {
    "vae": (VariationalAutoencoder, {"kl_warmup_epochs": 3}),
    "iwae": (VariationalAutoencoder, {"objective": "iwae", "n_samples": 2}),
    "denoising": (DenoisingAutoencoder, {"level": 0.2}),
    "sparse": (SparseAutoencoder, {"loss": "bernoulli"}),
    "momentum": (Autoencoder, {"optimizer": "momentum", "learning_rate": 1e-3}),
    "sgd": (Autoencoder, {"optimizer": "sgd", "learning_rate": 1e-3}),
    "patience": (Autoencoder, {"validation_fraction": 0.25, "patience": 2}),
}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(90, 12)).astype(np.float32)


def make(case, epochs=5):
    model, options = CASES[case]
    return model(3, (8,), epochs=epochs, batch_size=16, random_state=0, verbose=False,
                 **options)  # fmt: skip


class Stop(Exception):
    """Stands for the power cut."""


def stop_after(monkeypatch, epochs):
    """Let writing fail once so many checkpoints are complete."""
    write, written = files.write_checkpoint, []

    def write_or_stop(*arguments):
        if len(written) == epochs:
            raise Stop
        write(*arguments)
        written.append(1)

    monkeypatch.setattr("scratchae.models.resume.write_checkpoint", write_or_stop)


def losses(model):
    return {k: v for k, v in model.history_.items() if k != "seconds"}


@pytest.mark.parametrize("epochs", [1, 3, 4])
@pytest.mark.parametrize("case", CASES)
def test_resumed_training_has_the_bits_of_an_uninterrupted_one(
    case, epochs, x, tmp_path, monkeypatch
):
    whole = make(case).fit(x)
    path = tmp_path / "model.npz"
    with monkeypatch.context() as patch, pytest.raises(Stop):
        stop_after(patch, epochs)
        make(case).fit(x, checkpoint=path)
    resumed = make(case).fit(x, resume=path)
    np.testing.assert_array_equal(resumed.parameters_.theta, whole.parameters_.theta)
    assert losses(resumed) == losses(whole)
    np.testing.assert_array_equal(load(path).parameters_.theta, whole.parameters_.theta)


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 5])
def test_resuming_in_warm_up_and_in_patience_has_the_same_bits(
    epochs, x, tmp_path, monkeypatch
):
    """Warm-up to epoch 3, the best in epoch 4, over in epoch 6 of 9."""

    def fit(start, **options):
        losses = iter([1, 2, 4, 3, 3, 3, 0][start:])
        with monkeypatch.context() as patch:
            patch.setattr("scratchae.training.loop.evaluate",
                          lambda *_: {"loss": next(losses)})  # fmt: skip
            if options.get("checkpoint"):
                stop_after(patch, epochs)
            model = make("vae", epochs=9).set_params(patience=2)
            return model.fit(x, validation_data=x, **options)

    whole, path = fit(0), tmp_path / "model.npz"
    assert len(whole.history_["loss"]) == 6
    with pytest.raises(Stop):
        fit(0, checkpoint=path)
    resumed = fit(epochs, resume=path)
    np.testing.assert_array_equal(resumed.parameters_.theta, whole.parameters_.theta)
    assert losses(resumed) == losses(whole)


def test_conditional_model_resumes_too(x, tmp_path, monkeypatch):
    y = np.arange(len(x)) % 3
    options = {"epochs": 4, "random_state": 0, "verbose": False}
    whole = ConditionalVariationalAutoencoder(3, (8,), **options).fit(x, y)
    path = tmp_path / "model.npz"
    with monkeypatch.context() as patch, pytest.raises(Stop):
        stop_after(patch, 2)
        ConditionalVariationalAutoencoder(3, (8,), **options).fit(x, y, checkpoint=path)
    resumed = ConditionalVariationalAutoencoder(3, (8,), **options).fit(
        x, y, resume=path
    )
    np.testing.assert_array_equal(resumed.parameters_.theta, whole.parameters_.theta)


def test_a_checkpoint_under_way_loads_as_a_model(x, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    with monkeypatch.context() as patch, pytest.raises(Stop):
        stop_after(patch, 2)
        make("vae").fit(x, checkpoint=path)
    model = load(path)
    assert len(model.history_["loss"]) == 2
    assert model.transform(x).shape == (90, 3)


def test_resuming_a_complete_training_changes_nothing(x, tmp_path):
    path = tmp_path / "model.npz"
    whole = make("vae").fit(x, checkpoint=path)
    content = path.read_bytes()
    again = make("vae").fit(x, resume=path)
    np.testing.assert_array_equal(again.parameters_.theta, whole.parameters_.theta)
    assert path.read_bytes() == content


@pytest.fixture
def stopped(x, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    with monkeypatch.context() as patch, pytest.raises(Stop):
        stop_after(patch, 2)
        make("vae").fit(x, checkpoint=path)
    return path


def test_other_data_are_refused_and_the_model_is_as_before(stopped, x):
    model = make("vae").fit(x)
    before = model.parameters_.theta.copy()
    with pytest.raises(CheckpointError, match="trained on other data"):
        model.fit(x[::-1], resume=stopped)
    np.testing.assert_array_equal(model.parameters_.theta, before)


@pytest.mark.parametrize("change, message", [
    ({"learning_rate": 1e-2}, "learning_rate=0.002, now 0.01"),
    ({"epochs": 9}, "epochs=5, now 9"),
    ({"n_components": 2}, "n_components=3, now 2"),
])  # fmt: skip
def test_other_parameters_are_named(stopped, x, change, message):
    with pytest.raises(CheckpointError, match=message):
        make("vae").set_params(**change).fit(x, resume=stopped)


def test_another_kind_of_model_is_refused(stopped, x):
    with pytest.raises(CheckpointError, match="holds a 'VariationalAutoencoder'"):
        make("sgd").fit(x, resume=stopped)


def test_verbose_may_change(stopped, x, capsys):
    make("vae").set_params(verbose=True).fit(x, resume=stopped)
    assert "epoch 3/5" in capsys.readouterr().err


@pytest.mark.parametrize("change", [
    {"epoch": 3}, {"generators": {}}, {"generators": 3}, {"steps": "many"},
    {"waited": None}, {"best_loss": "small"},
])  # fmt: skip
def test_a_crafted_state_is_refused_and_the_model_is_as_before(stopped, x, change):
    with np.load(stopped) as file:
        members = dict(file)
    description = json.loads(members[files.DESCRIPTION].tobytes())
    description["training"] |= change
    text = json.dumps(description).encode()
    np.savez(stopped, **members | {files.DESCRIPTION: np.frombuffer(text, np.uint8)})
    model = make("vae").fit(x)
    before, history = model.parameters_.theta.copy(), model.history_
    with pytest.raises(CheckpointError):
        model.fit(x, resume=stopped)
    np.testing.assert_array_equal(model.parameters_.theta, before)
    assert model.history_ is history


def test_forgotten_adam_state_would_be_noticed(stopped, x, monkeypatch):
    whole = make("vae").fit(x)
    monkeypatch.setattr("scratchae.nn.optimizers.Adam.arrays", lambda self: {})
    monkeypatch.setattr("scratchae.training.checkpoint._read_arrays", _all_arrays)
    resumed = make("vae").fit(x, resume=stopped)
    assert (resumed.parameters_.theta != whole.parameters_.theta).any()


def _all_arrays(archive, path, layout):
    return {name: files._read(archive, f"{name}.npy") for name in layout}


@pytest.mark.slow
def test_killed_runs_of_the_command_resume_to_the_same_bits(tmp_path):
    """The issue's kill test runs 50 of these: tests/kill.py."""
    from kill import killed_and_resumed

    assert killed_and_resumed(tmp_path, runs=2, seed=0) == (2, 2)


def train_again(folder, limit):
    """`scratchae train` in a folder that has its checkpoint; limit() runs before."""
    command = "train autoencoder --hidden 64 --latent 8 --epochs 1 --seed 1 --out"
    return subprocess.run(
        [sys.executable, "-m", "scratchae", *command.split(), folder],
        preexec_fn=limit, capture_output=True, text=True, timeout=HANGS,
    )  # fmt: skip


def full_disk():
    import resource  # Unix only

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def read_only():
    """Root may write anywhere: the process is to run without that right."""
    capability_bounding_set_drop, dac_override = 24, 1
    ctypes.CDLL(None).prctl(capability_bounding_set_drop, dac_override, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
@pytest.mark.parametrize(
    ("limit", "mode", "reason"),
    [
        (full_disk, 0o700, "File too large"),
        (read_only, 0o500, "Permission denied"),
    ],
)
def test_a_failed_save_is_named_and_the_old_checkpoint_stays(
    limit, mode, reason, tmp_path
):
    (folder := tmp_path / "runs").mkdir()
    path = folder / "autoencoder-strokes.npz"
    path.write_bytes(b"the old checkpoint")
    folder.chmod(mode)
    done = train_again(folder, limit)
    folder.chmod(0o700)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert reason in last and str(path) in last and "older one is unchanged" in last
    assert path.read_bytes() == b"the old checkpoint"
    assert list(folder.iterdir()) == [path]


def test_a_folder_that_vanishes_is_named_and_the_error_has_the_training(
    x, tmp_path, monkeypatch
):
    (folder := tmp_path / "runs").mkdir()
    write = files.write_checkpoint

    def write_and_lose(*arguments):
        write(*arguments)
        shutil.rmtree(folder)

    monkeypatch.setattr("scratchae.models.resume.write_checkpoint", write_and_lose)
    model = make("vae")
    match = "cannot write the file.*model.npz"
    with pytest.raises(FileNotFoundError, match=match) as caught:
        model.fit(x, checkpoint=folder / "model.npz")
    trained = caught.value.model
    assert np.isfinite(trained.transform(x)).all()
    assert len(trained.history_["loss"]) == 2


def test_the_kill_tests_signal_cannot_be_caught():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(0.1)
    sleeper.send_signal(signal.SIGKILL)
    assert sleeper.wait(HANGS) == -signal.SIGKILL
