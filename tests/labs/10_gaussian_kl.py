"""Lab 10, solved; and the wrong answers that must be named."""

import numpy as np


def kl_diagonal(mu, log_var):
    each = mu**2 + np.exp(log_var) - 1 - log_var
    return 0.5 * each.sum(axis=1)


def kl_diagonal_backward(d_kl, mu, log_var):
    dlog_var = 0.5 * (np.exp(log_var) - 1) * d_kl[:, None]
    return mu * d_kl[:, None], dlog_var


def diagonal(L):
    return np.einsum("njj->nj", L)


def kl_gaussian(mu0, L0, mu1, L1):
    A = np.linalg.solve(L1, L0)
    m = np.linalg.solve(L1, (mu1 - mu0)[:, :, None])
    logs = np.log(diagonal(L1)).sum(axis=1) - np.log(diagonal(L0)).sum(axis=1)
    k = mu0.shape[1]
    return 0.5 * ((A**2).sum(axis=(1, 2)) + (m**2).sum(axis=(1, 2)) - k) + logs


def kl_prior_backward(d_kl, mu, L):
    inverse = np.eye(L.shape[1]) / diagonal(L)[:, :, None]
    return mu * d_kl[:, None], (L - inverse) * d_kl[:, None, None]


def kl_gaussian_backward(d_kl, mu0, L0, mu1, L1):
    A = np.linalg.solve(L1, L0)
    m = np.linalg.solve(L1, (mu1 - mu0)[:, :, None])
    up = np.swapaxes(L1, 1, 2)
    dmu1 = np.linalg.solve(up, m)[:, :, 0] * d_kl[:, None]
    squares = A @ np.swapaxes(A, 1, 2) + m @ np.swapaxes(m, 1, 2)
    inverse0, inverse1 = (np.eye(len(L[0])) / diagonal(L)[:, :, None]
                          for L in (L0, L1))
    dL0 = np.tril(np.linalg.solve(up, A)) - inverse0
    dL1 = inverse1 - np.tril(np.linalg.solve(up, squares))
    each = d_kl[:, None, None]
    return -dmu1, dL0 * each, dmu1, dL1 * each


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("kl_diagonal", "0.5 * each", "each", "kl", "twice"),
    ("kl_diagonal", "- 1 - log_var", "- log_var", "kl", "constant_missing"),
    ("kl_diagonal", "np.exp(log_var) - 1 - log_var",
     "np.exp(2 * log_var) - 1 - 2 * log_var", "kl", "log_var_for_std"),
    ("kl_diagonal", "np.exp(log_var)", "np.exp(log_var / 2)", "kl",
     "sigma_for_variance"),
    ("kl_diagonal", "each.sum(axis=1)", "each.mean(axis=1)", "kl", "averaged"),
    ("kl_diagonal", "each.sum(axis=1)", "each.sum(axis=0)", "kl", "batch"),
    ("kl_diagonal", "- 1 - log_var", "- 1 + log_var", "kl", "log_sign"),
    ("kl_diagonal_backward", "0.5 * (np", "(np", "dlog_var", "in_log_sigma"),
    ("kl_diagonal_backward", "(np.exp(log_var) - 1)", "np.exp(log_var)", "dlog_var",
     "one_missing"),
    ("kl_diagonal_backward", "(np.exp(log_var) - 1) * d_kl[:, None]",
     "(np.exp(log_var) - 1)", "dlog_var", "without_upstream"),
    ("kl_diagonal_backward", "mu * d_kl[:, None], dlog_var", "mu, dlog_var", "dmu",
     "without_upstream"),
    ("kl_gaussian", "- k)", ")", "kl", "k_missing"),
    ("kl_gaussian", "+ logs", "- logs", "kl", "log_det_sign"),
    ("kl_gaussian", "+ logs", "+ 0.5 * logs", "kl", "log_det_half"),
    ("kl_gaussian", "np.linalg.solve(L1, (mu1", "np.linalg.solve(L0, (mu1", "kl",
     "means_by_S0"),
    ("kl_gaussian", "A = np.linalg.solve(L1, L0)",
     "L0, L1 = L1, L0; A = np.linalg.solve(L1, L0)", "kl", "swapped"),
    ("kl_prior_backward", "L - inverse", "L", "dL", "log_missing"),
    ("kl_prior_backward", "L - inverse", "L - np.linalg.inv(L)", "dL", "inverse"),
    ("kl_gaussian_backward", "np.tril(np.linalg.solve(up, A))",
     "np.linalg.solve(up, A)", "dL0", "not_lower"),
    ("kl_gaussian_backward", "return -dmu1", "return dmu1", "dmu0", "sign"),
    ("kl_gaussian_backward", " + m @ np.swapaxes(m, 1, 2)", "", "dL1",
     "means_missing"),
    ("kl_gaussian_backward", "inverse1 - np.tril", "-np.tril", "dL1", "log_missing"),
    ("kl_diagonal", "mu**2", "mu", "kl", "mean_not_squared"),
    ("kl_diagonal_backward", "0.5 * (np.exp(log_var) - 1)",
     "(np.exp(log_var / 2) - np.exp(-log_var / 2))", "dlog_var", "in_sigma"),
    ("kl_gaussian", "(A**2).sum(axis=(1, 2))", "diagonal(A).sum(axis=1)", "kl",
     "trace_of_A"),
    ("kl_prior_backward", "(L - inverse)", "(L - inverse**2)", "dL",
     "inverse_squared"),
]
