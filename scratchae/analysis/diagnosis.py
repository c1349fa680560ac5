"""What a variational autoencoder does with its latent space (slides S36, S58)."""

import numpy as np

from scratchae.formulas.losses import LOG_2PI
from scratchae.validation import check_number

ACTIVE = 0.01  # variance of the posterior means from which a unit counts as active


def kl_per_dimension(model, X):
    """Mean divergence of each latent dimension from the prior : (k,) in nats.

    For a full covariance it is that of each dimension's marginal distribution.
    """
    mu, sigma = model.encode_distribution(X)
    return 0.5 * np.mean(mu**2 + sigma**2 - 1 - 2 * np.log(sigma), axis=0)


def active_units(model, X, threshold=ACTIVE):
    """Which dimensions say something about x : (k,) bools (Burda et al. 2016).

    A unit is active if its posterior mean varies over the data by more than the
    threshold; one that follows the prior has the same mean for all x.
    """
    return model.transform(X).var(axis=0) > threshold


def mutual_information(model, X, rng):
    """Estimate of I(x; z) under q in nats: E[log q(z|x) - log q(z)].

    q(z) is the average of q(z|x_j) over the given images, so at most log n can come
    out. What is left of the mean KL is the divergence of q(z) from the prior.
    Diagonal posteriors only.
    """
    mu, sigma = (a.astype(np.float64) for a in model.encode_distribution(X))
    z = mu + sigma * rng.standard_normal(mu.shape)
    total = 0.0
    for i in range(len(z)):
        u = (z[i] - mu) / sigma  # (n, k)
        log_q = -0.5 * np.sum(u * u + LOG_2PI, axis=1) - np.log(sigma).sum(axis=1)
        top = log_q.max()
        total += log_q[i] - top - np.log(np.mean(np.exp(log_q - top)))
    return total / len(z)


def loss_panel(model, X, n_importance=100):
    """The figures of one model side by side: a list of (name, value, unit).

    Sums over pixels and means over images are this project's convention. With a mean
    over the d pixels instead, the reconstruction is d times smaller and an unweighted
    KL counts d times as much: the same as beta = d here. The batch size has no such
    effect as long as both terms are averaged over it.
    """
    check_number(n_importance, "n_importance", owner="loss_panel", low=1, integer=True)
    measures, d = model.evaluate(X), model.n_features_in_
    log_p = model.log_likelihood(X, n_importance).mean
    recon, kl = measures["reconstruction"], measures["kl"]
    return [
        ("reconstruction", recon, "nats/img"),
        ("KL", kl, "nats/img"),
        ("ELBO", measures["elbo"], "nats/img"),
        (f"log p(x), {n_importance} samples", log_p, "nats/img"),
        ("-log p(x)", -log_p / (d * np.log(2)), "bits/dim"),
        ("squared error", measures["sse"], "SSE/img"),
        ("squared error", measures["sse"] / d, "mean over pixels"),
        ("reconstruction", recon / d, "nats, mean over pixels"),
        ("mean over pixels + KL means beta", float(d), "here"),
        ("KL times 1/d to it means beta", 1.0, "here"),
    ]


def print_panel(rows):
    """The panel as text, one row per line."""
    return "\n".join(f"{name:36}{value:12.4f}  {unit}" for name, value, unit in rows)
