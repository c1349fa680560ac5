"""Lab 09, solved; and the wrong answers that must be named."""

import numpy as np


def log_evidence(x, w, sigma):
    variance = w**2 + sigma**2
    return -0.5 * (np.log(2 * np.pi * variance) + x**2 / variance)


def posterior(x, w, sigma):
    variance = 1 / (1 + w**2 / sigma**2)
    return variance * w * x / sigma**2, variance


def elbo(x, w, sigma, m, v):
    square = (x - w * m) ** 2 + w**2 * v
    recon = -0.5 * (np.log(2 * np.pi * sigma**2) + square / sigma**2)
    kl = 0.5 * (m**2 + v - 1 - np.log(v))
    return recon - kl, recon, kl


def elbo_gradient(x, w, sigma, m, v):
    dm = w * (x - w * m) / sigma**2 - m
    return dm, 0.5 * (1 - v * (1 + w**2 / sigma**2))


def gap(x, w, sigma, m, v):
    return log_evidence(x, w, sigma) - elbo(x, w, sigma, m, v)[0]


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("log_evidence", "w**2 + sigma**2", "sigma**2", "log_p", "noise_only"),
    ("log_evidence", "w**2 + sigma**2", "(w + sigma) ** 2", "log_p", "sum_squared"),
    ("log_evidence", "2 * np.pi * variance", "variance", "log_p", "constant"),
    ("log_evidence", "-0.5 *", "-1 *", "log_p", "twice"),
    ("log_evidence", "-0.5 *", "0.5 *", "log_p", "negative"),
    ("elbo", "-0.5 *", "0.5 *", "recon", "negative"),
    ("posterior", "1 / (1 + w**2 / sigma**2)", "1 + w**2 / sigma**2", "variance",
     "precision"),
    ("posterior", "1 / (1 + w**2 / sigma**2)", "sigma**2 / w**2", "variance",
     "prior_missing"),
    ("posterior", "* w * x / sigma**2,", "* w * x,", "mean", "sigma_missing"),
    ("posterior", "variance * w * x / sigma**2,", "x / w,", "mean", "prior_missing"),
    ("elbo", " + w**2 * v", "", "recon", "at_the_mean"),
    ("elbo", "w**2 * v", "v", "recon", "variance_unscaled"),
    ("elbo", "v - 1 - np.log(v)", "v - 1", "kl", "log_missing"),
    ("elbo", "v - 1 - np.log(v)", "v**2 - 1 - np.log(v**2)", "kl", "std_for_variance"),
    ("elbo", "recon - kl,", "recon + kl,", "elbo", "kl_added"),
    ("elbo_gradient", "- m\n", "\n", "dm", "kl_missing"),
    ("elbo_gradient", "w * (x", "(x", "dm", "w_missing"),
    ("elbo_gradient", "0.5 * (1 - v * (1", "0.5 * (1 / v - (1", "dlog_v", "in_v"),
    ("elbo_gradient", "1 + w**2 / sigma**2", "1", "dlog_v", "kl_only"),
    ("gap", "elbo(x, w, sigma, m, v)[0]", "elbo(x, w, sigma, m, v)[1]", "gap",
     "kl_left_out"),
    ("gap", "log_evidence(x, w, sigma) - ", "", "gap", "bound"),
    ("log_evidence", "x**2", "np.abs(x)", "log_p", "absolute"),
    ("log_evidence", "x**2", "x", "log_p", "not_squared"),
    ("log_evidence", "w**2 + sigma**2", "w**2 * sigma**2", "log_p", "product"),
    ("elbo", "square / sigma**2", "square / (2 * sigma**2)", "recon", "squares_half"),
]
