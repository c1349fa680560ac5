"""What a variational autoencoder does with its latent space (slides S36, S58).

All of it is about the images that `evaluate` uses: with `binarize`, each is one binary
draw of X, the same as there for the same `random_state`. So the divergences here add up
to the `kl` there. y : the labels of X, for a conditional model.
"""

import numpy as np

from scratchae.formulas.importance import StreamedLogMean
from scratchae.formulas.losses import LOG_2PI
from scratchae.labels import labels_for
from scratchae.nn.evaluation import EVALUATION_SEED
from scratchae.validation import check_number, check_random_state, warn_of_far_rows

ACTIVE = 0.01  # variance of the posterior means from which a unit counts as active


def kl_per_dimension(model, X, y=None, random_state=EVALUATION_SEED):
    """Mean divergence of each latent dimension from the prior : (k,) in nats.

    Their sum is the `kl` of `model.evaluate`. For a full covariance it is taken by the
    chain rule: dimension j is that of z_j given the dimensions before it. A row too far
    from the training data for these numbers makes it infinite, and a warning names it.
    """
    head = _encoder_output(model, X, y, random_state)
    with np.errstate(over="ignore"):
        kl = model.network_.posterior.divergences(head)
    warn_of_far_rows(kl, "the divergence", "kl_per_dimension")
    return kl.mean(axis=0, dtype=np.float64)


def active_units(model, X, y=None, threshold=ACTIVE, random_state=EVALUATION_SEED):
    """Which dimensions say something about x : (k,) bools (Burda et al. 2016).

    A unit is active if its posterior mean varies over the data by more than the
    threshold; one that follows the prior has the same mean for all x.
    """
    check_number(threshold, "threshold", owner="active_units", low=0)
    head = _encoder_output(model, X, y, random_state)
    mu = model.network_.posterior.mean(head)
    return mu.var(axis=0, dtype=np.float64) > threshold


def mutual_information(model, X, y=None, *, rng, random_state=EVALUATION_SEED):
    """Estimate of I(x; z) under q in nats: E[log q(z|x) - log q(z)].

    q(z) is the average of q(z|x_j) over the given images, so at most log n can come
    out. What is left of the mean KL is the divergence of q(z) from the prior.
    rng : draws one z for each image. It takes n^2 k steps and the memory of n k.
    """
    rng = check_random_state(rng, owner="mutual_information")
    head = _encoder_output(model, X, y, random_state).astype(np.float64)
    posterior, k = model.network_.posterior, model.network_.k
    eps = rng.standard_normal((len(head), k))
    log_det = posterior.log_det(head)  # (n,)
    own = -0.5 * np.sum(eps * eps + LOG_2PI, axis=1) - log_det  # log q(z_i|x_i)
    marginal = StreamedLogMean(len(head))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        z = posterior.sample(head, eps)
        for j, row in enumerate(head):
            u = posterior.standardised(z, row)  # (n, k)
            log_q = -0.5 * np.sum(u * u + LOG_2PI, axis=1) - log_det[j]
            log_q = np.where(np.isnan(log_q), -np.inf, log_q)  # inf - inf: far away
            log_q[j] = own[j]
            marginal.add(log_q[None])
    return float(np.mean(own - marginal.log_mean))


def _encoder_output(model, X, y, random_state):
    _check_is_variational(model)
    labels = labels_for(model.encoder_output, y)
    return model.encoder_output(X, *labels, random_state=random_state)


def _check_is_variational(model):
    if not hasattr(model, "encoder_output"):
        raise TypeError("this is a question to a variational autoencoder, whose codes "
                        f"have a distribution; got a {model!r}")


def loss_panel(model, X, y=None, n_importance=100, random_state=EVALUATION_SEED):
    """The figures of one model side by side: a list of (name, value, unit).

    Sums over pixels and means over images are this project's convention. With a mean
    over the d pixels instead, the reconstruction is d times smaller and an unweighted
    KL counts d times as much: the same as beta = d here. The batch size has no such
    effect as long as both terms are averaged over it.
    """
    check_number(n_importance, "n_importance", owner="loss_panel", low=1, integer=True)
    _check_is_variational(model)
    labels = labels_for(model.evaluate, y)
    measures = model.evaluate(X, *labels, random_state=random_state)
    d = model.n_features_in_
    log_p = model.log_likelihood(X, *labels, n_importance=n_importance,
                                 random_state=random_state).mean
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
