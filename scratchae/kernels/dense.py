"""A dense layer, forward and backward, each with its activation fused in.

The arithmetic is in `product/`, where panel.py tells how memory is walked; here shapes
are checked.
Sigmoid-like activations take a pass of their own over the output, which is still in
the cache: an exp costs more than reading its argument.
"""

from typing import Any, NamedTuple

import numpy as np

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
from scratchae.kernels.compile import kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.product import gradient_products, product, transposed_product
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread
from scratchae.memory import recycled

LEAKS = {"identity": 1.0, "relu": 0.0, "leaky_relu": LEAKY_SLOPE}  # fused in
BLOCK = 2048  # numbers that a thread activates at a time
LITTLE = 8192  # numbers, for which no thread is woken
_KEEP_SLOPE = ("softplus", "silu")  # their derivative does not follow from h


class LayerCache(NamedTuple):
    """What the backward functions need of a layer's forward pass."""

    x: np.ndarray  # (n, d_in)
    W: np.ndarray  # (d_in, d_out)
    activation: str
    kept: Any  # h itself, or phi'(a) for softplus and SiLU, (n, d_out)
    own: Any = None  # the activation, where there is no kernel for it


def layer_forward(x, W, b, activation="identity"):
    """h = phi(x W + b), equations (1.4) and (1.5).

    x : (n, d_in)   W : (d_in, d_out)   b : (d_out,)
    activation : a name, or an object with `name`, `forward` and `backward`. Where there
        is no kernel its own functions serve.
    Returns h : (n, d_out) and the cache.
    """
    dtype = check_dtype(W, "W")
    (d_in, d_out), n = W.shape, len(x)
    check_not_empty(n, d_in, d_out)
    check_shape(x, "x", (n, d_in))
    check_shape(b, "b", (d_out,))
    name = getattr(activation, "name", activation)
    if name is activation and name not in CODES:
        raise ValueError(f"activation must be one of {sorted(CODES)}; got {name!r}")
    h = recycled((n, d_out), dtype)
    product(h, x, W, b, LEAKS.get(name, 1.0))
    if name not in CODES:
        h, kept = activation.forward(h)
        return h, LayerCache(x, W, name, kept, activation)
    if name in LEAKS:
        return h, LayerCache(x, W, name, h)
    kept = recycled(h.shape, dtype) if name in _KEEP_SLOPE else h
    with POOL.lock:
        activate_all(POOL.running(), h.reshape(-1), kept.reshape(-1), CODES[name])
    return h, LayerCache(x, W, name, kept)


def layer_backward(da, cache, dW=None, db=None, below=None, input_gradient=True):
    """Gradients of a layer, equations (1.7) to (1.9), in one parallel region.

    da : (n, d_out), the gradient before the activation: see `activation_backward`
    dW, db : (d_in, d_out) and (d_out,), to be filled with x^T da and sum_i da_i
    below : the cache of the layer that made x. The result is then that layer's da,
        (da W^T) * phi'(a below): for both ReLUs within the product, for activations
        that are no straight lines in a pass of its own over da W^T.
    Returns the gradient of x : (n, d_in), or None without input_gradient.
    """
    x, W = cache.x, cache.W
    _check_backward(da, cache, dW, db, below)
    if not input_gradient:
        return transposed_product(dW, db, x, da)
    dx = recycled(x.shape, W.dtype)
    leak, sign = _fused(below)
    if dW is None:
        product(dx, da, W.T, None, leak, sign)
    else:
        gradient_products((dW, db, dx), x, da, W, leak, sign)
    if below is None or below.activation in LEAKS:
        return dx
    return _times_slope(dx, below)


def _check_backward(da, cache, dW, db, below):
    x, W, dtype = cache.x, cache.W, check_dtype(cache.W, "W")
    check_shape(da, "da", (len(x), W.shape[1]))
    check_not_empty(len(x), *W.shape)
    if below is not None and below.own is None:
        check_shape(below.kept, "the layer below", x.shape)
    if dW is not None:
        check_output(dW, "dW", W.shape, dtype)
        check_output(db, "db", W.shape[1:], dtype)


def activation_backward(dh, cache):
    """da = dh * phi'(a), equation (1.6): for a network's last layer.

    dh : (n, d_out).  Returns da : (n, d_out); dh itself for the identity.
    """
    check_shape(dh, "dh", (len(cache.x), cache.W.shape[1]))
    if cache.activation == "identity":
        return dh
    if cache.own is not None:
        return cache.own.backward(dh, cache.kept)
    da = recycled(dh.shape, cache.kept.dtype)
    np.copyto(da, dh)
    return _times_slope(da, cache)


@kernel
def activate_all(pool, h, slope, phi):
    """h = phi(h) over a flat array."""
    on_all_threads(pool, activate_some, (h, slope, phi), h.size > LITTLE)


@EachThread
def activate_some(thread, pool, h, slope, phi):
    """What one thread does: a block at a time."""
    first, last = next_rows(pool, h.size, BLOCK)
    while first < last:
        activate(h[first:last], slope[first:last], phi)
        first, last = next_rows(pool, h.size, BLOCK)


@kernel
def slopes_all(pool, d, kept, phi):
    """d = d * phi'(a) over a flat array."""
    on_all_threads(pool, slope_some, (d, kept, phi), d.size > LITTLE)


@EachThread
def slope_some(thread, pool, d, kept, phi):
    """What one thread does: a block at a time."""
    first, last = next_rows(pool, d.size, BLOCK)
    while first < last:
        multiply_by_slope(d[first:last], kept[first:last], phi)
        first, last = next_rows(pool, d.size, BLOCK)


def _fused(below):
    """The leak of the activation below, and what tells its side: where phi' is one
    number on each side of 0, the product itself multiplies by it."""
    if below is None or below.activation not in ("relu", "leaky_relu"):
        return 1.0, None
    return LEAKS[below.activation], below.kept


def _times_slope(d, cache):
    """d * phi'(a) of that layer, in place where there is a kernel."""
    if cache.own is not None:
        return cache.own.backward(d, cache.kept)
    kept = plain(cache.kept, d.dtype).reshape(-1)
    with POOL.lock:
        slopes_all(POOL.running(), d.reshape(-1), kept, CODES[cache.activation])
    return d
