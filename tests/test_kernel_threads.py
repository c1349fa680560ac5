"""Kernels on threads: equal bits, two callers at once, every layer, a short spin."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import HANGS
from kernel_tools import FOLDER, run

numba = pytest.importorskip("numba")
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from numba import njit, prange  # noqa: E402

from scratchae.kernels.shares import COUNTERS, start_shares, take  # noqa: E402

pytestmark = pytest.mark.lecture13

STEP = """
import hashlib
import numpy as np
from scratchae import kernels as K

rng = np.random.default_rng(0)
W, V = (0.05 * rng.normal(size=s).astype("f4") for s in ((77, 61), (61, 77)))
theta = [W.ravel().copy(), V.ravel().copy()]
state = [[np.zeros_like(t) for _ in range(2)] for t in theta]
b, c = np.zeros(61, "f4"), np.zeros(77, "f4")
for t in range(1, 201):
    W, V = theta[0].reshape(77, 61), theta[1].reshape(61, 77)
    x = rng.random((51, 77), dtype="f4")
    h, below = K.layer_forward(x, W, b, "relu")
    logits, above = K.layer_forward(h, V, c)
    loss, da = K.bernoulli_nll(logits, x, 1 / 51)
    dV, dc, dW, db = (np.empty_like(p) for p in (V, c, W, b))
    da = K.layer_backward(da, above, dV, dc, below)
    K.layer_backward(da, below, dW, db, input_gradient=False)
    for p, (g, s) in enumerate(zip((dW, dV), state)):
        K.adam_step(theta[p], g.ravel(), *s, t)
results = b"".join(p.tobytes() for p in (*theta, loss, dc, db))
line = f"{hashlib.sha256(results).hexdigest()} {K.squared_norm(theta[0])}"
print(line + "\\n", end="")  # one write, as two threads share the terminal
"""


def test_weights_have_the_same_bits_for_one_and_two_threads():
    one, two = (run(STEP, NUMBA_NUM_THREADS=threads) for threads in "12")
    assert one == two


def test_two_python_threads_may_train_at_once():
    code = "\n".join(
        ["import threading", "def work():"]
        + ["    " + line for line in STEP.strip().splitlines()]
        + ["threads = [threading.Thread(target=work) for _ in range(2)]"]
        + ["for t in threads: t.start()", "for t in threads: t.join()"]
    )
    lines = run(code, NUMBA_THREADING_LAYER="workqueue", NUMBA_NUM_THREADS="2")
    assert len(set(lines.splitlines())) == 1


@pytest.mark.parametrize(
    ("layer", "pool"),
    [("workqueue", "workqueue"), ("omp", "omppool"), ("tbb", "tbbpool")],
)
def test_models_in_threads_on_each_threading_layer(layer, pool):
    pytest.importorskip(f"numba.np.ufunc.{pool}", exc_type=ImportError)
    tests = FOLDER.parents[1] / "tests" / "test_models_in_threads.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
               str(tests), "-k", "trained_at_once or four_threads"]
    choice = {"NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        command,
        env={**os.environ, **choice},
        capture_output=True,
        text=True,
        timeout=HANGS,
    )
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout


SPIN = """
import os
before = dict(os.environ)
from scratchae import kernels
import numpy as np, ctypes
kernels.squared_norm(np.ones(5))
assert before == dict(os.environ)
ctypes.CDLL("libgomp.so.1").omp_display_env(1)
"""
OURS = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY")


@pytest.mark.parametrize(
    ("chosen", "rounds"),
    [
        ({}, "3000"),
        ({"GOMP_SPINCOUNT": "77"}, "77"),
        ({"OMP_WAIT_POLICY": "passive"}, "0"),
    ],
)
def test_threads_spin_shortly_unless_the_user_has_chosen(chosen, rounds, monkeypatch):
    pytest.importorskip("numba.np.ufunc.omppool", exc_type=ImportError)
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    libraries = Path("/proc/self/maps")
    if not libraries.exists() or "libgomp" not in libraries.read_text():
        pytest.skip("Numba does not use GNU's library here")
    done = subprocess.run(
        [sys.executable, "-c", SPIN], env={**os.environ, **chosen},
        capture_output=True, text=True, timeout=HANGS,
    )
    assert done.returncode == 0, done.stderr
    assert f"GOMP_SPINCOUNT = '{rounds}'" in done.stderr


@njit
def count_blocks(taken, counters, own):
    for turn in range(counters.size):
        share = (own + turn) % counters.size
        block = take(counters, share)
        while block < taken.shape[1]:
            taken[share, block] += 1
            block = take(counters, share)


@njit(parallel=True)
def take_all(taken, counters):
    start_shares(counters)
    for thread in prange(counters.size):
        count_blocks(taken, counters, thread)


def test_every_block_of_every_share_is_taken_once():
    counters = COUNTERS[0].copy()
    taken = np.zeros((counters.size, 1000), np.int64)
    take_all(taken, counters)
    assert (taken == 1).all()
    # Every thread asked each share once more than there was something to take.
    assert (counters == 1000 + counters.size).all()
