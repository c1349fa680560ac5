"""What a training step asks for, in NumPy: the twins of the compiled kernels.

A kernel does several formulas in one pass over memory: a layer with its activation, a
loss with its gradient. Each function here has a kernel's name, signature and meaning,
and is composed of the formulas of this folder. It is what the kernel is tested
against, and what runs where the NumPy backend is chosen.

`out` and its like are arrays of an earlier call that may be written into, so that a
training step allocates nothing. What counts is what is returned: NumPy often returns
a new array all the same.
"""

import numpy as np

from scratchae.formulas import corruption
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.brush import render
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.losses import (
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    squared_error_backward,
    squared_error_forward,
)
from scratchae.formulas.optimizers import adam_step
from scratchae.formulas.reparameterization import (
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)

__all__ = [
    "activation_backward",
    "adam_step",
    "add_gaussian_noise",
    "bernoulli_nll",
    "binarize",
    "dense_backward",
    "dense_forward",
    "dense_input_gradient",
    "dense_weight_gradient",
    "gaussian_head_backward",
    "gaussian_head_forward",
    "mask",
    "render",
    "salt_and_pepper",
    "squared_error",
    "squared_norm",
]


def dense_forward(x, W, b, activation="identity", out=None, slope=None):
    """h = phi(x W + b), equations (1.4) and (1.5).

    x : (n, d_in)   W : (d_in, d_out)   b : (d_out,)
    Returns h : (n, d_out) and what the backward functions need of this activation.
    """
    a = np.add(np.matmul(x, W, out=out), b, out=out)  # (n, d_out)
    h, kept = ACTIVATIONS[activation].forward(a)  # (n, d_out)
    return h, kept


def dense_weight_gradient(x, da, dW=None, db=None):
    """dW = x^T da and db = sum_i da_i, equations (1.8) and (1.9).

    x : (n, d_in)   da : (n, d_out), the gradient before the activation
    Returns dW : (d_in, d_out) and db : (d_out,).
    """
    return np.matmul(x.T, da, out=dW), np.sum(da, axis=0, out=db)


def dense_input_gradient(da, W, activation="identity", kept=None, out=None):
    """(da W^T) * phi'(a below), equations (1.7) and (1.6).

    da : (n, d_out)   W : (d_in, d_out)
    activation, kept : of the layer below, whose output was this layer's input; the
        result is that layer's da. Returns (n, d_in).
    """
    return activation_backward(np.matmul(da, W.T, out=out), activation, kept)


def dense_backward(
    x, da, W, activation="identity", kept=None, dW=None, db=None, out=None
):
    """Both gradients of a layer: dW, db and (da W^T) * phi'(a below)."""
    dx = dense_input_gradient(da, W, activation, kept, out)
    return *dense_weight_gradient(x, da, dW, db), dx


def activation_backward(dh, activation, kept, out=None):
    """da = dh * phi'(a), equation (1.6), elementwise."""
    return ACTIVATIONS[activation].backward(dh, kept)


def bernoulli_nll(logits, x, scale, loss=None, dlogits=None):
    """Bernoulli negative log-likelihood and its gradient, (1.11) and (1.12).

    logits, x : (n, d)   scale : dJ/dL_i, the same for all images, such as 1/n
    Returns loss : (n,) in nats per image and dlogits = (p - x) scale : (n, d).
    """
    losses, cache = bernoulli_nll_forward(logits, x)
    return losses, bernoulli_nll_backward(_each(scale, losses), cache)


def squared_error(x_hat, x, scale, loss=None, dx_hat=None):
    """Squared error and its gradient, (1.2) and (1.10).

    x_hat, x : (n, d)   scale : dJ/dL_i, such as 1/n
    Returns loss : (n,) per image and dx_hat = 2 (x_hat - x) scale : (n, d).
    """
    losses, cache = squared_error_forward(x_hat, x)
    return losses, squared_error_backward(_each(scale, losses), cache)


def gaussian_head_forward(head, eps, out=None):
    """z = mu + exp(log_var / 2) eps and KL(q || N(0, I)), (10.6) and (10.4).

    head : (n, 2k), mu in the first k columns and log_var in the others
    eps : (n, k)
    Returns z : (n, k), kl : (n,) in nats per image, and the cache.
    """
    mu, log_var = np.split(head, 2, axis=1)  # (n, k)
    z, noise = reparameterize_diag_forward(mu, log_var, eps)  # (n, k)
    kl, kl_cache = kl_diag_gaussian_forward(mu, log_var)  # (n,)
    return z, kl, (noise, kl_cache)


def gaussian_head_backward(dz, head, cache, d_kl, out=None):
    """Gradient of both paths in mu and log_var, (10.7) and (10.5).

    dz : (n, k)   d_kl : dJ/dKL_i, the same for all images
    Returns dhead : (n, 2k).
    """
    noise, kl_cache = cache
    dmu, dlog_var = reparameterize_diag_backward(dz, noise)  # (n, k)
    dmu_kl, dlog_var_kl = kl_diag_gaussian_backward(_each(d_kl, dz), kl_cache)
    return np.concatenate([dmu + dmu_kl, dlog_var + dlog_var_kl], axis=1)


def squared_norm(grad):
    """sum_p grad_p^2 as a float: not finite if any entry is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.dot(grad, grad))


def binarize(x, uniform, out=None):
    """Dynamic binarisation: b = 1 where uniform < x, else 0.  All (n, d)."""
    return corruption.binarize(x, uniform)


def add_gaussian_noise(x, normal, sigma, out=None):
    """x + sigma normal.  x, normal : (n, d), draws from N(0, 1)."""
    return corruption.add_gaussian_noise(x, normal, sigma)


def mask(x, uniform, fraction, out=None):
    """0 where uniform < fraction, else x.  All (n, d)."""
    return corruption.mask(x, uniform, fraction)


def salt_and_pepper(x, uniform, fraction, out=None):
    """0 where uniform < fraction / 2, 1 where it is < fraction, else x."""
    return corruption.salt_and_pepper(x, uniform, fraction)


def _each(scale, like):
    """The same number for each image: (n,), in the dtype of `like`."""
    return np.full(len(like), scale, like.dtype)
