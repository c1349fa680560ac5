"""Random changes to a batch, each in one pass; the random numbers are arguments.

NumPy draws the numbers; comparing them, choosing and writing are fused, where its own
expressions would fill a mask and a copy as large as the batch. Memory is walked from
front to end: to the four changes of pixels the batch is one long row, of which a thread
takes a block of 8192 numbers at a time; a shift takes whole images, row by row.
"""

import math

import numpy as np

from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread
from scratchae.memory import recycled

BINARIZE, GAUSSIAN, MASKING, SALT_AND_PEPPER = range(4)
BLOCK = 8192  # numbers that a thread takes at a time
LITTLE = 32768  # numbers, for which no thread is woken


def binarize(x, uniform):
    """Dynamic binarisation: b = 1 where uniform < x, else 0, without a mask between.

    x : (n, d) grey values in [0, 1]   uniform : (n, d) draws from U[0, 1)
    """
    return _change(x, uniform, BINARIZE, 0.0)


def add_gaussian_noise(x, normal, sigma):
    """x + sigma normal, product and sum at once. normal : (n, d) draws from N(0, 1)."""
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
    with POOL.lock:
        pool = POOL.running()
        change(pool, plain(x, dtype).reshape(-1), plain(draws, dtype).reshape(-1), kind,
               dtype.type(amount), out.reshape(-1))
    return out


@kernel
def change(pool, x, draws, kind, amount, out):
    """One of the four changes, over flat arrays."""
    on_all_threads(pool, change_some, (x, draws, kind, amount, out), x.size > LITTLE)


@EachThread
def change_some(thread, pool, x, draws, kind, amount, out):
    """What one thread does: a block at a time."""
    first, last = next_rows(pool, x.size, BLOCK)
    while first < last:
        change_block(x[first:last], draws[first:last], kind, amount, out[first:last])
        first, last = next_rows(pool, x.size, BLOCK)


@inline
def change_block(a, u, kind, amount, y):
    """One block: y from a and the draws u, front to end, by a loop for each kind."""
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


def shift_images(x, normal, sigma, shape):
    """Each image moved as a whole, by its own number of pixels down and to the right.

    x : (n, d) images   normal : (2, n) draws u and v from N(0, 1)   sigma : pixels
    shape : (height, width), or (height, width, colours), of d numbers
    By sigma u and sigma v, rounded; what comes in from outside is 0.
    """
    x, (height, width, *colours) = np.asarray(x), shape
    dtype, row = check_dtype(x, "x"), width * math.prod(colours)
    check_shape(x, "x", (len(x), height * row))
    check_shape(normal, "the random numbers", (2, len(x)))
    most = np.array([[height], [width]])  # further away nothing is left
    down, right = np.rint(sigma * normal).clip(-most, most).astype(np.int64)   # (n,)
    out, rows = recycled(x.shape, dtype), (len(x), height, row)
    with POOL.lock:
        pool = POOL.running()
        move(pool, plain(x, dtype).reshape(rows), down, right * math.prod(colours),
             out.reshape(rows))
    return out


@kernel
def move(pool, x, down, right, out):
    """Each image of x, (n, height, numbers of a row), by its own numbers."""
    on_all_threads(pool, move_some, (x, down, right, out), x.size > LITTLE)


@EachThread
def move_some(thread, pool, x, down, right, out):
    """What one thread does: some images at a time."""
    step = 1 + BLOCK // (1 + x.shape[1] * x.shape[2])
    first, last = next_rows(pool, len(x), step)
    while first < last:
        for i in range(first, last):
            move_image(x[i], down[i], right[i], out[i])
        first, last = next_rows(pool, len(x), step)


@inline
def move_image(x, down, right, y):
    """One image: y[r, c] = x[r - down, c - right], and 0 from outside.

    Row by row of y, which is filled with 0 and written over where x has a row for it.
    """
    height, row = x.shape
    for r in range(height):
        y[r] = x.dtype.type(0)
        if 0 <= r - down < height:
            for c in range(max(right, 0), row + min(right, 0)):
                y[r, c] = x[r - down, c - right]
