"""float32 in, float32 out: a stray float64 doubles memory and differs from a kernel."""

import numpy as np
import pytest

from scratchae.formulas import (
    activations,
    dense,
    divergences,
    gaussian_divergence,
    importance,
    losses,
    penalties,
    reparameterization,
    softmax,
)

RNG = np.random.default_rng(0)
N, D, K = 5, 4, 3
ROWS, CODES, MORE = (RNG.uniform(0.1, 0.9, size).astype(np.float32)
                     for size in ((N, D), (N, K), (N, K)))
FACTORS = np.tril(np.ones((N, K, K), np.float32))
PAIRS = {  # formula -> its file, and its arguments
    "dense": (dense, (ROWS, ROWS[:2].T, np.ones(2, np.float32))),
    "kl_diag_gaussian": (divergences, (CODES, MORE)),
    "free_bits": (divergences, (CODES, MORE, 0.5)),
    "kl_gaussian": (gaussian_divergence, (CODES, FACTORS, MORE, 2 * FACTORS)),
    "kl_standard_gaussian": (gaussian_divergence, (CODES, FACTORS)),
    "log_mean_exp": (importance, (CODES,)),
    "squared_error": (losses, (ROWS, ROWS**2)),
    "weighted_squared_error": (losses, (ROWS, ROWS**2, 3 * ROWS)),
    "bernoulli_nll": (losses, (ROWS, ROWS**2)),
    "gaussian_nll": (losses, (ROWS, ROWS - 1, ROWS**2)),
    "l1": (penalties, (CODES,)),
    "kl_sparsity": (penalties, (CODES, 0.1)),
    "top_k": (penalties, (CODES, 2)),
    "contractive": (penalties, (CODES, RNG.normal(size=(D, K)).astype(np.float32))),
    "reparameterize_diag": (reparameterization, (CODES, MORE, MORE**2)),
    "cholesky_factor": (reparameterization, (CODES, MORE)),
    "reparameterize_cholesky": (reparameterization, (CODES, FACTORS, MORE)),
    "softmax_nll": (softmax, (CODES, np.arange(N) % K)),
    **{name: (activations, (ROWS - 0.5,)) for name in activations.ACTIVATIONS},
}


def arrays(result):
    """The arrays of what a formula returns, one or several."""
    several = result if isinstance(result, tuple) else (result,)
    return [np.asarray(value) for value in several if value is not None]


def test_every_formula_with_a_backward_has_a_row():
    files = {file for file, _ in PAIRS.values()}
    found = {name.removesuffix("_backward") for file in files for name in vars(file)
             if name.endswith("_backward")}
    assert found <= PAIRS.keys()


@pytest.mark.parametrize("name", PAIRS)
def test_a_formula_of_float32_gives_float32(name):
    file, given = PAIRS[name]
    out, cache = getattr(file, f"{name}_forward")(*given)
    d_out = np.ones_like(np.asarray(out, np.float32))
    for result in (out, getattr(file, f"{name}_backward")(d_out, cache)):
        assert {array.dtype for array in arrays(result)} == {np.dtype(np.float32)}
