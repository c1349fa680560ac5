"""Gradient checks of the lecture's formulas, one function each."""

from dataclasses import dataclass
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
from scratchae.gradcheck import random_projection

N, D, H, K = 5, 7, 6, 4
EXTREMES = (-1000.0, -30.0, 30.0, 1000.0)  # saturated units, where clipping would show


@dataclass
class Check:
    """loss : dict of arrays -> scalar, real or complex with its argument
    point : the arrays, in the order from the loss backwards
    gradients : the analytic gradient at the point, by the same names
    pattern : dict of arrays -> side of each kink, or None where there is none
    """

    loss: callable
    point: dict
    gradients: dict
    pattern: callable = None


def activation_check(name, rng):
    """phi(a) at random and at saturated points, away from the kink at 0."""
    a = rng.uniform(0.1, 3, size=(N, H)) * rng.choice([-1, 1], size=(N, H))
    a[0, : len(EXTREMES)] = EXTREMES
    dh = random_projection((N, H), rng)
    phi = activations.ACTIVATIONS[name]
    forward = getattr(activations, f"{name}_forward", phi.forward)
    backward = getattr(activations, f"{name}_backward", phi.backward)
    _, cache = forward(a)
    return Check(
        lambda p: np.sum(forward(p["a"])[0] * dh), {"a": a}, {"a": backward(dh, cache)}
    )


def dense_check(rng):
    """y = x W + b, all three gradients."""
    point = {"x": (N, D), "W": (D, H), "b": (H,)}
    point = {name: rng.normal(size=shape) for name, shape in point.items()}
    dy = random_projection((N, H), rng)
    _, cache = dense.dense_forward(**point)
    gradients = dict(zip(point, dense.dense_backward(dy, cache), strict=True))
    return Check(lambda p: np.sum(dense.dense_forward(**p)[0] * dy), point, gradients)


def squared_error_check(rng):
    """Squared error in the reconstruction."""
    x, x_hat = rng.normal(size=(2, N, D))
    d_loss = random_projection((N,), rng)
    _, cache = losses.squared_error_forward(x_hat, x)
    return Check(
        lambda p: np.sum(losses.squared_error_forward(p["x_hat"], x)[0] * d_loss),
        {"x_hat": x_hat},
        {"x_hat": losses.squared_error_backward(d_loss, cache)},
    )


def bernoulli_check(rng):
    """Bernoulli loss in the logits, grey targets, saturated logits included."""
    x, logits = rng.uniform(size=(N, D)), 2 * rng.normal(size=(N, D))
    logits[0, : len(EXTREMES)] = EXTREMES
    d_loss = random_projection((N,), rng)
    _, cache = losses.bernoulli_nll_forward(logits, x)
    return Check(
        lambda p: np.sum(losses.bernoulli_nll_forward(p["logits"], x)[0] * d_loss),
        {"logits": logits},
        {"logits": losses.bernoulli_nll_backward(d_loss, cache)},
    )


def gaussian_check(shape, rng):
    """Gaussian loss in the mean and in a log-variance of the given shape."""
    x, x_hat = rng.normal(size=(2, N, D))
    point = {"x_hat": x_hat, "log_var": rng.normal(size=shape)}
    d_loss = random_projection((N,), rng)
    _, cache = losses.gaussian_nll_forward(**point, x=x)
    gradients = losses.gaussian_nll_backward(d_loss, cache)
    return Check(
        lambda p: np.sum(losses.gaussian_nll_forward(**p, x=x)[0] * d_loss),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def kl_check(rng):
    """Divergence of a diagonal Gaussian from the prior."""
    point = {"mu": rng.normal(size=(N, K)), "log_var": rng.normal(size=(N, K))}
    d_kl = random_projection((N,), rng)
    _, cache = divergences.kl_diag_gaussian_forward(**point)
    gradients = divergences.kl_diag_gaussian_backward(d_kl, cache)
    return Check(
        lambda p: np.sum(divergences.kl_diag_gaussian_forward(**p)[0] * d_kl),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def reparameterize_check(rng):
    """z = mu + sigma eps with the noise held fixed."""
    point = {"mu": rng.normal(size=(N, K)), "log_var": rng.normal(size=(N, K))}
    eps, dz = rng.normal(size=(2, N, K))
    forward = partial(reparameterization.reparameterize_diag_forward, eps=eps)
    _, cache = forward(**point)
    gradients = reparameterization.reparameterize_diag_backward(dz, cache)
    return Check(
        lambda p: np.sum(forward(**p)[0] * dz),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def _check_of(forward, backward, point, rng):
    """A formula of named arrays with one output, projected with random numbers."""
    out, cache = forward(**point)
    d_out = random_projection(np.shape(out), rng)
    gradients = backward(d_out, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return Check(
        lambda p: np.sum(forward(**p)[0] * d_out),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def cholesky_factor_check(rng):
    """The factor's entries as functions of unconstrained numbers."""
    point = {"log_var": rng.normal(size=(N, K)),
             "lower": rng.normal(size=(N, K * (K - 1) // 2))}  # fmt: skip
    return _check_of(
        reparameterization.cholesky_factor_forward,
        reparameterization.cholesky_factor_backward, point, rng,
    )  # fmt: skip


def reparameterize_cholesky_check(rng):
    """z = mu + eps L^T with the noise held fixed; what lies above L's diagonal is 0."""
    point = {"mu": rng.normal(size=(N, K)), "L": rng.normal(size=(N, K, K))}
    eps = rng.normal(size=(N, K))

    def forward(mu, L):
        return reparameterization.reparameterize_cholesky_forward(mu, np.tril(L), eps)

    return _check_of(
        forward, reparameterization.reparameterize_cholesky_backward, point, rng
    )


def free_bits_check(rng):
    """The floored divergence, with dimensions on either side of the floor."""
    point = {"mu": rng.normal(size=(N, K)), "log_var": rng.normal(size=(N, K))}
    point["mu"][:, 0] = point["log_var"][:, 0] = 0.1 * rng.normal(size=N)
    forward = partial(divergences.free_bits_forward, floor=0.3)
    return _check_of(forward, divergences.free_bits_backward, point, rng)


def log_mean_exp_check(rng):
    """The importance-weighted bound in the log-weights, which may be far apart."""
    log_w = rng.normal(size=(H, N)) * np.array([1, 3, 10, 1, 100])
    return _check_of(
        importance.log_mean_exp_forward, importance.log_mean_exp_backward,
        {"log_w": log_w}, rng,
    )  # fmt: skip


def l1_check(rng):
    """|h| away from 0."""
    h = rng.uniform(0.1, 2, size=(N, H)) * rng.choice([-1, 1], size=(N, H))
    return _check_of(penalties.l1_forward, penalties.l1_backward, {"h": h}, rng)


def kl_sparsity_check(rng):
    """Divergence of the batch means: every entry moves all images' penalty."""
    forward = partial(penalties.kl_sparsity_forward, rho=0.1)
    point = {"h": rng.uniform(0.05, 0.95, size=(N, H))}
    return _check_of(forward, penalties.kl_sparsity_backward, point, rng)


def top_k_check(rng):
    """Values so far apart that no step changes which are kept."""
    h = rng.permuted(np.tile(np.arange(H) - 2.5, (N, 1)), axis=1)
    forward = partial(penalties.top_k_forward, k=3)
    return _check_of(forward, penalties.top_k_backward, {"h": h}, rng)


def contractive_check(activation, rng):
    """Squared norm of the layer's Jacobian in h and, directly, in W."""
    point = {"h": rng.uniform(0.05, 0.95, size=(N, H)), "W": rng.normal(size=(D, H))}
    forward = partial(penalties.contractive_forward, activation=activation)
    return _check_of(forward, penalties.contractive_backward, point, rng)


def softmax_nll_check(rng):
    """Cross-entropy in the logits, saturated rows included."""
    logits = 2 * rng.normal(size=(N, K))
    logits[0] = EXTREMES
    labels = rng.integers(0, K, N)
    return _check_of(
        lambda logits: softmax.softmax_nll_forward(logits, labels),
        lambda d, cache: softmax.softmax_nll_backward(d, cache),
        {"logits": logits}, rng,
    )  # fmt: skip
