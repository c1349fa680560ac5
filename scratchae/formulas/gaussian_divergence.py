"""Divergence between Gaussians with any covariance, by Cholesky factors (slide S52).

A Gaussian is given by its mean mu : (n, k) and the factor L : (n, k, k) of its
covariance L L^T, lower triangular with a positive diagonal; n pairs at a time.
"""

import numpy as np


def kl_gaussian_forward(mu0, L0, mu1, L1):
    """KL( N(mu0, L0 L0^T) || N(mu1, L1 L1^T) ), equation (8.1), slide S52.

        KL = 1/2 (|A|^2 + |m|^2 - k) + sum_j log L1_jj - sum_j log L0_jj
        A = L1^-1 L0,   m = (mu1 - mu0) L1^-T

    |A|^2, the sum of squares, is tr(Sigma1^-1 Sigma0), and |m|^2 is the Mahalanobis
    term; so no covariance matrix is inverted.

    Returns kl : (n,) in nats, and the cache.
    """
    A = np.linalg.solve(L1, L0)                                     # (n, k, k)
    m = np.linalg.solve(L1, (mu1 - mu0)[:, :, None])[:, :, 0]       # (n, k)
    log_ratio = np.log(_diagonal(L1)) - np.log(_diagonal(L0))       # (n, k)
    squares = np.sum(A * A, axis=(1, 2)) + np.sum(m * m, axis=1)    # (n,)
    kl = 0.5 * (squares - mu0.shape[1]) + log_ratio.sum(axis=1)     # (n,)
    return kl, (L0, L1, A, m)


def kl_gaussian_backward(d_kl, cache):
    """Gradients in all four arguments, equations (8.2) to (8.5).

        dmu1 = m L1^-1,  dmu0 = -dmu1
        dL0 = tril(L1^-T A) - diag(1 / L0_jj)
        dL1 = diag(1 / L1_jj) - tril(L1^-T (A A^T + m^T m))

    d_kl : (n,)
    Returns dmu0, dL0, dmu1, dL1; of the factors only the lower triangle.
    """
    L0, L1, A, m = cache
    L1_T = np.swapaxes(L1, 1, 2)
    dmu1 = np.linalg.solve(L1_T, m[:, :, None])[:, :, 0]                    # (n, k)
    outer = A @ np.swapaxes(A, 1, 2) + m[:, :, None] * m[:, None, :]        # (n, k, k)
    dL0 = np.tril(np.linalg.solve(L1_T, A)) - _inverse_diagonal(L0)         # (n, k, k)
    dL1 = _inverse_diagonal(L1) - np.tril(np.linalg.solve(L1_T, outer))     # (n, k, k)
    each = d_kl[:, None, None]
    return -dmu1 * d_kl[:, None], dL0 * each, dmu1 * d_kl[:, None], dL1 * each


def kl_standard_gaussian_forward(mu, L, log_diagonal=None):
    """KL( N(mu, L L^T) || N(0, I) ), equation (8.6): the VAE's case.

    KL = 1/2 (sum L_ij^2 + |mu|^2 - k) - sum_j log L_jj
    mu : (n, k)   L : (n, k, k)   log_diagonal : log L_jj, (n, k), where it is known;
        L_jj itself may have rounded to 0
    Returns kl : (n,) in nats, and the cache.
    """
    below = np.tril(L, -1)                                          # (n, k, k)
    log_diagonal = np.log(_diagonal(L)) if log_diagonal is None else log_diagonal
    excess = np.expm1(2 * log_diagonal)                             # (n, k), L_jj^2 - 1
    squares = np.sum(below * below, axis=(1, 2)) + np.sum(mu * mu, axis=1)
    kl = 0.5 * (squares + np.sum(excess - 2 * log_diagonal, axis=1))
    return kl, (mu, L, excess)


def kl_standard_gaussian_backward(d_kl, cache, log_diagonal=False):
    """dmu = mu and dL = L - diag(1 / L_jj), equation (8.7), times d_kl : (n,).

    log_diagonal : whether log L_jj was an argument of its own. Then dL is 0 on the
        diagonal, and a third gradient is L_jj^2 - 1 for each log L_jj : (n, k)
    """
    (mu, L, excess), each = cache, d_kl[:, None]
    if log_diagonal:
        return mu * each, np.tril(L, -1) * each[:, None], excess * each
    return mu * each, (L - _inverse_diagonal(L)) * each[:, None]


def kl_gaussian(mu0, cov0, mu1, cov1):
    """KL( N(mu0, cov0) || N(mu1, cov1) ) in nats, from covariance matrices.

    mu0, mu1 : (k,)   cov0, cov1 : (k, k), positive definite.  Returns a float.
    """
    factors = [np.linalg.cholesky(np.asarray(cov, float))[None] for cov in (cov0, cov1)]
    means = [np.asarray(mu, float)[None] for mu in (mu0, mu1)]
    kl, _ = kl_gaussian_forward(means[0], factors[0], means[1], factors[1])
    return float(kl[0])


def _diagonal(L):
    return np.einsum("njj->nj", L)


def _inverse_diagonal(L):
    return np.eye(L.shape[-1], dtype=L.dtype) / _diagonal(L)[:, :, None]
