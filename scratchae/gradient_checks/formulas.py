"""Gradient checks of the lecture's formulas, one function each."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scratchae.formulas import (
    activations,
    dense,
    divergences,
    losses,
    reparameterization,
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
