"""Gradient checks of the lecture's formulas, one function each."""

from functools import partial

import numpy as np

from scratchae.formulas import (
    activations,
    dense,
    divergences,
    importance,
    losses,
    penalties,
    reparameterization,
    softmax,
)
from scratchae.gradient_checks.check import Check, check_of

FAR = 20.0  # of log-variances; exp(20) hides all others, so each side has its check
EXTREMES = (-1000.0, -30.0, 30.0, 1000.0)  # saturated units, where clipping would show


def activation_check(name, rng, s):
    """phi(a) at random and at saturated points, away from the kink at 0."""
    a = _away_from_0(rng, (s.n, s.h), 3)
    a.flat[: len(EXTREMES)] = EXTREMES
    phi = activations.ACTIVATIONS[name]
    return check_of(phi.forward, phi.backward, {"a": a}, rng)


def _away_from_0(rng, shape, most):
    """Numbers of either sign between 0.1 and `most`."""
    return rng.uniform(0.1, most, shape) * rng.choice([-1, 1], shape)


def dense_check(rng, s):
    """y = x W + b, all three gradients."""
    point = {"x": rng.normal(size=(s.n, s.d)), "W": rng.normal(size=(s.d, s.h)),
             "b": rng.normal(size=s.h)}
    return check_of(dense.dense_forward, dense.dense_backward, point, rng)


def squared_error_check(rng, s):
    """Squared error in the reconstruction."""
    x, x_hat = rng.normal(size=(2, s.n, s.d))
    forward = partial(losses.squared_error_forward, x=x)
    return check_of(forward, losses.squared_error_backward, {"x_hat": x_hat}, rng)


def weighted_squared_error_check(rng, s):
    """Squared error with a weight for each entry."""
    x, x_hat = rng.normal(size=(2, s.n, s.d))
    weight = rng.uniform(0.5, 3, x.shape)
    forward = partial(losses.weighted_squared_error_forward, x=x, weight=weight)
    return check_of(forward, losses.weighted_squared_error_backward, {"x_hat": x_hat},
                    rng)


def bernoulli_check(rng, s):
    """Bernoulli loss in the logits, grey targets, saturated logits included."""
    x, logits = rng.uniform(size=(s.n, s.d)), 2 * rng.normal(size=(s.n, s.d))
    logits.flat[: len(EXTREMES)] = EXTREMES
    forward = partial(losses.bernoulli_nll_forward, x=x)
    return check_of(forward, losses.bernoulli_nll_backward, {"logits": logits}, rng)


def gaussian_check(one_variance, rng, s, far=0.0):
    """Gaussian loss in the mean and in the log-variance, one for all or one each."""
    shape = () if one_variance else (s.n, s.d)
    x, x_hat = rng.normal(size=(2, s.n, s.d))
    point = {"x_hat": x_hat, "log_var": far + rng.normal(size=shape)}
    forward = partial(losses.gaussian_nll_forward, x=x)
    return check_of(forward, losses.gaussian_nll_backward, point, rng)


def _diagonal_gaussian(rng, s, far=0.0):
    mu, log_var = rng.normal(size=(2, s.n, s.k))
    return {"mu": mu, "log_var": far + log_var}


def kl_check(rng, s, far=0.0):
    """Divergence of a diagonal Gaussian from the prior."""
    return check_of(divergences.kl_diag_gaussian_forward,
                    divergences.kl_diag_gaussian_backward,
                    _diagonal_gaussian(rng, s, far), rng)


def reparameterize_check(rng, s, far=0.0):
    """z = mu + sigma eps with the noise held fixed."""
    point = _diagonal_gaussian(rng, s, far)
    eps = rng.normal(size=(s.n, s.k))
    forward = partial(reparameterization.reparameterize_diag_forward, eps=eps)
    return check_of(forward, reparameterization.reparameterize_diag_backward, point,
                    rng)


def far_log_var_check(build, far, rng, s):
    """The gradient in log-variances near 20 or -20, where clipping would show.

    build : function of (rng, s, far) that returns the check of a formula
    """
    whole = build(rng, s, far=far)
    point, gradient = whole.point["log_var"], whole.gradients["log_var"]
    return Check(lambda p: whole.loss(whole.point | p), {"log_var": point},
                 {"log_var": gradient})


def cholesky_factor_check(rng, s):
    """The factor's entries as functions of unconstrained numbers."""
    point = {"log_var": rng.normal(size=(s.n, s.k)),
             "lower": rng.normal(size=(s.n, s.k * (s.k - 1) // 2))}
    return check_of(reparameterization.cholesky_factor_forward,
                    reparameterization.cholesky_factor_backward, point, rng)


def reparameterize_cholesky_check(rng, s):
    """z = mu + eps L^T with the noise held fixed; what lies above L's diagonal is 0."""
    point = {"mu": rng.normal(size=(s.n, s.k)), "L": rng.normal(size=(s.n, s.k, s.k))}
    eps = rng.normal(size=(s.n, s.k))

    def forward(mu, L):
        return reparameterization.reparameterize_cholesky_forward(mu, np.tril(L), eps)

    return check_of(forward, reparameterization.reparameterize_cholesky_backward,
                    point, rng)


def free_bits_check(rng, s):
    """The floored divergence, with dimensions on either side of the floor."""
    point = _diagonal_gaussian(rng, s)
    below = slice(min(1, s.k - 1))  # one, unless there is no other
    point["mu"][:, below] = point["log_var"][:, below] = 0.1 * rng.normal(size=(s.n, 1))
    forward = partial(divergences.free_bits_forward, floor=0.3)
    return check_of(forward, divergences.free_bits_backward, point, rng)


def log_mean_exp_check(rng, s):
    """The importance-weighted bound in the log-weights, which may be far apart."""
    log_w = rng.normal(size=(s.h, s.n)) * np.resize([1, 3, 10, 1, 100], s.n)
    return check_of(importance.log_mean_exp_forward, importance.log_mean_exp_backward,
                    {"log_w": log_w}, rng)


def l1_check(rng, s):
    """|h| away from 0."""
    point = {"h": _away_from_0(rng, (s.n, s.h), 2)}
    return check_of(penalties.l1_forward, penalties.l1_backward, point, rng)


def kl_sparsity_check(rng, s):
    """Divergence of the batch means: every entry moves all images' penalty."""
    forward = partial(penalties.kl_sparsity_forward, rho=0.1)
    point = {"h": rng.uniform(0.05, 0.95, size=(s.n, s.h))}
    return check_of(forward, penalties.kl_sparsity_backward, point, rng)


def top_k_check(rng, s):
    """Values so far apart that no step changes which are kept."""
    h = rng.permuted(np.tile(np.arange(s.h) - 2.25, (s.n, 1)), axis=1)
    forward = partial(penalties.top_k_forward, k=(s.h + 1) // 2)
    return check_of(forward, penalties.top_k_backward, {"h": h}, rng)


def contractive_check(activation, rng, s):
    """Squared norm of the layer's Jacobian in h and, directly, in W."""
    point = {"h": rng.uniform(0.05, 0.95, size=(s.n, s.h)),
             "W": rng.normal(size=(s.d, s.h))}
    forward = partial(penalties.contractive_forward, activation=activation)
    return check_of(forward, penalties.contractive_backward, point, rng)


def softmax_nll_check(rng, s):
    """Cross-entropy in the logits, saturated rows included."""
    logits = 2 * rng.normal(size=(s.n, s.c + 1))
    logits.flat[: len(EXTREMES)] = EXTREMES
    labels = rng.integers(0, s.c + 1, s.n)
    forward = partial(softmax.softmax_nll_forward, labels=labels)
    return check_of(forward, softmax.softmax_nll_backward, {"logits": logits}, rng)
