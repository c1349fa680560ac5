"""Random changes to a batch; the random numbers are arguments."""

import numpy as np

from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread
from scratchae.memory import recycled

BINARIZE, GAUSSIAN, MASKING, SALT_AND_PEPPER = range(4)
BLOCK = 32768  # numbers that a thread takes at a time


def binarize(x, uniform):
    """Dynamic binarisation: b = 1 where uniform < x, else 0.

    x : (n, d) grey values in [0, 1]   uniform : (n, d) draws from U[0, 1)
    """
    return _change(x, uniform, BINARIZE, 0.0)


def add_gaussian_noise(x, normal, sigma):
    """x + sigma normal. normal : (n, d) draws from N(0, 1)."""
    return _change(x, normal, GAUSSIAN, sigma)


def mask(x, uniform, fraction):
    """0 where uniform < fraction, else x."""
    return _change(x, uniform, MASKING, fraction)


def salt_and_pepper(x, uniform, fraction):
    """0 where uniform < fraction / 2, 1 where it is < fraction, else x."""
    return _change(x, uniform, SALT_AND_PEPPER, fraction)


def _change(x, draws, kind, amount):
    x = np.asarray(x)
    dtype = check_dtype(x, "x")
    check_shape(draws, "the random numbers", x.shape)
    out = recycled(x.shape, dtype)
    with POOL as pool:
        change(pool, plain(x, dtype).reshape(-1), plain(draws, dtype).reshape(-1), kind,
               dtype.type(amount), out.reshape(-1))
    return out


@kernel
def change(pool, x, draws, kind, amount, out):
    """One of the four changes, over flat arrays."""
    on_all_threads(pool, change_some, (x, draws, kind, amount, out), x.size > BLOCK)


@EachThread
def change_some(thread, pool, x, draws, kind, amount, out):
    """What one thread does: a block at a time."""
    first, last = next_rows(pool, x.size, BLOCK)
    while first < last:
        change_block(x[first:last], draws[first:last], kind, amount, out[first:last])
        first, last = next_rows(pool, x.size, BLOCK)


@inline
def change_block(a, u, kind, amount, y):
    """One block: y from a and the draws u."""
    half, one, zero = a.dtype.type(0.5), a.dtype.type(1), a.dtype.type(0)
    if kind == GAUSSIAN:
        for p in range(a.size):
            y[p] = a[p] + amount * u[p]
    elif kind == BINARIZE:
        for p in range(a.size):
            y[p] = one if u[p] < a[p] else zero
    elif kind == MASKING:
        for p in range(a.size):
            y[p] = zero if u[p] < amount else a[p]
    else:
        for p in range(a.size):
            speck = zero if u[p] < half * amount else one
            y[p] = speck if u[p] < amount else a[p]
