"""A dense layer's three products, each with its activation fused in.

The arithmetic is in `product/`; here shapes are checked. Where results go must not be
where operands are.
Sigmoid-like activations take a pass of their own over the output, which is still in
the cache: an exp costs more than reading its argument.
"""

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
    plain,
)
from scratchae.kernels.compile import LOCK, THREADS, aligned_empty, kernel
from scratchae.kernels.product import gradient_products, product, transposed_product

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
    product(h, x, W, b, LEAKS.get(activation, 1.0))
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
    transposed_product(dW, db, x, da)
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
    product(dx, da, W.T, None, LEAKS.get(activation, 1.0), sign)
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
    gradient_products((dW, db, dx), x, da, W, LEAKS.get(activation, 1.0), sign)
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
    if activation == "identity":
        return None, None
    check_shape(kept, "kept", dx.shape)
    h = plain(kept, dx.dtype).reshape(-1)
    return h, h if activation in LEAKS else None


def _times_slope(dx, activation, h):
    """dx * phi'(a) where the product has not done that; in place."""
    if activation not in LEAKS:
        with LOCK:
            slopes_all(dx.reshape(-1), h, CODES[activation], THREADS)
    return dx


def _output(array, name, shape, dtype):
    if array is None:
        return aligned_empty(shape, dtype)
    check_output(array, name, shape, dtype)
    return array
