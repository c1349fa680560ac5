"""Lab 16, solved; and the wrong answers that must be named."""

import numpy as np


def corrected_1(x, eps, w, sigma, m, log_v):
    std = np.exp(log_v / 2)
    z = m + std * eps
    recon = -0.5 * (np.log(2 * np.pi * sigma**2) + (x - w * z) ** 2 / sigma**2)
    kl = 0.5 * (m**2 + np.exp(log_v) - 1 - log_v)
    dz = w * (x - w * z) / sigma**2
    return recon - kl, dz - m, 0.5 * dz * std * eps - 0.5 * (np.exp(log_v) - 1)


def corrected_2(mu, log_var):
    kl = 0.5 * np.sum(mu**2 + np.exp(log_var) - 1 - log_var, axis=1)
    return kl, mu, 0.5 * (np.exp(log_var) - 1)


def corrected_3(log_w):
    top = log_w.max(axis=0)
    w = np.exp(log_w - top)
    return top + np.log(w.mean(axis=0)), w / w.sum(axis=0)


def corrected_4(x, x_noisy, W, V):
    n = len(x)
    residual = x_noisy @ W @ V - x
    loss = np.sum(residual**2) / n
    dx_hat = 2 * residual / n
    return loss, x_noisy.T @ (dx_hat @ V.T), (x_noisy @ W).T @ dx_hat


def corrected_5(h, rho):
    r = h.mean(axis=0)
    penalty = np.sum(rho * np.log(rho / r) + (1 - rho) * np.log((1 - rho) / (1 - r)))
    slope = (1 - rho) / (1 - r) - rho / r
    return penalty, np.ones(h.shape) * slope / len(h)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("corrected_1", "std = np.exp(log_v / 2)", "std = np.exp(log_v)", "elbo",
     "still_there"),
    ("corrected_1", "0.5 * dz * std", "dz * std", "dlog_v", "half_missing"),
    ("corrected_1", "recon - kl,", "recon + kl,", "elbo", "kl_added"),
    ("corrected_1", "z = m + std * eps", "z = m", "elbo", "no_noise"),
    ("corrected_2", "kl = 0.5 *", "kl =", "kl", "still_there"),
    ("corrected_2", "return kl, mu,", "return kl, 2 * mu,", "dmu", "old_gradient"),
    ("corrected_2", "0.5 * (np", "(np", "dlog_var", "old_gradient"),
    ("corrected_2", "kl = 0.5 * np.sum", "kl = np.mean", "kl", "averaged"),
    ("corrected_3", "top + np.log(w.mean(axis=0)),", "log_w.mean(axis=0),", "bound",
     "still_there"),
    ("corrected_3", "w / w.sum(axis=0)", "0 * w + 1 / len(w)", "dlog_w",
     "old_gradient"),
    ("corrected_3", "w.mean(axis=0)", "w.sum(axis=0)", "bound", "sum"),
    ("corrected_3", "top = log_w.max(axis=0)", "top = log_w.max()", "bound", "FAIL"),
    ("corrected_4", "V - x\n", "V - x_noisy\n", "loss", "still_there"),
    ("corrected_4", "n = len(x)", "n, x_noisy = len(x), x", "loss", "no_noise"),
    ("corrected_5", "slope = (1 - rho) / (1 - r) - rho / r",
     "slope = np.log(r / rho) - np.log((1 - r) / (1 - rho))", "dh", "old_gradient"),
    ("corrected_5", "r = h.mean(axis=0)",
     "rho, r = h.mean(axis=0), rho", "penalty", "still_there"),
    ("corrected_5", " / len(h)", "", "dh", "not_averaged"),
    ("corrected_3", "log_w.max(axis=0)", "log_w.mean(axis=0)", "bound", "FAIL"),
]
