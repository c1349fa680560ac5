"""The three products of a layer: operands described, memory found, threads called."""

import numpy as np

from scratchae.kernels.arrays import DTYPES, plain
from scratchae.kernels.compile import THREADS
from scratchae.kernels.pool import POOL
from scratchae.kernels.product.threads import products, work_size
from scratchae.memory import recycled

NONE = {dtype: np.empty(0, dtype) for dtype in DTYPES}


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


def run(dtype, transposed, plain):
    """One or both of the kernel's products; None for the one that is not wanted."""
    none, size = NONE[dtype], (0, 0)
    no_matrix = none.reshape(size)
    first = no_matrix, none, none, (none, 0, 1)
    second = no_matrix, (none, 0, 1), (none, 0, 1), none, dtype.type(1), none
    if transposed is not None:
        dW, db, x, da = transposed
        first, size = (dW, db, _flat(x, dtype), operand(da, dtype)), x.shape
    if plain is not None:
        C, A, B, start, leak, h = plain
        second = (C, operand(A, dtype), operand(B, dtype), _flat(start, dtype),
                  dtype.type(leak), _flat(h, dtype))
    with POOL as pool:
        products(pool, first, second, work_memory(dtype, *size))


def operand(array, dtype):
    """A matrix as (flat array, step between rows, step between columns).

    A transposed matrix, such as the decoder's weights when they are tied to the
    encoder's, is read in place: only the two steps change.
    """
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        return plain(array.T, dtype).reshape(-1), 1, array.shape[0]
    return plain(array, dtype).reshape(-1), array.shape[1], 1


def _flat(array, dtype):
    """All numbers of an array, or none."""
    return NONE[dtype] if array is None else plain(array, dtype).reshape(-1)


def work_memory(dtype, n=0, d_in=0):
    """Memory for each thread, with room for its band of x^T."""
    return recycled((THREADS, work_size(dtype.itemsize, n, d_in, THREADS)), dtype)
