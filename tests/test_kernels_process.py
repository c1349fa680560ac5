"""Kernels across processes: threads, the cache on disk, and planted mistakes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

numba = pytest.importorskip("numba")
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from scratchae import kernels  # noqa: E402

FOLDER = Path(kernels.__file__).parent
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
for t in range(1, 21):
    W, V = theta[0].reshape(77, 61), theta[1].reshape(61, 77)
    x = rng.random((51, 77), dtype="f4")
    h, kept = K.dense_forward(x, W, b, "relu")
    logits, _ = K.dense_forward(h, V, c)
    loss, da = K.bernoulli_nll(logits, x, 1 / 51)
    dV, dc = K.dense_weight_gradient(h, da)
    dW, db = K.dense_weight_gradient(x, K.dense_input_gradient(da, V, "relu", kept))
    for p, (g, s) in enumerate(zip((dW, dV), state)):
        K.adam_step(theta[p], g.ravel(), *s, t)
print(hashlib.sha256(b"".join(p.tobytes() for p in (*theta, loss, dc, db))).hexdigest(),
      K.squared_norm(theta[0]))
"""

PRODUCT = """
import numpy as np
from kernels_copy import dense_forward
print(dense_forward(np.ones((3, 4)), np.ones((4, 5)), np.zeros(5), "sigmoid")[0][0, 0])
"""


def run(code, *, path=None, **environment):
    """Output of a Python process with this code; stderr is shown if it fails."""
    environment = {**os.environ, **environment}
    root = str(path or FOLDER.parents[1])
    environment["PYTHONPATH"] = os.pathsep.join([root, str(FOLDER.parents[1])])
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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


@pytest.fixture
def copy(tmp_path):
    """A copy of the kernels under another name, to be edited."""
    target = tmp_path / "kernels_copy"
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in target.glob("*.py"):
        text = path.read_text().replace("scratchae.kernels", "kernels_copy")
        path.write_text(text)
    return target


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edit_of_a_helper_in_another_file_is_never_stale(copy):
    cache = {"NUMBA_CACHE_DIR": str(copy.parent / "cache")}
    before = float(run(PRODUCT, path=copy.parent, **cache))
    replace(copy / "activations.py", "h[j] = s\n", "h[j] = s + s\n")
    after = float(run(PRODUCT, path=copy.parent, **cache))
    assert after == 2 * before


def test_second_process_compiles_nothing(copy):
    cache = {"NUMBA_CACHE_DIR": str(copy.parent / "cache")}
    code = PRODUCT + (
        "\nfrom kernels_copy.product import product"
        "\nprint(sum(product.stats.cache_hits.values()))"
    )
    run(code, path=copy.parent, **cache)
    assert run(code, path=copy.parent, **cache).splitlines()[1] == "1"


def test_unwritable_cache_falls_back_to_memory_with_a_warning(copy):
    replace(copy / "compile.py", "compiled.enable_caching()", "raise RuntimeError('no')")
    code = "import warnings; warnings.simplefilter('error', UserWarning)\n" + PRODUCT
    assert float(run(code, path=copy.parent)) == pytest.approx(1 / (1 + np.exp(-4)))


MISTAKES = [
    ("product.py", "a1, a0 = ", None),
    ("product.py", "a + min(3, last) * a_row", "a + min(2, last) * a_row"),
    ("product.py", "for k in range(depth):\n        b = load", "for k in range(depth - 1):\n        b = load"),  # fmt: skip
    ("product.py", "Z, z, z_row = C.reshape(C.size), j0, columns", "Z, z, z_row = start, j0, 0"),  # fmt: skip
    ("product.py", "finish_row(C, c + c_row, c1, leak, h, c + h_row)", "finish_row(C, c + c_row, c1, leak, h, c)"),  # fmt: skip
    ("product.py", "if first:", "if not first:"),
    ("activations.py", "low if x < low", "high if x < low"),
    ("losses.py", "(e if a[j] < 0 else real(1))", "(real(1) if a[j] < 0 else e)"),
    ("optimizers.py", "+ eps)", ")"),
    ("gaussian.py", "exp(real(0.5) * log_var[j], real)", "exp(log_var[j], real)"),
]
