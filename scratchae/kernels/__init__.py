"""Compiled matrix kernels for the hot loops, in plain Numba loops.

Each has a plain twin of the same meaning in `scratchae.nn.plain`. Kernels work in
float32 and float64, on threads of their own (`pool.py`), and give the same bits for any
number of them. They are compiled when first called and kept in the user's cache.
"""

from scratchae.kernels.brush import render
from scratchae.kernels.compile import compile_seconds
from scratchae.kernels.dense import activation_backward, layer_backward, layer_forward
from scratchae.kernels.gaussian import (
    cholesky_head_backward,
    cholesky_head_forward,
    gaussian_head_backward,
    gaussian_head_forward,
)
from scratchae.kernels.losses import bernoulli_nll, mean_loss, squared_error
from scratchae.kernels.noise import (
    add_gaussian_noise,
    binarize,
    mask,
    salt_and_pepper,
    shift_images,
)
from scratchae.kernels.optimizers import adam_step, squared_norm
from scratchae.kernels.pool import check_process

__all__ = [
    "activation_backward",
    "adam_step",
    "add_gaussian_noise",
    "bernoulli_nll",
    "binarize",
    "check_process",
    "cholesky_head_backward",
    "cholesky_head_forward",
    "compile_seconds",
    "gaussian_head_backward",
    "gaussian_head_forward",
    "layer_backward",
    "layer_forward",
    "mask",
    "mean_loss",
    "render",
    "salt_and_pepper",
    "shift_images",
    "squared_error",
    "squared_norm",
]
