"""Work goes on where nobody can read what it says."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import HANGS
from without_numba import numba_or_skip

from scratchae import pulse

FULL = "/dev/full"  # to which nothing can be written


there = pytest.mark.skipif(not os.path.exists(FULL), reason="there is no such device")


@there
def test_a_training_whose_warnings_nobody_can_read(tmp_path):
    """Of an overcomplete code, and of too few steps."""
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).random((60, 6)))
    typed = "train autoencoder --data rows.npy --latent 8 --hidden 4 --epochs 1"
    with open(FULL, "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scratchae", *typed.split()], cwd=tmp_path,
            stderr=full, stdout=subprocess.PIPE, timeout=HANGS)
    assert b"test sse" in done.stdout
    assert done.returncode in (0, 120)  # 120: Python's own last flush of stderr fails
    assert (tmp_path / "runs/autoencoder-rows.npz").exists()


@there
def test_kernels_are_compiled_where_nobody_can_read_that(monkeypatch):
    numba_or_skip()
    from scratchae.kernels import cache, compile

    monkeypatch.setattr(sys, "stderr", open(FULL, "w", encoding="utf-8"))
    with compile._CompileClock().waiting("adam_all"):
        cache.say_once(object(), "a folder is full")
    with pytest.raises(OSError):
        sys.stderr.close()


def test_without_stderr_nothing_goes_to_stdout(monkeypatch, capsys):
    pulse.tell("aside")
    assert capsys.readouterr() == ("", "aside\n")
    monkeypatch.setattr(sys, "stderr", None)
    pulse.tell("aside")
    monkeypatch.undo()
    assert capsys.readouterr() == ("", "")
