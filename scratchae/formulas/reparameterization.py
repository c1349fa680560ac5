"""The reparameterization z = mu + Sigma^(1/2) eps (slides S54-S56)."""

import numpy as np


def reparameterize_diag_forward(mu, log_var, eps):
    """z = mu + exp(log_var / 2) * eps, equation (10.6).

    With eps ~ N(0, I) drawn by the network (networks/variational.py: draw),
    z ~ N(mu, diag(exp(log_var))). The factor 1/2 turns a log-variance into a
    log-standard-deviation; without it the sampler is wrong and its gradient check still
    passes.

    mu, log_var, eps : (n, k)
    Returns z : (n, k) and the cache.
    """
    noise = np.exp(0.5 * log_var) * eps     # (n, k), sigma eps
    return mu + noise, noise


def reparameterize_diag_backward(dz, noise):
    """Gradients through the sample, equation (10.7); none flows to eps.

    dz : (n, k)
    Returns dmu = dz and dlog_var = 1/2 sigma eps dz, both (n, k).
    """
    return dz, 0.5 * noise * dz


def cholesky_factor_forward(log_var, lower):
    """L with exp(log_var / 2) on its diagonal and `lower` below, equation (9.4).

    Any real numbers give a factor with a positive diagonal, so that L L^T is a
    covariance matrix. log det L = 1/2 sum_j log_var_j, as for the diagonal Gaussian.

    log_var : (n, k)   lower : (n, k (k - 1) / 2), row by row
    Returns L : (n, k, k) and the cache.
    """
    n, k = log_var.shape
    L = np.zeros((n, k, k), np.result_type(log_var, lower))
    rows, columns = np.tril_indices(k, -1)
    L[:, rows, columns] = lower
    L[:, np.arange(k), np.arange(k)] = np.exp(0.5 * log_var)
    return L, L


def cholesky_factor_backward(dL, L):
    """dL : (n, k, k).  Returns dlog_var : (n, k) and dlower : (n, k (k - 1) / 2)."""
    k = L.shape[-1]
    j = np.arange(k)
    dlog_var = 0.5 * L[:, j, j] * dL[:, j, j]   # (n, k)
    rows, columns = np.tril_indices(k, -1)
    return dlog_var, dL[:, rows, columns]


def reparameterize_cholesky_forward(mu, L, eps):
    """z = mu + eps L^T, equation (9.5): a row of the slide's mu + Sigma^(1/2) eps.

    mu, eps : (n, k)   L : (n, k, k), lower triangular, Sigma = L L^T
    Returns z : (n, k) and the cache.
    """
    return mu + np.einsum("nij,nj->ni", L, eps), eps


def reparameterize_cholesky_backward(dz, eps):
    """dmu = dz : (n, k) and dL = dz^T eps, lower triangle : (n, k, k), (9.6)."""
    return dz, np.tril(dz[:, :, None] * eps[:, None, :])
