"""Reconstruction losses, one number per image (slides S10, S37-S38).

Every loss sums over the d pixels and leaves the n images apart, so forward returns
(n,). The network takes their mean, (1.3), which is `mean_loss`, and passes the mean's
gradient to backward: d_loss = 1/n for each image, which are `mean_weights`.
Log-likelihood losses are in nats.
"""

from functools import lru_cache

import numpy as np

from scratchae.formulas.activations import logistic, softplus_forward

LOG_2PI = float(np.log(2 * np.pi))


def mean_loss(losses):
    """J = 1/n sum_i L_i, equation (1.3), added up in float64 at least.

    losses : (n,).  Returns one number of their type.
    """
    return losses.dtype.type(losses.mean(dtype=np.result_type(losses, np.float64)))


@lru_cache(maxsize=16)  # a training has a few sizes of batches
def mean_weights(n, dtype):
    """dJ/dL_i = 1/n of J = 1/n sum_i L_i, equation (1.3) : (n,).

    Read-only, and the same array whenever n is the same: `_Fused` in networks/pixels.py
    sees by `is` that all images count alike.
    """
    each = np.full(n, 1 / n, dtype)
    each.setflags(write=False)
    return each


def squared_error_forward(x_hat, x):
    """L_i = sum_j (x_hat_ij - x_ij)^2, equation (1.2), slide S10.

    x_hat, x : (n, d)
    Returns loss : (n,) in squared grey values per image, and the cache.
    """
    residual = x_hat - x                # (n, d)
    return np.sum(residual * residual, axis=1), residual


def squared_error_backward(d_loss, residual):
    """d_loss : (n,).  Returns dx_hat = 2 (x_hat - x) d_loss : (n, d), (1.10)."""
    return residual * (2 * d_loss[:, None])


def weighted_squared_error_forward(x_hat, x, weight):
    """L_i = sum_j w_ij (x_hat_ij - x_ij)^2, equation (4.2).

    Where w_ij = 0 it does not matter what x_ij is; it may be NaN.

    x_hat, x, weight : (n, d)
    Returns loss : (n,) in squared grey values per image, and the cache.
    """
    residual = np.where(weight == 0, 0, x_hat - x)      # (n, d)
    weighted = weight * residual                        # (n, d)
    return np.sum(weighted * residual, axis=1), weighted


def weighted_squared_error_backward(d_loss, weighted):
    """d_loss : (n,).  Returns dx_hat = 2 w (x_hat - x) d_loss : (n, d)."""
    return weighted * (2 * d_loss[:, None])


def bernoulli_nll_forward(logits, x):
    """L_i = sum_j (log(1 + exp(a_ij)) - x_ij a_ij), equations (1.11) and (10.3).

    This is -log p(x | a) for pixels x in {0, 1} drawn with probability
    p = 1 / (1 + exp(-a)). It is written in the logits a because log(p) is lost once
    p has rounded to 0 or 1; so it stays exact for |a| up to 1e4. Of large terms the
    difference comes first: log(1 + exp(a)) = max(a, 0) + log(1 + exp(-|a|)).

    logits, x : (n, d)
    Returns loss : (n,) in nats per image, and the cache.
    """
    above = logits.real > 0                                           # (n, d)
    small, _ = softplus_forward(np.where(above, -logits, logits))     # (n, d)
    large = np.where(above, logits, 0) - x * logits                   # (n, d)
    return np.sum(small + large, axis=1), (logits, x)


def bernoulli_nll_backward(d_loss, cache):
    """d_loss : (n,).  Returns dlogits = (p - x) d_loss : (n, d), (1.12)."""
    logits, x = cache
    return (logistic(logits) - x) * d_loss[:, None]


def gaussian_nll_forward(x_hat, log_var, x):
    """L_i = 1/2 sum_j (log(2 pi) + v_ij + (x_ij - x_hat_ij)^2 exp(-v_ij)), (10.10).

    This is -log N(x; x_hat, diag(exp(v))) with v = log_var = log(sigma^2). A fixed
    variance is a constant v; a learned one is a parameter or a network's output.

    x_hat, x : (n, d)   log_var : any shape that broadcasts to (n, d)
    Returns loss : (n,) in nats per image, and the cache. Source: slide S37.
    """
    log_var = np.asarray(log_var)
    residual = x_hat - x                                     # (n, d)
    precision = np.exp(-log_var)                             # as log_var
    scaled = residual * residual * precision                 # (n, d)
    loss = 0.5 * np.sum(LOG_2PI + log_var + scaled, axis=1)  # (n,)
    return loss, (residual, precision, scaled, log_var.shape)


def gaussian_nll_backward(d_loss, cache):
    """Gradients of the Gaussian negative log-likelihood, equation (10.11).

    d_loss : (n,)
    Returns dx_hat = (x_hat - x) exp(-v) d_loss : (n, d) and
    dlog_var = 1/2 (1 - (x_hat - x)^2 exp(-v)) d_loss, summed to the shape of log_var.
    """
    residual, precision, scaled, shape = cache
    dlog_var = 0.5 * (1 - scaled) * d_loss[:, None]     # (n, d)
    dx_hat = residual * precision * d_loss[:, None]     # (n, d)
    return dx_hat, _sum_to_shape(dlog_var, shape)


def _sum_to_shape(d, shape):
    """Undo broadcasting: one value used many times gets the sum of its gradients."""
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    kept = tuple(i for i, size in enumerate(shape) if size == 1 and d.shape[i] != 1)
    return d.sum(axis=kept, keepdims=True)
