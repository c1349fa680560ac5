"""Lab 11, solved; and the wrong answers that must be named."""

import numpy as np


def sample(mu, log_var, eps):
    return mu + np.exp(log_var / 2) * eps


def sample_backward(dz, log_var, eps):
    return dz, 0.5 * np.exp(log_var / 2) * eps * dz


def cholesky_factor(log_var, lower):
    n, k = log_var.shape
    L = np.zeros((n, k, k))
    rows, columns = np.tril_indices(k, -1)
    L[:, rows, columns] = lower
    L[:, range(k), range(k)] = np.exp(log_var / 2)
    return L


def sample_full(mu, L, eps):
    return mu + np.einsum("nij,nj->ni", L, eps)


def sample_full_backward(dz, eps):
    return dz, np.tril(dz[:, :, None] * eps[:, None, :])


def cholesky_factor_backward(dL, L):
    k = L.shape[1]
    dlog_var = 0.5 * np.einsum("njj,njj->nj", L, dL)
    rows, columns = np.tril_indices(k, -1)
    return dlog_var, dL[:, rows, columns]


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("sample", "np.exp(log_var / 2)", "np.exp(log_var)", "z", "std_is_variance"),
    ("sample", "np.exp(log_var / 2)", "log_var", "z", "std_is_log_var"),
    ("sample", "np.exp(log_var / 2) * eps", "eps", "z", "std_is_one"),
    ("sample", "* eps", "* np.random.default_rng().normal(size=mu.shape)", "",
     "random"),
    ("sample_backward", "0.5 * np", "np", "dlog_var", "half_missing"),
    ("sample_backward", "np.exp(log_var / 2)", "np.exp(log_var)", "dlog_var",
     "std_is_variance"),
    ("sample_backward", "0.5 * np.exp(log_var / 2) * eps", "eps", "dlog_var",
     "in_sigma"),
    ("sample_backward", "* eps * dz", "* dz", "dlog_var", "noise_missing"),
    ("sample_backward", "return dz,", "return np.exp(log_var / 2) * dz,", "dmu",
     "times_sigma"),
    ("cholesky_factor", "np.exp(log_var / 2)", "np.exp(log_var)", "L",
     "diagonal_is_variance"),
    ("cholesky_factor", "np.exp(log_var / 2)", "log_var", "L", "diagonal_is_log_var"),
    ("cholesky_factor", "L[:, rows, columns] =", "L[:, columns, rows] =", "L",
     "upper"),
    ("cholesky_factor", "return L", "return np.swapaxes(L, 1, 2)", "L", "upper"),
    ("sample_full", "nij,nj->ni", "nji,nj->ni", "z", "factor_transposed"),
    ("sample_full", "np.einsum(\"nij,nj->ni\", L, eps)", "eps @ L[0].T", "z",
     "one_factor"),
    ("sample_full_backward", "np.tril(dz[:, :, None] * eps[:, None, :])",
     "dz[:, :, None] * eps[:, None, :]", "dL", "not_lower"),
    ("sample_full_backward", "np.tril(dz[:, :, None] * eps[:, None, :])",
     "np.tril(dz.T @ eps)", "dL", "over_batch"),
    ("cholesky_factor_backward", "0.5 * ", "", "dlog_var", "half_missing"),
    ("cholesky_factor_backward", "np.tril_indices(k, -1)", "np.tril_indices(k)",
     "dlower", "with_diagonal"),
    ("sample", "np.exp(log_var / 2)", "np.log1p(np.exp(log_var))", "z",
     "std_is_softplus"),
    ("sample", "mu + np.exp(log_var / 2) * eps", "mu * eps + np.exp(log_var / 2)", "z",
     "swapped"),
    ("sample", "* eps", "* eps[:1]", "z", "one_noise"),
    ("sample", "* eps", "* np.random.default_rng(0).normal(size=mu.shape)", "z",
     "own_noise_0"),
    ("cholesky_factor", "np.exp(log_var / 2)", "log_var / 2", "L",
     "diagonal_is_log_sigma"),
]
