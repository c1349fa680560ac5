"""Three routes to a posterior that is known: slides S32-S34, S58 (lectures 06, 07).

All for the linear-Gaussian model with one latent dimension and one observation x.
"""

from typing import NamedTuple

import numpy as np

from scratchae.formulas.importance import StreamedLogMean

BLOCK = 100_000  # samples at a time


def gaussian_fit_gradient(model, x, m, log_v):
    """The ELBO at q = N(m, v) and its gradient in m and log v, equation (7.7).

    dm = w . (x - w m - b) / sigma^2 - m
    dlog_v = 1/2 (1 - v (1 + |w|^2 / sigma^2))
    """
    w, v = model.W[:, 0], np.exp(log_v)
    residual = x - w * m - model.b
    precision = 1 + w @ w / model.sigma**2
    spread = (residual @ residual + v * (w @ w)) / model.sigma**2
    reconstruction = -0.5 * (model.d * np.log(2 * np.pi * model.sigma**2) + spread)
    kl = 0.5 * (v + m * m - 1 - log_v)
    dm = w @ residual / model.sigma**2 - m
    return reconstruction - kl, dm, 0.5 * (1 - v * precision)


def fit_gaussian(model, x, start=(0.0, 0.0), steps=200, rate=None):
    """Gradient ascent of the ELBO in m and log v; the path : (steps + 1, 2) m and v.

    rate : step in m, by default half the inverse of its curvature; log v takes steps
        of 1
    """
    (m, log_v), x = start, np.atleast_1d(np.asarray(x, float))
    w = model.W[:, 0]
    rate = 0.5 / (1 + w @ w / model.sigma**2) if rate is None else rate
    path = [(m, np.exp(log_v))]
    for _ in range(steps):
        _, dm, dlog_v = gaussian_fit_gradient(model, x, m, log_v)
        m, log_v = m + rate * dm, log_v + dlog_v
        path.append((m, np.exp(log_v)))
    return np.array(path)


class Estimate(NamedTuple):
    """log p(x) with its error, E[z|x] with its error, effective number of samples.

    Both errors are inf where that number is below about 100: a few samples decide.
    """

    log_likelihood: float
    log_likelihood_error: float
    mean: float
    mean_error: float
    effective_sample_size: float


def importance_sampling(model, x, n, rng, m=0.0, v=1.0):
    """n draws from q = N(m, v), weighted by p(x, z) / q(z); q = prior is naive."""
    z, log_w = _weighted(model, np.atleast_1d(x), rng.standard_normal(n), m, v)  # (n,)
    stream = StreamedLogMean(1)
    stream.add(log_w[:, None])
    w = np.exp(log_w - log_w.max())
    w /= w.sum()
    mean, error = w @ z, stream.standard_error[0]
    mean_error = np.sqrt(np.sum((w * (z - mean)) ** 2)) if error < np.inf else np.inf
    return Estimate(float(stream.log_mean[0]), float(error), float(mean),
                    float(mean_error), float(stream.effective_sample_size[0]))


def metropolis_hastings(model, x, n, rng, step=1.0, start=0.0):
    """A chain of n draws from p(z|x) that needs p(x, z) only (Metropolis 1953).

    Proposes z + step eps and accepts with probability min(1, ratio of the joints),
    (7.8); the proposal is as likely there as back.
    Returns the chain : (n,) and the share of accepted proposals.
    """
    x, z = np.atleast_1d(x), start
    log_p = model.log_joint(x, np.array([z]))
    chain, accepted = np.empty(n), 0
    steps, log_u = step * rng.standard_normal(n), np.log(rng.random(n))
    for i in range(n):
        proposal = z + steps[i]
        log_proposal = model.log_joint(x, np.array([proposal]))
        if log_u[i] < log_proposal - log_p:
            z, log_p, accepted = proposal, log_proposal, accepted + 1
        chain[i] = z
    return chain, accepted / n


def chain_mean_error(chain, batches=50):
    """Standard error of a chain's mean from the means of its batches, (7.9).

    Neighbours in a chain are alike, so std / sqrt(n) would be too small. inf where
    there are fewer draws than batches.
    """
    if len(chain) < batches:
        return np.inf
    whole = np.asarray(chain[: len(chain) // batches * batches])
    means = whole.reshape(batches, -1).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(batches))


def importance_weighted_bound(model, x, K, repeats, rng, m=0.0, v=1.0):
    """L_K = E log( 1/K sum_l w_l ) at q = N(m, v): mean of repeats, its error (S58).

    The error of one repeat is inf.
    """
    x, values, left = np.atleast_1d(x), [], repeats
    while left:
        count = min(left, max(1, BLOCK // K))
        _, log_w = _weighted(model, x, rng.standard_normal((K, count)), m, v)
        stream = StreamedLogMean(count)
        stream.add(log_w)
        values.append(stream.log_mean)
        left -= count
    values = np.concatenate(values)
    error = values.std(ddof=1) / np.sqrt(repeats) if repeats > 1 else np.inf
    return float(values.mean()), float(error)


def _weighted(model, x, eps, m, v):
    """z = m + sqrt(v) eps, a draw of q = N(m, v), and log p(x, z) - log q(z)."""
    z = m + np.sqrt(v) * eps
    log_q = -0.5 * (np.log(2 * np.pi * v) + eps**2)
    return z, model.log_joint(x, z[..., None]) - log_q


def naive_draws(x, dimension, error=0.1, w=2.0, sigma=1.0):
    """Draws from the prior that give p(x) to a relative error, equation (6.5).

    One weight p(x|z) has relative variance r - 1 with r = E[p(x|z)^2] / p(x)^2 in one
    dimension; in independent dimensions the r multiply. x is the same in each.
    """
    x, s2 = np.asarray(x), sigma**2
    # p(x|z)^2 is a normal density in x of variance s2 / 2 over sqrt(4 pi s2).
    square = _normal(x, w**2 + s2 / 2) / np.sqrt(4 * np.pi * s2)
    r = square / _normal(x, w**2 + s2) ** 2
    return (r**dimension - 1) / error**2


def _normal(x, variance):
    return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
