"""Kullback-Leibler divergence of the approximate posterior from the prior (S38)."""

import numpy as np


def kl_diag_gaussian_forward(mu, log_var):
    """KL( N(mu, diag(exp(log_var))) || N(0, I) ), equation (10.4), slide S38.

        KL_i = 1/2 sum_j (mu_ij^2 + exp(v_ij) - 1 - v_ij),   v = log_var

    It is never negative, and 0 only where mu = 0 and log_var = 0.

    mu, log_var : (n, k)
    Returns kl : (n,) in nats per image, and the cache.
    """
    excess = np.expm1(log_var)  # (n, k) sigma^2 - 1, exact near sigma = 1
    kl = 0.5 * np.sum(mu * mu + excess - log_var, axis=1)  # (n,)
    return kl, (mu, excess)


def kl_diag_gaussian_backward(d_kl, cache):
    """Gradients of the divergence, equation (10.5).

    d_kl : (n,)
    Returns dmu = mu d_kl and dlog_var = 1/2 (exp(log_var) - 1) d_kl, both (n, k).
    """
    mu, excess = cache
    dlog_var = 0.5 * excess * d_kl[:, None]  # (n, k)
    dmu = mu * d_kl[:, None]  # (n, k)
    return dmu, dlog_var
