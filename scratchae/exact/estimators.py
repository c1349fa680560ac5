"""Two estimators of d/dmu E[z^2], z ~ N(mu, 1): slides S53-S56, lecture 09.

The answer is 2 mu. Both are unbiased; their variances differ, and are known.
"""

import numpy as np


def pathwise(mu, eps):
    """Gradient through z = mu + eps: d z^2 / dmu = 2 z, equation (9.2)."""
    return 2 * np.add(mu, eps)


def score_function(mu, eps, baseline=0.0):
    """(z^2 - baseline) d log q(z) / dmu = (z^2 - baseline) eps, equation (9.1).

    It needs no derivative of z^2, so it also works where z is discrete. A baseline
    that does not depend on eps leaves the mean and changes the variance.
    """
    return (np.add(mu, eps) ** 2 - baseline) * eps


def variances(mu):
    """Variances of one sample: pathwise, score, score with baseline E[z^2], (9.3)."""
    mu = 0.0 + np.asarray(mu)  # whole numbers would wrap around
    return {
        "pathwise": 4.0 + 0.0 * mu,
        "score": mu**4 + 14 * mu**2 + 15,
        "score with mean baseline": 8 * mu**2 + 10,
    }


def mean_baseline(mu):
    """E[z^2] = mu^2 + 1."""
    return np.square(0.0 + np.asarray(mu)) + 1
