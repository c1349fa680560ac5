"""The exhibits' twins: the same mistakes in the kernels, which are compared with NumPy.

A process of its own with the compiler off (NUMBA_DISABLE_JIT=1) plants them one by
one. Compiling each mistake would take minutes.
"""

import json
import os
import subprocess
import sys
from importlib import import_module

import numpy as np

from scratchae.files import for_a_process
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.museum.registry import FAULTS

SIZES = ((1, 1, 1), (5, 5, 5), (4, 3, 7), (9, 17, 2))  # n, d, h: different, equal and 1
TOLERANCE = 1e-10


def results(ops):
    """What a backend computes at fixed random points: a list of (name, array)."""
    found = []
    for n, d, h in SIZES:
        rng = np.random.default_rng([n, d, h])
        found += _layers(ops, rng, n, d, h)
        found += _losses_and_noise(ops, rng, n, d)
        found += _gaussian_head(ops, rng, n, h)
    return [*found, *_adam(ops, np.random.default_rng(0)), *_not_a_number(ops)]


def _layers(ops, rng, n, d, h):
    x, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h)
    V, dh, dy = rng.normal(size=(h, d)), *30 * rng.normal(size=(2, n, h))
    x[0] *= 20  # saturated units too
    for name in ACTIVATIONS:
        out, below = ops.layer_forward(x, W, b, name)
        y, above = ops.layer_forward(out, V, b=np.zeros(d))
        yield f"layer_forward {name}", out
        yield f"activation_backward {name}", ops.activation_backward(dh, below)
        yield f"activation_backward {name}", dh  # nothing is written there
        dV, dc = rng.normal(size=(h, d)), rng.normal(size=d)  # to be overwritten
        yield f"layer_backward {name}", ops.layer_backward(y, above, dV, dc, below)
        yield from (("layer_backward", dV), ("layer_backward", dc))
        yield f"layer_backward {name}", ops.layer_backward(y, above, below=below)
    yield from _first_layer(ops, x, dy, below, rng)


def _first_layer(ops, x, dy, cache, rng):
    dW, db = rng.normal(size=(x.shape[1], dy.shape[1])), rng.normal(size=dy.shape[1])
    ops.layer_backward(dy, cache, dW, db, input_gradient=False)
    yield from (("first layer", dW), ("first layer", db))
    yield "first layer", ops.layer_backward(dy, cache)


def _losses_and_noise(ops, rng, n, d):
    a, x, u = 3 * rng.normal(size=(n, d)), rng.random((n, d)), rng.random((n, d))
    a[0] *= 10
    for name in ("bernoulli_nll", "squared_error"):
        for part in getattr(ops, name)(a, x, 0.3):
            yield name, part
    yield "mean_loss", np.array(ops.mean_loss(a[:, 0].copy()))
    yield "binarize", ops.binarize(x, u)
    yield "add_gaussian_noise", ops.add_gaussian_noise(x, a, 0.4)
    yield "mask", ops.mask(x, u, 0.3)
    yield "salt_and_pepper", ops.salt_and_pepper(x, u, 0.6)
    yield "shift_images", ops.shift_images(x, rng.normal(size=(2, n)), 1.0, (1, d))


def _gaussian_head(ops, rng, n, k):
    head, eps, dz = rng.normal(size=(n, 2 * k)), *rng.normal(size=(2, n, k))
    z, kl, cache = ops.gaussian_head_forward(head, eps)
    yield from (("gaussian_head_forward", z), ("gaussian_head_forward", kl))
    yield "gaussian_head_backward", ops.gaussian_head_backward(dz, 0.3, cache)
    head = rng.normal(size=(n, 2 * k + k * (k - 1) // 2))
    z, kl, cache = ops.cholesky_head_forward(head, eps)
    yield from (("cholesky_head_forward", z), ("cholesky_head_forward", kl))
    yield "cholesky_head_backward", ops.cholesky_head_backward(dz, 0.3, cache)


def _adam(ops, rng):
    theta, m, v = rng.normal(size=7), np.zeros(7), np.zeros(7)
    for t in (1, 2, 3):
        grad = 1e-4 * rng.normal(size=7)
        squares = ops.adam_step(theta, grad, m, v, t, 0.1, eps=1e-3)
        yield "adam_step", np.append(theta, 1e8 * squares)
    yield "squared_norm", np.array(ops.squared_norm(grad * 1e4))


def _not_a_number(ops):
    x, W = np.array([[np.nan], [1.0]]), np.array([[1.0, -1.0]])
    for name in ("identity", "relu", "leaky_relu"):  # those inside the product
        yield "layer_forward of NaN", ops.layer_forward(x, W, np.zeros(2), name)[0]


def disagreements():
    """Names of the operations whose kernel and twin differ."""
    from scratchae import kernels
    from scratchae.nn import plain

    found = set()
    for (name, ours), (_, theirs) in zip(results(kernels), results(plain), strict=True):
        if not np.allclose(ours, theirs, TOLERANCE, TOLERANCE, equal_nan=True):
            found.add(name)
    return sorted(found)


def noticed():
    """{exhibit: whether the comparison notices it}, in a process without compiler.

    None where there are no kernels to compare, for Numba cannot be imported.
    """
    process = subprocess.run(
        [sys.executable, "-c", "from scratchae.museum.in_kernels import main; main()"],
        **for_a_process(os.environ | {"NUMBA_DISABLE_JIT": "1"}), capture_output=True,
        text=True,
    )
    if process.returncode:
        raise RuntimeError(f"kernels cannot be compared:\n{process.stderr}")
    return json.loads(process.stdout)


def main():
    """Print {exhibit: noticed} as JSON, or null where Numba cannot be imported.

    Fails if kernels and twins differ already.
    """
    try:
        import_module("scratchae.kernels")
    except ImportError:
        return print("null")
    if disagreements():
        raise SystemExit(f"kernels and twins differ: {disagreements()}")
    caught = {}
    for name, exhibit in FAULTS.items():
        if exhibit.kernel:
            with exhibit.planted_in_kernels(), np.errstate(all="ignore"):
                caught[name] = bool(disagreements())
    print(json.dumps(caught))
