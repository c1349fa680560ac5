"""Kernels at the ends of their numbers: just at 0, beyond a block, near infinity."""

import math

import numpy as np
import pytest
from kernel_tools import TOLERANCE, dtypes, error, exact, run
from without_numba import numba_or_skip

numba = numba_or_skip()

from scratchae import kernels, pulse  # noqa: E402
from scratchae.formulas.activations import ACTIVATIONS  # noqa: E402
from scratchae.kernels import compile, dense  # noqa: E402

pytestmark = pytest.mark.lecture13
AT_ZERO = {"identity": 1, "sigmoid": 0.25, "tanh": 1, "relu": 0, "leaky_relu": 0.01,
           "elu": 1, "softplus": 0.5, "silu": 0.5}


@dtypes
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_just_at_0_is_the_one_that_formulas_have(name, dtype):
    """A black image at the start of a training has sums of 0 in all units."""
    x, V, c = np.zeros((5, 3), dtype), np.ones((3, 33), dtype), np.zeros(33, dtype)
    h, below = kernels.layer_forward(x, V, c, name)
    da = kernels.activation_backward(np.full((5, 33), 2, dtype), below)
    np.testing.assert_allclose(da, 2 * AT_ZERO[name], rtol=1e-6)
    W = np.eye(33, dtype=dtype)
    _, above = kernels.layer_forward(h, W, c)
    da = kernels.layer_backward(np.full((5, 33), 2, dtype), above, below=below)
    np.testing.assert_allclose(da, 2 * AT_ZERO[name], rtol=1e-6)


@dtypes
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_layer_of_more_numbers_than_a_thread_takes_at_a_time_is_like_a_small_one(
    name, dtype, rng
):
    n, d = 3, dense.LITTLE - 5
    W, b, dh = (rng.normal(size=shape).astype(dtype) for shape in ((1, d), d, (n, d)))
    x = rng.normal(size=(n, 1)).astype(dtype)
    h, cache = kernels.layer_forward(x, W, b, name)
    da = kernels.activation_backward(dh, cache)
    x, W, b, dh = exact(x, W, b, dh)
    expected, kept = ACTIVATIONS[name].forward(x @ W + b)
    slopes = ACTIVATIONS[name].backward(dh, kept)
    assert max(error(h, expected), error(da, slopes)) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("kind", ["gaussian", "cholesky"])
def test_a_variance_is_infinite_where_its_numbers_end_and_not_before(kind, dtype):
    """What watches over a training for divergence would see nothing else."""
    near = (85, 88, 88.5, 88.72) if dtype == "float32" else (650, 709, 709.6, 709.78)
    beyond = (88.73, 90, 1e4) if dtype == "float32" else (709.79, 711, 1e6)
    for log_var in near + beyond:
        finite = log_var in near
        log_var = float(np.dtype(dtype).type(log_var))
        head = np.array([[0.5, log_var]], dtype)
        forward = getattr(kernels, f"{kind}_head_forward")
        _, kl, _ = forward(head, np.ones((1, 1), dtype))
        expected = (0.25 + math.exp(log_var) - 1 - log_var) / 2 if finite else np.inf
        assert kl[0] == pytest.approx(expected, rel=1e-4)
        head[0, 1] *= 2  # of which the deviation takes half
        z, _, _ = forward(head, np.full((1, 1), -2, dtype))
        expected = 0.5 - 2 * math.exp(log_var) if finite else -np.inf
        assert z[0, 0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled here")
def test_while_a_kernel_is_compiled_its_name_is_shown():
    with compile._CompileClock().waiting("adam_all"):
        assert pulse._works[-1].what == "compiling adam_all"


CHOSEN = """
from scratchae.kernels import compile, pool
with pool.POOL.lock:
    print(compile.THREADS, pool.POOL.running()[pool.IN_USE])
print(compile.CPU_NAME, compile.REGISTER_BYTES)
"""


@pytest.mark.parametrize("size, features", [
    ("32", {}), ("32", {"NUMBA_CPU_FEATURES": "+avx,+avx2"}),
    ("64", {"NUMBA_CPU_FEATURES": "+avx,+avx512f"}),
])
def test_the_environment_chooses_threads_and_processor(size, features):
    """And registers of the size that it has: those of this machine do not count."""
    said = run(CHOSEN, NUMBA_NUM_THREADS="7", NUMBA_CPU_NAME="generic",
               NUMBA_DISABLE_JIT="1", **features)
    assert said.split() == ["7", "7", "generic", size]
