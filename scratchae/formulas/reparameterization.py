"""The reparameterization z = mu + sigma * eps (slides S54-S56)."""

import numpy as np


def reparameterize_diag_forward(mu, log_var, eps):
    """z = mu + exp(log_var / 2) * eps, equation (10.6).

    With eps ~ N(0, I) drawn outside, z ~ N(mu, diag(exp(log_var))). The factor 1/2
    turns a log-variance into a log-standard-deviation; without it the sampler is
    wrong and its gradient check still passes.

    mu, log_var, eps : (n, k)
    Returns z : (n, k) and the cache.
    """
    noise = np.exp(0.5 * log_var) * eps  # (n, k) sigma * eps
    return mu + noise, noise


def reparameterize_diag_backward(dz, noise):
    """Gradients through the sample, equation (10.7); none flows to eps.

    dz : (n, k)
    Returns dmu = dz and dlog_var = 1/2 sigma eps dz, both (n, k).
    """
    return dz, 0.5 * noise * dz
