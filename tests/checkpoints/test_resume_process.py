"""Killed, full disks, read-only folders: the command's checkpoints stay whole."""

import ctypes
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import HANGS


@pytest.mark.slow
def test_killed_runs_of_the_command_resume_to_the_same_bits(tmp_path):
    """The issue's kill test runs 50 of these: tests/kill.py."""
    from kill import killed_and_resumed

    assert killed_and_resumed(tmp_path, runs=1, seed=0, most=3) == (1, 1)


def train_again(folder, limit):
    """`scratchae train` in a folder that has its checkpoint; limit() runs before."""
    np.save(rows := folder.parent / "rows.npy", np.eye(100, 784))
    command = "train autoencoder --hidden 64 --latent 8 --epochs 1 --seed 1 --overwrite"
    return subprocess.run(
        [sys.executable, "-m", "scratchae", *command.split(), "--data", rows,
         "--out", folder],
        preexec_fn=limit, capture_output=True, text=True, timeout=HANGS,
    )


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
        (full_disk, 0o700, "File too large.*older one is unchanged: '{path}'"),
        (read_only, 0o500, "--out: cannot write into {folder} .Permission denied"),
    ],
)
def test_a_failed_save_is_named_and_the_old_checkpoint_stays(
    limit, mode, reason, tmp_path
):
    (folder := tmp_path / "runs").mkdir()
    path = folder / "autoencoder-rows.npz"
    path.write_bytes(b"the old checkpoint")
    folder.chmod(mode)
    done = train_again(folder, limit)
    folder.chmod(0o700)
    assert done.returncode == 2, done.stderr
    # NumPy before 2.2 leaves its archive open, and Python tells of that at the end.
    last = done.stderr.partition("\nException ignored in")[0].splitlines()[-1]
    assert re.search(reason.format(path=path, folder=folder), last), last
    assert ("epoch 1" in done.stderr) == (limit is full_disk)
    assert path.read_bytes() == b"the old checkpoint"
    assert list(folder.iterdir()) == [path]


def test_the_kill_tests_signal_cannot_be_caught():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(0.1)
    sleeper.send_signal(signal.SIGKILL)
    assert sleeper.wait(HANGS) == -signal.SIGKILL
