"""Kullback-Leibler divergence of the approximate posterior from the prior (S38)."""

import numpy as np


def kl_per_dimension(mu, log_var):
    """The terms of the sum (10.4), and sigma^2 - 1, both (n, k).

        1/2 (mu_ij^2 + exp(v_ij) - 1 - v_ij),   v = log_var

    The two that nearly cancel near the prior are subtracted first.
    """
    excess = np.expm1(log_var)
    return 0.5 * (mu * mu + (excess - log_var)), excess


def kl_diag_gaussian_forward(mu, log_var):
    """KL( N(mu, diag(exp(log_var))) || N(0, I) ), equation (10.4), slide S38.

        KL_i = 1/2 sum_j (mu_ij^2 + exp(v_ij) - 1 - v_ij),   v = log_var

    It is never negative, and 0 only where mu = 0 and log_var = 0.

    mu, log_var : (n, k)
    Returns kl : (n,) in nats per image, and the cache.
    """
    each, excess = kl_per_dimension(mu, log_var)    # (n, k), sigma^2 - 1 too
    return each.sum(axis=1), (mu, excess)           # (n,)


def kl_diag_gaussian_backward(d_kl, cache):
    """Gradients of the divergence, equation (10.5).

    d_kl : (n,)
    Returns dmu = mu d_kl and dlog_var = 1/2 (exp(log_var) - 1) d_kl, both (n, k).
    """
    mu, excess = cache
    dlog_var = 0.5 * excess * d_kl[:, None]     # (n, k)
    dmu = mu * d_kl[:, None]                    # (n, k)
    return dmu, dlog_var


def free_bits_forward(mu, log_var, floor):
    """F = sum_j max( floor, 1/n sum_i KL_ij ), equation (11.6).

    A dimension whose mean divergence is below the floor is not pushed further down,
    so that it is not switched off before the decoder has learned to use it.

    mu, log_var : (n, k)   floor : nats per dimension
    Returns one number, the batch mean in nats per image, and the cache.
    Source: Kingma et al. 2016, equation 15.
    """
    each, excess = kl_per_dimension(mu, log_var)    # (n, k)
    mean = each.mean(axis=0)                        # (k,)
    above = ~(mean.real <= floor)                   # (k,), true for NaN
    return np.where(above, mean, floor).sum(), (mu, excess, above)


def free_bits_backward(d_total, cache):
    """The gradient of the divergence where its mean is above the floor, else 0.

    d_total : a number.  Returns dmu, dlog_var : (n, k).
    """
    mu, excess, above = cache
    each = (above * (d_total / len(mu))).astype(mu.dtype)  # (k,)
    dlog_var = 0.5 * excess * each      # (n, k)
    dmu = mu * each                     # (n, k)
    return dmu, dlog_var
