"""Questions to lectures 09 to 11: random numbers in a network, and the VAE."""

import numpy as np

from scratchae import ProbabilisticPCA
from scratchae.exact.estimators import variances
from scratchae.exam.kinds import numeric
from scratchae.exam.numbers import decimal, eigenvalues, pick, row, with_eigenvalues
from scratchae.formulas.divergences import (
    free_bits_forward,
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.importance import log_mean_exp_backward, log_mean_exp_forward
from scratchae.formulas.losses import bernoulli_nll_forward, gaussian_nll_forward
from scratchae.formulas.reparameterization import (
    reparameterize_cholesky_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)


@numeric("09", "(9.3)", "exact.estimators.variances")
def noise(rng):
    """The variance of an estimator of a gradient."""
    mu = decimal(rng, 0.2, 3)
    which = pick(rng, "score", "score with mean baseline")
    baseline = " with the mean of f as baseline" if "baseline" in which else ""
    text = (f"z ~ N({mu:g}, 1) and f(z) = z^2. What is the variance of one sample of "
            f"the score-function estimate{baseline} of the derivative of E[f] in the "
            "mean?")
    return text, variances(mu)[which]


@numeric("09", "(10.6)", "formulas.reparameterization.reparameterize_diag_forward")
def one_draw(rng):
    """z from the head of an encoder."""
    mu, log_var, eps = decimal(rng, 0.5, 2), decimal(rng, -2, 2), decimal(rng, 0.2, 2)
    arrays = (np.array([[value]]) for value in (mu, log_var, eps))
    text = (f"An encoder gives mu = {mu:g} and log_var = {log_var:g}; eps = {eps:g} "
            "is drawn. What is z?")
    return text, reparameterize_diag_forward(*arrays)[0][0, 0]


@numeric("09", "(10.7)", "formulas.reparameterization.reparameterize_diag_backward")
def through_the_draw(rng):
    """The gradient that reaches log_var through a draw."""
    log_var, eps, dz = decimal(rng, -2, 2), decimal(rng, 0.2, 2), decimal(rng, 0.2, 2)
    log_vars, noise = np.array([[log_var]]), np.array([[eps]])
    _, cache = reparameterize_diag_forward(np.zeros((1, 1)), log_vars, noise)
    text = (f"z = mu + exp(log_var / 2) eps with log_var = {log_var:g} and eps = "
            f"{eps:g}. The derivative of the loss in z is {dz:g}. What is it in "
            "log_var, on this way?")
    return text, reparameterize_diag_backward(np.array([[dz]]), cache)[1][0, 0]


@numeric("09", "(9.5)", "formulas.reparameterization.reparameterize_cholesky_forward")
def correlated_draw(rng):
    """The second coordinate of a draw by a Cholesky factor."""
    mu, eps = np.round(rng.uniform(0.2, 2, (2, 2)), 1)
    L = np.array([[decimal(rng, 0.5, 2), 0],
                  [decimal(rng, 0.1, 1), decimal(rng, 1, 2)]])
    z, _ = reparameterize_cholesky_forward(mu[None], L[None], eps[None])
    text = (f"mu = {row(mu)}, L has the rows {row(L[0])} and {row(L[1])}, and eps = "
            f"{row(eps)}. What is the second number of z = mu + eps L^T?")
    return text, z[0, 1]


@numeric("10", "(10.4)", "formulas.divergences.kl_diag_gaussian_forward", "nats")
def rate(rng):
    """The divergence of a code from the prior."""
    mu, sigma = np.round(rng.uniform(0.2, 2, 2), 1), np.round(rng.uniform(0.2, 2, 2), 1)
    text = (f"q(z|x) has the means {row(mu)} and the standard deviations "
            f"{row(sigma)}. What is its KL from N(0, I)?")
    return text, kl_diag_gaussian_forward(mu[None], 2 * np.log(sigma)[None])[0][0]


@numeric("10", "(10.5)", "formulas.divergences.kl_diag_gaussian_backward")
def rate_gradient(rng):
    """The derivative of the divergence in log_var."""
    v = pick(rng, -1, 1) * decimal(rng, 0.3, 2)
    _, cache = kl_diag_gaussian_forward(np.zeros((1, 1)), np.array([[v]]))
    text = ("What is the derivative of KL(q(z|x) || N(0, 1)) in log_var at log_var = "
            f"{v:g}?")
    return text, kl_diag_gaussian_backward(np.ones(1), cache)[1][0, 0]


@numeric("10", "(10.2)", "formulas.losses.bernoulli_nll_forward", "nats")
def bound_of_an_image(rng):
    """The ELBO by one draw, for three pixels and one code number."""
    x, a = rng.integers(0, 2, 3).astype(float), np.round(rng.uniform(-2, 2, 3), 1)
    mu, sigma = decimal(rng, 0.2, 2), pick(rng, 0.5, 0.8, 2.0)
    nll = bernoulli_nll_forward(a[None], x[None])[0][0]
    kl = kl_diag_gaussian_forward(np.array([[mu]]), np.array([[2 * np.log(sigma)]]))[0]
    text = (f"An image x = {row(x)} has q(z|x) = N({mu:g}, {sigma:g}^2). For a z "
            f"drawn from it the decoder gives the logits {row(a)}. What is the ELBO "
            "by this one draw?")
    return text, -nll - kl[0]


@numeric("10", "(10.10)", "formulas.losses.gaussian_nll_forward", "nats")
def grey_pixel(rng):
    """The Gaussian loss of one number."""
    x, x_hat, sigma = decimal(rng, 0, 1), decimal(rng, 0, 1), pick(rng, 0.5, 1.0, 2.0)
    arrays = np.array([[x_hat]]), np.array([2 * np.log(sigma)]), np.array([[x]])
    text = (f"A decoder with a Gaussian likelihood of standard deviation {sigma:g} "
            f"gives the mean {x_hat:g} for a pixel x = {x:g}. What is -log p(x|z)?")
    return text, gaussian_nll_forward(*arrays)[0][0]


@numeric("11", "(11.1)", "formulas.importance.log_mean_exp_forward", "nats")
def weighted_bound(rng):
    """The bound from three log-weights."""
    log_w = np.round(rng.uniform(-105, -100, 3), 1)
    text = (f"Three draws of z have the log-weights {row(log_w)}. By how much is the "
            "log of their mean weight above the mean of the log-weights?")
    return text, log_mean_exp_forward(log_w[:, None])[0][0] - log_w.mean()


@numeric("11", "(11.2)", "formulas.importance.log_mean_exp_backward")
def share_of_a_draw(rng):
    """The weight of one draw in the gradient."""
    log_w = np.round(rng.uniform(-3, 0, 3), 1)
    _, cache = log_mean_exp_forward(log_w[:, None])
    text = (f"Three draws of z have the log-weights {row(log_w)}. What is the "
            "derivative of the importance-weighted bound in the first one?")
    return text, log_mean_exp_backward(np.ones(1), cache)[0, 0]


@numeric("11", "(11.6)", "formulas.divergences.free_bits_forward", "nats")
def free_bits(rng):
    """The divergence with a floor per dimension."""
    mu, floor = np.array([[decimal(rng, 1.2, 2.5), decimal(rng, 0.1, 0.5)]]), 0.5
    text = (f"All images have the code means {row(mu[0])} and the standard deviations "
            f"(1, 1). What is the KL term with free bits, of {floor:g} nats a "
            "dimension?")
    return text, free_bits_forward(mu, np.zeros((1, 2)), floor)[0]


@numeric("11", "(11.7)", "ProbabilisticPCA")
def noise_of_ppca(rng):
    """The noise variance of probabilistic PCA."""
    values, k = eigenvalues(rng), pick(rng, 1, 2, 3)
    model = ProbabilisticPCA(k, dtype="float64").fit(with_eigenvalues(values))
    text = (f"The covariance matrix of the data has the eigenvalues {row(values)}. "
            f"Which sigma^2 has the probabilistic PCA of k = {k} with the highest "
            "likelihood?")
    return text, model.noise_variance_
