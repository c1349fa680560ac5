"""What the tests of kernels share: how exact, how large, and processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import HANGS

numba = pytest.importorskip("numba")

from scratchae import kernels  # noqa: E402

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
INTERPRETED = bool(numba.config.DISABLE_JIT)
SIZES = (1, 2, 7, 9) if INTERPRETED else (1, 2, 7, 33, 129)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
FOLDER = Path(kernels.__file__).parent


def error(got, expected):
    """Largest difference relative to the largest expected entry."""
    got, expected = np.asarray(got), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    scale = np.abs(expected).max()
    difference = np.abs(got - expected).max()
    return difference / scale if difference else 0.0


def exact(*arrays):
    return (np.asarray(array, np.float64) for array in arrays)


def run(code, *, path=None, **environment):
    """Output of a Python process with this code; stderr is shown if it fails."""
    environment = {**os.environ, **environment}
    root = str(path or FOLDER.parents[1])
    environment["PYTHONPATH"] = os.pathsep.join([root, str(FOLDER.parents[1])])
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=HANGS
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}"
    return done.stdout.strip()
