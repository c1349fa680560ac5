"""The three products of a layer: operands described, memory found, threads called."""

import numpy as np

from scratchae.kernels.arrays import DTYPES, plain
from scratchae.kernels.compile import THREADS
from scratchae.kernels.pool import POOL
from scratchae.kernels.product.threads import products, work_size
from scratchae.memory import LIMIT, aligned

NOTHING = {dtype: (np.empty(0, dtype), np.empty((0, 0), dtype)) for dtype in DTYPES}
_work = {}  # the threads' memory by dtype


def product(C, A, B, start=None, leak=1.0, h=None):
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is given.

    C : (n, m), is overwritten and must not be A or B   A : (n, k)   B : (k, m)
    start : (m,), zeros if not given   h : (n, m)
    leak : slope of phi for a < 0; 1 means the identity, 0 the ReLU
    """
    run(C.dtype, None, (C, A, B, start, leak, h))


def transposed_product(dW, db, x, da):
    """dW = x^T da and db = sum_i da_i, which are overwritten.

    x : (n, d_in)   da : (n, d_out)   dW : (d_in, d_out)   db : (d_out,)
    """
    run(dW.dtype, (dW, db, x, da), None)


def gradient_products(gradients, x, da, W, leak=1.0, h=None):
    """Both gradients of a layer in one parallel region.

    gradients : dW, db as in `transposed_product`, and dx = (da W^T) * phi'(h)
    x, h : (n, d_in)   da : (n, d_out)   W : (d_in, d_out)   leak, h : as in `product`
    """
    dW, db, dx = gradients
    run(dW.dtype, (dW, db, x, da), (dx, da, W.T, None, leak, h))


def run(dtype, transposed, straight):
    """One or both of the kernel's products; None for the one that is not wanted."""
    none, no_matrix = NOTHING[dtype]
    nothing, size = (no_matrix, False), (0, 0)
    first = no_matrix, none, no_matrix, nothing
    second = no_matrix, nothing, nothing, none, dtype.type(1), no_matrix
    if transposed is not None:
        dW, db, x, da = transposed
        first, size = (dW, db, plain(x, dtype), operand(da, dtype)), x.shape
    if straight is not None:
        C, A, B, start, leak, h = straight
        start = none if start is None else plain(start, dtype)
        h = no_matrix if h is None else plain(h, dtype)
        second = (C, operand(A, dtype), operand(B, dtype), start, dtype.type(leak), h)
    with POOL.lock:
        products(POOL.running(), first, second, work_memory(dtype, *size))


def operand(array, dtype):
    """A matrix as (C-ordered array, whether it is that array's transpose).

    So a transposed matrix, such as the decoder's weights when they are tied to the
    encoder's, is read in place.
    """
    turned = array.flags.fnc  # Fortran's order, and not C's as well
    return plain(array.T if turned else array, dtype), turned


def work_memory(dtype, n=0, d_in=0):
    """Memory for each thread, with room for its band of x^T.

    It belongs to who holds the pool, so one is enough for all products, and each finds
    it in the processor's cache.
    """
    size, work = work_size(dtype.itemsize, n, d_in, THREADS), _work.get(dtype)
    if work is None or work.shape[1] < size:
        work = aligned((THREADS, size), dtype)
        if work.nbytes < LIMIT:
            _work[dtype] = work
    return work
