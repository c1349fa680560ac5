"""Kernels of processes of their own: the cache on disk, planted mistakes, fences."""

import json
import shutil
import sys

import pytest
from kernel_tools import FOLDER, run
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)


pytestmark = pytest.mark.lecture13


def copied(folder):
    """A copy of the kernels under another name, to be edited."""
    target = folder / "kernels_copy"
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in target.rglob("*.py"):
        text = path.read_text().replace("scratchae.kernels", "kernels_copy")
        path.write_text(text)
    return target


@pytest.fixture
def copy(tmp_path):
    return copied(tmp_path)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


TINY = """
from kernels_copy.activations import log1p
from kernels_copy.compile import kernel


@kernel
def logarithm(x):
    return log1p(x[0], x.dtype.type)
"""
USE = """
import numpy as np
from kernels_copy.tiny import logarithm
print(logarithm(np.ones(1)))
print(sum(logarithm.stats.cache_hits.values()))
"""


@pytest.fixture(scope="module")
def logarithms(tmp_path_factory):
    """(log 2, loads from disk) in one process after the other, with one cache."""
    copy = copied(tmp_path_factory.mktemp("edited"))
    (copy / "tiny.py").write_text(TINY)
    found = {}
    for name, edit in {
        "first": (),
        "second": (),
        "a helper in another file": (
            "activations.py", "real(2) * (s + s * w", "real(4) * (s + s * w"),
        "a file of the engine": ("product/vector.py", "REGISTERS = 3", "REGISTERS = 2"),
    }.items():
        if edit:
            replace(copy / edit[0], *edit[1:])
        out = run(USE, path=copy.parent, NUMBA_CACHE_DIR=str(copy.parent / "cache"))
        found[name] = [*map(float, out.split())]
    return found


def test_an_edit_of_a_helper_in_another_file_is_never_stale(logarithms):
    assert logarithms["a helper in another file"][0] == 2 * logarithms["second"][0]


def test_second_process_compiles_nothing_until_a_file_of_the_engine_changes(
    logarithms
):
    assert [hits for _, hits in logarithms.values()] == [0, 1, 0, 0]


COMPARE = """
import numpy as np
import kernels_copy as K
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.losses import bernoulli_nll_forward
from scratchae.formulas.optimizers import adam_step
from scratchae.formulas.reparameterization import reparameterize_diag_forward

rng = np.random.default_rng(0)
x, W, da = (rng.normal(size=s) for s in ((9, 21), (21, 16), (9, 16)))
b, eps = rng.normal(size=16), rng.normal(size=(9, 8))
h, below = K.layer_forward(x, np.eye(21), np.zeros(21), "relu")
above = K.layer_forward(h, W, b)[1]
_, last = K.layer_forward(da, np.eye(16), np.zeros(16), "tanh")
dW, db, sums = np.empty((21, 16)), np.empty(16), np.empty(16)
both = np.empty((21, 16))
K.layer_backward(da, above, dW, db, input_gradient=False)
adam = rng.random((2, 4, 30))
adam[1] = adam[0]
K.adam_step(*adam[0], 3)
adam_step(*adam[1], 3)
pairs = [
    (K.layer_forward(x, W, b)[0], x @ W + b),
    (dW, h.T @ da),
    (db, da.sum(axis=0)),
    (K.layer_backward(da, above, below=below), da @ W.T * (h > 0)),
    (K.layer_backward(da, above, both, sums, below), da @ W.T * (h > 0)),
    (both, h.T @ da),
    (sums, da.sum(axis=0)),
    (K.activation_backward(da, last), da * (1 - np.tanh(da) ** 2)),
    (K.bernoulli_nll(da, h[:, :16], 1.0)[0], bernoulli_nll_forward(da, h[:, :16])[0]),
    (K.bernoulli_nll(da, 0 * da, 1.0)[1], 1 / (1 + np.exp(-da))),
    (K.gaussian_head_forward(da, eps)[0],
     reparameterize_diag_forward(da[:, :8], da[:, 8:], eps)[0]),
    (adam[0], adam[1]),
    (np.array(K.squared_norm(adam[1, 0])), np.vdot(adam[1, 0], adam[1, 0])),
]
for phi, activation in ACTIVATIONS.items():
    pairs.append((K.layer_forward(x, W, b, phi)[0], activation.forward(x @ W + b)[0]))
error = np.max([np.abs(a - e).max() / np.abs(e).max() for a, e in pairs])
"""

PANEL, VECTOR = "product/panel.py", "product/vector.py"
MISTAKES = {  # name: file, what it says, what it says instead
    "one step of k left out": (PANEL,
        "for k in range(depth):\n            tile = add_outer",
        "for k in range(depth - 1):\n            tile = add_outer"),
    "a row below the last one": (VECTOR,
        "np.minimum(np.arange(height), rows - 1)", "np.arange(height)"),
    "half a tile too few": (PANEL, "range(0, rows, TILE // 2)", "range(0, rows, TILE)"),
    "a register too few": (PANEL, "elif width > lanes", "elif width > 2 * lanes"),
    "later block of k starts anew": (PANEL,
        "Z = start if block == 0", "Z = start if True"),
    "ReLU after every block of k": (PANEL,
        "part(B, k1, 0), identity", "part(B, k1, 0), leak"),
    "sums of the last block only": (PANEL,
        "total = start if block == 0", "total = start if True"),
    "the first rows for every block": (PANEL,
        "packed_panel(part(B, k0, 0)", "packed_panel(part(B, 0, 0)"),
    "columns side by side": (PANEL,
        "B.row + j * B.column\n                block",
        "B.row + j\n                block"),
    "rows and columns of a block": (VECTOR, "depth, size, 1).T", "depth, size, 1)"),
    "band of the next thread": (PANEL, "A.start + t * a_tile", "A.start + a_tile"),
    "exp cut off at the wrong end": ("activations.py", "x > high", "x > low"),
    "p and 1 - p mixed up": ("losses.py", "(e if a[j] < 0", "(e if a[j] > 0"),
    "eps left out": ("optimizers.py", "root + eps)", "root)"),
    "moments not corrected": ("optimizers.py", "1 - beta2**t", "1"),
    "variance for deviation": ("gaussian.py", "real(0.5) * log", "real(1) * log"),
    "slope of tanh": ("activations.py", "real(1) - kept[j] * kept", "real(1) - kept"),
}


WIDE = ("compile.py", '"+avx512f" in FEATURES.split(",")')
IN_TURN = """
import json, pathlib, sys

sys.dont_write_bytecode = True  # two texts of one second are not told apart
code, edits = json.loads(sys.stdin.read())
found = {}
for name, changes in edits.items():
    before = {}
    for file, old, new in changes:
        path = pathlib.Path("kernels_copy", file)
        text = path.read_text()
        before.setdefault(path, text)
        assert old in text, (file, old)
        path.write_text(text.replace(old, new))
    for module in [m for m in sys.modules if m.startswith("kernels_copy")]:
        del sys.modules[module]
    try:
        space = {}
        exec(code, space)
        found[name] = float(space["error"])
    except IndexError:  # interpreted, an index outside is noticed
        found[name] = "inf"
    for path, text in before.items():
        path.write_text(text)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Largest error of the copied kernels, interpreted, with panels of 8 rows, as they
    are for registers of 512 bits and without, and with each of the mistakes."""
    copy = copied(tmp_path_factory.mktemp("compared"))
    replace(copy / "product/vector.py", "REGISTERS = 3", "REGISTERS = 2")
    replace(copy / "product/panel.py", "DEPTH = 512", "DEPTH = 8")
    edits = {str(wide): [(*WIDE, str(wide))] for wide in (True, False)}
    edits |= {name: [(*WIDE, "True"), edit] for name, edit in MISTAKES.items()}
    out = run(IN_TURN, path=copy.parent, given=json.dumps([COMPARE, edits]),
              NUMBA_DISABLE_JIT="1")
    return {name: float(error) for name, error in json.loads(out).items()}


@pytest.mark.parametrize("wide", [True, False])
def test_interpreted_kernels_agree_with_their_twins(compared, wide):
    assert compared[str(wide)] < 1e-12


@pytest.mark.parametrize("mistake", MISTAKES)
def test_planted_mistake_shows_in_the_comparison(compared, mistake):
    assert not compared[mistake] < 1e-12


FENCED = """
import ctypes, importlib, mmap
import numpy as np
from scratchae import kernels as K

PAGE, libc = mmap.PAGESIZE, ctypes.CDLL(None, use_errno=True)
kept = []

def guarded(*shape, dtype):
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    pages = -(-size // PAGE) + 1
    memory = mmap.mmap(-1, pages * PAGE)
    kept.append(memory)
    raw = np.frombuffer(memory, np.uint8)
    end = (pages - 1) * PAGE
    fence = ctypes.c_void_p(raw.ctypes.data + end)
    assert libc.mprotect(fence, PAGE, 0) == 0  # neither read nor write
    out = raw[end - size : end].view(dtype).reshape(shape)
    out[...] = np.random.default_rng(0).normal(size=shape)
    return out
"""
GUARDED = FENCED + """
dense = importlib.import_module(K.layer_forward.__module__)
dense.recycled = lambda shape, dtype: guarded(*shape, dtype=dtype)
for dtype in (np.float32, np.float64):
    for n, d, h in [(1, 1, 1), (3, 5, 7), (9, 50, 48), (13, 600, 33), (100, 17, 99)]:
        x, W, b, c, da, dW, db = (
            guarded(*s, dtype=dtype) for s in
            ((n, d), (d, h), (h,), (d,), (n, h), (d, h), (h,))
        )
        _, above = K.layer_forward(x, W, b, "relu")
        _, below = K.layer_forward(da, W.T, c, "relu")
        K.layer_backward(da, above, dW, db, input_gradient=False)
        K.layer_backward(da, above, below=below)
        K.layer_backward(da, above, dW, db, below)
print("inside")
"""


@pytest.fixture
def fences():
    if not sys.platform.startswith("linux"):
        pytest.skip("pages are fenced off by Linux's mprotect")


def test_products_stay_inside_their_arrays(fences):
    assert run(GUARDED) == "inside"


def test_a_lane_too_many_would_be_noticed(fences, copy):
    replace(copy / "product" / "registers.py", 'icmp_signed("<", index',
            'icmp_signed("<=", index')
    guarded = GUARDED.replace(
        "from scratchae import kernels as K", "import kernels_copy as K"
    )
    with pytest.raises(AssertionError, match="exit status -11"):  # SIGSEGV
        run(guarded, path=copy.parent, NUMBA_CACHE_DIR=str(copy.parent / "cache"))


def test_a_number_behind_an_array_would_be_noticed(fences):
    code = FENCED + """
b = guarded(99, dtype=np.float32)
print(K.squared_norm(b) > 0, flush=True)
K.squared_norm(np.lib.stride_tricks.as_strided(b, (len(b) + 1,)))
"""
    with pytest.raises(AssertionError, match="exit status -11"):  # SIGSEGV
        run(code)
