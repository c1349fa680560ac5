"""Random changes to a batch; the random numbers are arguments."""

import numpy as np
from numba import prange

from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import LOCK, THREADS, kernel
from scratchae.memory import recycled

BINARIZE, GAUSSIAN, MASKING, SALT_AND_PEPPER = range(4)


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
    with LOCK:
        change(plain(x, dtype).reshape(-1), plain(draws, dtype).reshape(-1), kind,
               dtype.type(amount), out.reshape(-1), THREADS)
    return out


@kernel
def change(x, draws, kind, amount, out, threads):
    """One of the four changes, in one contiguous share for each thread."""
    size = x.size
    half, one, zero = x.dtype.type(0.5), x.dtype.type(1), x.dtype.type(0)
    for thread in prange(threads):
        i, j = thread * size // threads, (thread + 1) * size // threads
        a, u, y = x[i:j], draws[i:j], out[i:j]
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
