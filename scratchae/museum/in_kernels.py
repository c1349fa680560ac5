"""The exhibits' twins: the same mistakes in the kernels, which are compared with NumPy.

A process of its own with the compiler off (NUMBA_DISABLE_JIT=1) plants them one by
one. Compiling each mistake would take minutes.
"""

import json
import os
import subprocess
import sys

import numpy as np

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
    return [*found, *_adam(ops, np.random.default_rng(0))]


def _layers(ops, rng, n, d, h):
    from scratchae.formulas.activations import ACTIVATIONS

    x, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h)
    dh, deep = 30 * rng.normal(size=(n, h)), rng.normal(size=(h, d))
    x[0] *= 20  # saturated units too
    for name in ACTIVATIONS:
        out, kept = ops.dense_forward(x, W, b, name)
        yield f"dense_forward {name}", out.copy()
        yield (
            f"activation_backward {name}",
            ops.activation_backward(dh.copy(), name, kept).copy(),
        )
        for part in ops.dense_backward(out, dh @ deep, deep, name, kept):
            yield f"dense_backward {name}", part.copy()
        yield (
            "dense_input_gradient",
            ops.dense_input_gradient(dh @ deep, deep, name, kept).copy(),
        )
    for part in ops.dense_weight_gradient(x, dh):
        yield "dense_weight_gradient", part.copy()


def _losses_and_noise(ops, rng, n, d):
    a, x, u = 3 * rng.normal(size=(n, d)), rng.random((n, d)), rng.random((n, d))
    a[0] *= 10
    for name in ("bernoulli_nll", "squared_error"):
        for part in getattr(ops, name)(a, x, 0.3):
            yield name, part.copy()
    yield "binarize", ops.binarize(x, u).copy()
    yield "add_gaussian_noise", ops.add_gaussian_noise(x, a, 0.4).copy()
    yield "mask", ops.mask(x, u, 0.3).copy()
    yield "salt_and_pepper", ops.salt_and_pepper(x, u, 0.6).copy()


def _gaussian_head(ops, rng, n, k):
    head, eps, dz = rng.normal(size=(n, 2 * k)), *rng.normal(size=(2, n, k))
    z, kl, cache = ops.gaussian_head_forward(head, eps)
    yield "gaussian_head_forward", z.copy()
    yield "gaussian_head_forward", kl.copy()
    yield "gaussian_head_backward", ops.gaussian_head_backward(dz, head, cache, 0.3)


def _adam(ops, rng):
    theta, m, v = rng.normal(size=7), np.zeros(7), np.zeros(7)
    for t in (1, 2, 3):
        grad = 1e-4 * rng.normal(size=7)
        ops.adam_step(theta, grad, m, v, t, 0.1, eps=1e-3)
        yield "adam_step", theta.copy()
    yield "squared_norm", np.array(ops.squared_norm(grad * 1e4))


def disagreements():
    """Names of the operations whose kernel and twin differ."""
    from scratchae import kernels
    from scratchae.formulas import twins

    pairs = zip(results(kernels), results(twins), strict=True)
    return sorted(
        {
            name
            for (name, ours), (_, theirs) in pairs
            if not np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
        }
    )


def noticed():
    """{exhibit: whether the comparison notices it}, in a process without compiler."""
    process = subprocess.run(
        [sys.executable, "-c", "from scratchae.museum.in_kernels import main; main()"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True,
    )
    if process.returncode:
        raise RuntimeError(f"kernels cannot be compared:\n{process.stderr}")
    return json.loads(process.stdout)


def main():
    """Print {exhibit: noticed} as JSON; fails if kernels and twins differ already."""
    from scratchae.museum.registry import FAULTS

    if disagreements():
        raise SystemExit(f"kernels and twins differ: {disagreements()}")
    caught = {}
    for name, exhibit in FAULTS.items():
        if exhibit.kernel:
            with exhibit.planted_in_kernels(), np.errstate(all="ignore"):
                caught[name] = bool(disagreements())
    print(json.dumps(caught))
