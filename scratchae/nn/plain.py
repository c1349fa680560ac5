"""The plain backend: what a training step asks for, composed of the formulas.

A kernel does several formulas in one pass over memory: a layer with its activation, a
loss with its gradient. Each function here has the name, signature and meaning of a
kernel. It is what runs where the NumPy backend is chosen, and what the kernel is
tested against. A breakpoint in `formulas/dense.py` stops every training step here.
"""

import math

import numpy as np

from scratchae.formulas import optimizers
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.brush import render
from scratchae.formulas.corruption import (
    add_gaussian_noise,
    binarize,
    mask,
    salt_and_pepper,
    shift_images,
)
from scratchae.formulas.dense import (
    dense_backward,
    dense_forward,
    dense_input_gradient,
    dense_weight_gradient,
)
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.gaussian_divergence import (
    kl_standard_gaussian_backward,
    kl_standard_gaussian_forward,
)
from scratchae.formulas.losses import (
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    mean_loss,
    squared_error_backward,
    squared_error_forward,
)
from scratchae.formulas.reparameterization import (
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_cholesky_backward,
    reparameterize_cholesky_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)

__all__ = [
    "activation_backward",
    "adam_step",
    "add_gaussian_noise",
    "bernoulli_nll",
    "binarize",
    "cholesky_head_backward",
    "cholesky_head_forward",
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


def layer_forward(x, W, b, activation="identity"):
    """h = phi(x W + b), equations (1.4) and (1.5).

    x : (n, d_in)   W : (d_in, d_out)   b : (d_out,)
    activation : a name, or an object with `forward` and `backward`
    Returns h : (n, d_out) and the cache.
    """
    if isinstance(activation, str):
        activation = ACTIVATIONS[activation]
    a, dense_cache = dense_forward(x, W, b)                   # (n, d_out)
    h, slope = activation.forward(a)                          # (n, d_out)
    return h, (dense_cache, activation, slope)


def layer_backward(da, cache, dW=None, db=None, below=None, input_gradient=True):
    """Gradients of a layer, equations (1.7) to (1.9).

    da : (n, d_out), the gradient before the activation: see `activation_backward`
    dW, db : (d_in, d_out) and (d_out,), to be filled with x^T da and sum_i da_i
    below : the cache of the layer that made x; the result is then that layer's da
    Returns the gradient of x : (n, d_in), or None without input_gradient.
    """
    dense_cache = cache[0]
    if not input_gradient:
        dW[...], db[...] = dense_weight_gradient(da, dense_cache)
        return None
    if dW is None:
        dx = dense_input_gradient(da, dense_cache)            # (n, d_in)
    else:
        dx, dW[...], db[...] = dense_backward(da, dense_cache)
    if below is None:
        return dx
    _, activation, slope = below
    return activation.backward(dx, slope)


def activation_backward(dh, cache):
    """da = dh * phi'(a), equation (1.6).  Both (n, d_out)."""
    _, activation, slope = cache
    return activation.backward(dh, slope)


def bernoulli_nll(logits, x, scale):
    """Bernoulli negative log-likelihood and its gradient, (1.11) and (1.12).

    logits, x : (n, d)   scale : dJ/dL_i, the same for all images, such as 1/n
    Returns loss : (n,) in nats per image and dlogits = (p - x) scale : (n, d).
    """
    losses, cache = bernoulli_nll_forward(logits, x)          # (n,)
    each = np.full(len(x), scale, losses.dtype)               # (n,)
    return losses, bernoulli_nll_backward(each, cache)


def squared_error(x_hat, x, scale):
    """Squared error and its gradient, (1.2) and (1.10).

    x_hat, x : (n, d)   scale : dJ/dL_i, such as 1/n
    Returns loss : (n,) per image and dx_hat = 2 (x_hat - x) scale : (n, d).
    """
    losses, cache = squared_error_forward(x_hat, x)           # (n,)
    each = np.full(len(x), scale, losses.dtype)               # (n,)
    return losses, squared_error_backward(each, cache)


def gaussian_head_forward(head, eps):
    """z = mu + exp(log_var / 2) eps and KL(q || N(0, I)), (10.6) and (10.4).

    head : (n, 2k), mu in the first k columns and log_var in the others
    eps : (n, k)
    Returns z : (n, k), kl : (n,) in nats per image, and the cache.
    """
    k = eps.shape[1]
    mu, log_var = head[:, :k], head[:, k:]                    # (n, k)
    z, noise = reparameterize_diag_forward(mu, log_var, eps)  # (n, k)
    kl, kl_cache = kl_diag_gaussian_forward(mu, log_var)      # (n,)
    return z, kl, (noise, kl_cache)


def gaussian_head_backward(dz, d_kl, cache):
    """Gradient of both paths in mu and log_var, (10.7) and (10.5).

    dz : (n, k)   d_kl : dJ/dKL_i, the same for all images
    Returns dhead : (n, 2k).
    """
    noise, kl_cache = cache
    each = np.full(len(dz), d_kl, dz.dtype)                   # (n,)
    dmu_kl, dlog_var_kl = kl_diag_gaussian_backward(each, kl_cache)
    dmu, dlog_var = reparameterize_diag_backward(dz, noise)   # (n, k)
    return np.concatenate([dmu + dmu_kl, dlog_var + dlog_var_kl], axis=1)


def cholesky_head_forward(head, eps):
    """z = mu + eps L^T and KL(N(mu, L L^T) || N(0, I)), (9.5) and (8.6).

    head : (n, 2k + k (k - 1) / 2), mu, log_var, and L below its diagonal, row by row;
        on it is exp(log_var / 2), (9.4)
    eps : (n, k)
    Returns z : (n, k), kl : (n,) in nats per image, and the cache.
    """
    k = eps.shape[1]
    mu, log_var, lower = np.split(head, [k, 2 * k], axis=1)   # (n, k), (n, k), rest
    L, _ = cholesky_factor_forward(log_var, lower)            # (n, k, k)
    z, noise = reparameterize_cholesky_forward(mu, L, eps)    # (n, k)
    kl, kl_cache = kl_standard_gaussian_forward(mu, L, 0.5 * log_var)
    return np.ascontiguousarray(z), kl, (L, noise, kl_cache)


def cholesky_head_backward(dz, d_kl, cache):
    """Gradient of both paths in mu, log_var and L, (9.6) and (8.7).

    dz : (n, k)   d_kl : dJ/dKL_i, the same for all images
    Returns dhead : (n, 2k + k (k - 1) / 2).
    """
    L, noise, kl_cache = cache
    each = np.full(len(dz), d_kl, dz.dtype)                   # (n,)
    dmu_kl, dL_kl, d_log = kl_standard_gaussian_backward(each, kl_cache, True)
    dmu, dL = reparameterize_cholesky_backward(dz, noise)     # (n, k), (n, k, k)
    dlog_var, dlower = cholesky_factor_backward(dL + dL_kl, L)
    return np.concatenate([dmu + dmu_kl, dlog_var + 0.5 * d_log, dlower], axis=1)


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999,
              eps=1e-8):
    """Adam, equation (1.16), unless the gradient is not finite.

    Returns the squared norm of grad; where that is not finite, nothing has changed.
    """
    squares = squared_norm(grad)
    if math.isfinite(squares):
        optimizers.adam_step(theta, grad, m, v, t, learning_rate, beta1, beta2, eps)
    return squares


def squared_norm(grad):
    """sum_p grad_p^2 as a float: not finite if any entry is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.dot(grad, grad))
