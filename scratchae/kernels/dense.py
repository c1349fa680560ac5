"""A dense layer's three products, each with its activation fused in.

The arithmetic is in `product.py`; here shapes are checked and operands described. Where
results go must not be where operands are.
Sigmoid-like activations take a pass of their own over the output, which is still in
the cache: an exp costs more than reading its argument.
"""

import math
import threading

import numpy as np
from numba import prange

from scratchae.kernels.activations import (
    CODES,
    LEAKY_SLOPE,
    activate,
    multiply_by_slope,
)
from scratchae.kernels.arrays import (
    check_dtype,
    check_not_empty,
    check_output,
    check_shape,
    operand,
    plain,
)
from scratchae.kernels.compile import LOCK, THREADS, aligned_empty, kernel
from scratchae.kernels.product.shares import COUNTERS, SECOND
from scratchae.kernels.product.threads import (
    gradient_products,
    product,
    transposed_product,
    work_size,
)
from scratchae.kernels.product.vector import TILE

LEAKS = {"identity": 1.0, "relu": 0.0, "leaky_relu": LEAKY_SLOPE}  # fused in
_KEEP_SLOPE = ("softplus", "silu")  # their derivative does not follow from h


def dense_forward(x, W, b, activation="identity", out=None, slope=None):
    """h = phi(x W + b), equations (1.4) and (1.5).

    x : (n, d_in)   W : (d_in, d_out)   b : (d_out,)
    out, slope : (n, d_out), where to put the results; new arrays if not given
    Returns h and what `dense_input_gradient` and `activation_backward` need for this
    activation: h itself, or phi'(a) for softplus and SiLU. Both (n, d_out).
    """
    dtype = check_dtype(W, "W")
    (d_in, d_out), n = W.shape, len(x)
    check_not_empty(n, d_in, d_out)
    check_shape(x, "x", (n, d_in))
    check_shape(b, "b", (d_out,))
    h = _output(out, "out", (n, d_out), dtype)
    _product(h, operand(x, dtype), operand(W, dtype), d_in, plain(b, dtype),
             LEAKS.get(activation, 1.0), _zeros(0, dtype))
    if activation in LEAKS:
        return h, h
    kept = h
    if activation in _KEEP_SLOPE:
        kept = _output(slope, "slope", (n, d_out), dtype)
    with LOCK:
        activate_all(h.reshape(-1), kept.reshape(-1), CODES[activation],
                     THREADS)
    return h, kept


def dense_weight_gradient(x, da, dW=None, db=None):
    """dW = x^T da and db = sum_i da_i in one pass, equations (1.8) and (1.9).

    x : (n, d_in)   da : (n, d_out), the gradient before the activation
    dW, db : where to put the results. Returns dW : (d_in, d_out), db : (d_out,).
    """
    dtype = check_dtype(da, "da")
    (n, d_out), d_in = da.shape, x.shape[1]
    check_not_empty(n, d_in, d_out)
    check_shape(x, "x", (n, d_in))
    dW = _output(dW, "dW", (d_in, d_out), dtype)
    db = _output(db, "db", (d_out,), dtype)
    x, (packed, work) = plain(x, dtype).reshape(-1), _room(n, d_in, dtype)
    with LOCK:
        transposed_product(dW, db, x, *operand(da, dtype), _zeros(d_out, dtype), packed,
                           COUNTERS, work)
    return dW, db


def dense_input_gradient(da, W, activation="identity", kept=None, out=None):
    """(da W^T) * phi'(a below), equations (1.7) and (1.6).

    da : (n, d_out)   W : (d_in, d_out)
    activation, kept : of the layer below, which made this layer's input, and what
        its `dense_forward` returned; the result is then that layer's da.
    Returns (n, d_in), in `out` if given.
    """
    dtype = check_dtype(W, "W")
    (d_in, d_out), n = W.shape, len(da)
    check_not_empty(n, d_in, d_out)
    check_shape(da, "da", (n, d_out))
    dx = _output(out, "out", (n, d_in), dtype)
    h, sign = _kept(kept, activation, dx)
    flat, row, column = operand(W, dtype)
    _product(dx, operand(da, dtype), (flat, column, row), d_out, _zeros(d_in, dtype),
             LEAKS.get(activation, 1.0), sign)
    return _times_slope(dx, activation, h)


def dense_backward(
    x, da, W, activation="identity", kept=None, dW=None, db=None, out=None
):
    """`dense_weight_gradient` and `dense_input_gradient` in one parallel region.

    x : (n, d_in)   da : (n, d_out)   W : (d_in, d_out); the others as there
    Returns dW : (d_in, d_out), db : (d_out,), dx : (n, d_in).
    """
    dtype = check_dtype(W, "W")
    (d_in, d_out), n = W.shape, len(da)
    check_not_empty(n, d_in, d_out)
    check_shape(x, "x", (n, d_in))
    check_shape(da, "da", (n, d_out))
    dW = _output(dW, "dW", (d_in, d_out), dtype)
    db = _output(db, "db", (d_out,), dtype)
    dx = _output(out, "out", (n, d_in), dtype)
    h, sign = _kept(kept, activation, dx)
    leak = dtype.type(LEAKS.get(activation, 1.0))
    x, zeros = plain(x, dtype).reshape(-1), _zeros(max(d_in, d_out), dtype)
    packed, work = _room(n, d_in, dtype)
    with LOCK:
        gradient_products(dW, db, dx, x, *operand(da, dtype), *operand(W, dtype), sign,
                          leak, zeros, packed, COUNTERS, SECOND, work)
    return dW, db, _times_slope(dx, activation, h)


def activation_backward(dh, activation, kept, out=None):
    """da = dh * phi'(a), equation (1.6): for a network's last layer.

    dh, kept : (n, d_out). Returns da : (n, d_out), in `out` if given (may be
    dh); dh itself for the identity.
    """
    dtype = check_dtype(kept, "kept")
    check_shape(dh, "dh", kept.shape)
    if activation == "identity":
        return dh
    da = _output(out, "out", kept.shape, dtype)
    np.copyto(da, dh)
    with LOCK:
        slopes_all(da.reshape(-1), plain(kept, dtype).reshape(-1), CODES[activation],
                   THREADS)
    return da


@kernel
def activate_all(h, slope, phi, threads):
    """h = phi(h) over a flat array, in one contiguous share for each thread."""
    for thread in prange(threads):
        share = slice(thread * h.size // threads, (thread + 1) * h.size // threads)
        activate(h[share], slope[share], phi)


@kernel
def slopes_all(d, kept, phi, threads):
    """d = d * phi'(a) over a flat array, in one contiguous share for each thread."""
    for thread in prange(threads):
        share = slice(thread * d.size // threads, (thread + 1) * d.size // threads)
        multiply_by_slope(d[share], kept[share], phi)


def _kept(kept, activation, dx):
    """What was kept below, flat, and the same if its sign alone gives the slope."""
    nothing = _zeros(0, dx.dtype)
    if activation == "identity":
        return nothing, nothing
    check_shape(kept, "kept", dx.shape)
    h = plain(kept, dx.dtype).reshape(-1)
    return h, h if activation in LEAKS else nothing


def _times_slope(dx, activation, h):
    """dx * phi'(a) where the product has not done that; in place."""
    if activation not in LEAKS:
        with LOCK:
            slopes_all(dx.reshape(-1), h, CODES[activation], THREADS)
    return dx


def _room(n, d_in, dtype):
    """Memory for x^T, packed in one band for each thread, and the threads' own."""
    tiles = -(-d_in // TILE)
    band = -(-tiles // THREADS) * TILE * n
    packed = _scratch.get("packed", (THREADS, band), dtype)
    return packed, _scratch.get("work", (THREADS, work_size(dtype.itemsize)), dtype)


def _product(C, A, B, depth, start, leak, h):
    dtype = C.dtype
    work = _scratch.get("work", (THREADS, work_size(dtype.itemsize)), dtype)
    with LOCK:
        product(C, *A, *B, start, h, dtype.type(leak), depth, COUNTERS, work)


def _output(array, name, shape, dtype):
    if array is None:
        return aligned_empty(shape, dtype)
    check_output(array, name, shape, dtype)
    return array


class _Scratch(threading.local):
    """Memory that kernels work in, kept from call to call by each Python thread."""

    def __init__(self):
        self.flat, self.views = {}, {}

    def get(self, name, shape, dtype):
        """An array of this shape, in memory that grows when it has to."""
        view = self.views.get((name, shape, dtype))
        if view is None:
            size, flat = math.prod(shape), self.flat.get((name, dtype))
            if flat is None or flat.size < size:
                flat = self.flat[name, dtype] = aligned_empty(size, dtype)
                self.views = {k: v for k, v in self.views.items() if k[0] != name}
            view = self.views[name, shape, dtype] = flat[:size].reshape(shape)
        return view


_scratch = _Scratch()
_constants = {}


def _zeros(size, dtype):
    """Zeros that nobody writes to, kept from call to call."""
    key = size, dtype
    if key not in _constants:
        _constants[key] = np.zeros(size, dtype)
    return _constants[key]
