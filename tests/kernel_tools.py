"""What the tests of kernels share: how exact, how large, and processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import HANGS
from without_numba import numba_or_skip

numba = numba_or_skip()

from scratchae import kernels  # noqa: E402

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
INTERPRETED = bool(numba.config.DISABLE_JIT)
SIZES = (1, 2, 7, 9) if INTERPRETED else (1, 2, 7, 33, 129)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
FOLDER = Path(kernels.__file__).parent


def double(x):
    """What a small kernel is compiled from."""
    for i in range(len(x)):
        x[i] = 2 * x[i]


def empty_cache(folder, monkeypatch):
    """Kernels are kept in this empty folder, and nothing was said of them yet."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    monkeypatch.setattr(kernels.cache, "_said", set())
    return folder


def error(got, expected):
    """Largest difference relative to the largest expected entry."""
    got, expected = np.asarray(got), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    scale = np.abs(expected).max()
    difference = np.abs(got - expected).max()
    if np.isnan(difference):  # which `max` would pass over
        return np.inf
    return difference / scale if difference else 0.0


def exact(*arrays):
    return (np.asarray(array, np.float64) for array in arrays)


def run(code, *, path=None, given=None, **environment):
    """Output of a Python process with this code; stderr is shown if it fails.

    path : folder of other packages, where it runs   given : text that it can read
    """
    environment = {**os.environ, **environment}
    root = str(path or FOLDER.parents[1])
    environment["PYTHONPATH"] = os.pathsep.join([root, str(FOLDER.parents[1])])
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=HANGS,
        cwd=path, input=given,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}"
    return done.stdout.strip()


def laid_out(array, layout):
    """The same numbers as C-ordered, F-ordered, strided or read-only memory."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "strided":
        wide = np.zeros((2 * array.shape[0], 3 * array.shape[1]), array.dtype)
        wide[::2, ::3] = array
        return wide[::2, ::3]
    array = np.array(array)
    array.flags.writeable = layout != "read-only"
    return array


LAYOUTS = ("C", "F", "strided", "read-only")


def layer(rng, n, d_in, d_out, dtype="float64", layout="C"):
    """x, W, b, da of one dense layer, in one memory layout."""
    shapes = (n, d_in), (d_in, d_out), (d_out,), (n, d_out)
    x, W, b, da = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return laid_out(x, layout), laid_out(W, layout), b, laid_out(da, layout)


def weight_gradient(da, cache):
    """dW and db of a layer, filled by the kernel for weights alone."""
    dW, db = (np.full(size, np.nan, cache.W.dtype)
              for size in (cache.W.shape, cache.W.shape[1]))
    nothing = kernels.layer_backward(da, cache, dW, db, input_gradient=False)
    assert nothing is None
    return dW, db


def both_gradients(da, cache, below=None):
    """dW, db and dx of a layer, filled by the kernel for all of them."""
    dW, db = (np.full(size, np.nan, cache.W.dtype)
              for size in (cache.W.shape, cache.W.shape[1]))
    dx = kernels.layer_backward(da, cache, dW, db, below)
    return dW, db, dx


def products(x, W, b, da):
    """x W + b, then dx, dW and db, each by a kernel of its own."""
    y, cache = kernels.layer_forward(x, W, b)
    return y, kernels.layer_backward(da, cache), *weight_gradient(da, cache)
