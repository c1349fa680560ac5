"""The three products of a layer: operands described, memory found, one LOCK held."""

import numpy as np

from scratchae.kernels.arrays import DTYPES, plain
from scratchae.kernels.compile import LOCK, THREADS
from scratchae.kernels.product.threads import (
    gradient_shares,
    product_shares,
    transposed_shares,
    work_size,
)
from scratchae.kernels.shares import COUNTERS
from scratchae.memory import recycled

NONE = {dtype: np.empty(0, dtype) for dtype in DTYPES}


def product(C, A, B, start=None, leak=1.0, h=None):
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is given.

    C : (n, m), is overwritten and must not be A or B   A : (n, k)   B : (k, m)
    start : (m,), zeros if not given   h : (n, m)
    leak : slope of phi for a < 0; 1 means the identity, 0 the ReLU
    """
    dtype = C.dtype
    start, phi = _flat(start, dtype), (dtype.type(leak), _flat(h, dtype))
    A, B = operand(A, dtype), operand(B, dtype)
    with LOCK:
        product_shares(C, A, B, start, phi, COUNTERS, work_memory(dtype))


def transposed_product(dW, db, x, da):
    """dW = x^T da and db = sum_i da_i, which are overwritten.

    x : (n, d_in)   da : (n, d_out)   dW : (d_in, d_out)   db : (d_out,)
    """
    dtype = dW.dtype
    da, shape, x = operand(da, dtype), x.shape, _flat(x, dtype)
    with LOCK:
        transposed_shares(dW, db, x, da, COUNTERS, work_memory(dtype, *shape))


def gradient_products(gradients, x, da, W, leak=1.0, h=None):
    """Both gradients of a layer in one parallel region.

    gradients : dW, db as in `transposed_product`, and dx = (da W^T) * phi'(h)
    x, h : (n, d_in)   da : (n, d_out)   W : (d_in, d_out)   leak, h : as in `product`
    """
    dtype = gradients[0].dtype
    shape, x, phi = x.shape, _flat(x, dtype), (dtype.type(leak), _flat(h, dtype))
    da, W = operand(da, dtype), operand(W, dtype)
    with LOCK:
        gradient_shares(gradients, x, da, W, phi, COUNTERS, work_memory(dtype, *shape))


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
