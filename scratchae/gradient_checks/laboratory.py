"""Gradient checks of the exact laboratory: divergences of Gaussians and their fits."""

from functools import partial

import numpy as np

from scratchae.exact.belief_net import BeliefNet
from scratchae.exact.inference import gaussian_fit_gradient
from scratchae.exact.linear_gaussian import LinearGaussian
from scratchae.exact.mixture import TwoHills
from scratchae.formulas import gaussian_divergence
from scratchae.gradient_checks.check import check_of, scalar_check


def random_factor(rng, s):
    """Lower triangular, with a diagonal that is positive and not near 0: (n, k, k)."""
    L = np.tril(rng.normal(size=(s.n, s.k, s.k)), -1)
    L[:, np.arange(s.k), np.arange(s.k)] = rng.uniform(0.5, 2, size=(s.n, s.k))
    return L


def kl_gaussian_check(rng, s):
    """All four arguments; of the factors the lower triangle is what exists."""
    mu0, L0 = rng.normal(size=(s.n, s.k)), random_factor(rng, s)
    mu1, L1 = rng.normal(size=(s.n, s.k)), random_factor(rng, s)
    point = {"mu0": mu0, "L0": L0, "mu1": mu1, "L1": L1}

    def forward(mu0, L0, mu1, L1):
        L0, L1 = np.tril(L0), np.tril(L1)
        return gaussian_divergence.kl_gaussian_forward(mu0, L0, mu1, L1)

    return check_of(forward, gaussian_divergence.kl_gaussian_backward, point, rng)


def kl_standard_gaussian_check(rng, s):
    """Against the prior N(0, I)."""
    point = {"mu": rng.normal(size=(s.n, s.k)), "L": random_factor(rng, s)}

    def forward(mu, L):
        return gaussian_divergence.kl_standard_gaussian_forward(mu, np.tril(L))

    return check_of(forward, gaussian_divergence.kl_standard_gaussian_backward, point,
                    rng)


def _two_numbers(rng, *names):
    return {name: rng.normal(size=()) for name in names}


def gaussian_fit_check(rng, s):
    """The bound of a linear-Gaussian model in the mean and log-variance of q."""
    model = LinearGaussian(rng.normal(size=(s.d, 1)), rng.normal(size=s.d), 0.7)
    x = rng.normal(size=s.d)
    return scalar_check(partial(gaussian_fit_gradient, model, x),
                        _two_numbers(rng, "m", "log_v"))


def two_hills_check(divergence, rng, s):
    """One of the divergences of a Gaussian and two hills in its mean and log-std."""
    return scalar_check(getattr(TwoHills(), divergence),
                        _two_numbers(rng, "m", "log_s"))


def belief_net_check(rng, s):
    """Weights and biases of a logistic autoregression."""
    x = (rng.random((s.n, s.d)) < 0.5).astype(float)
    point = {"W": rng.normal(size=(s.d, s.d)), "b": rng.normal(size=s.d)}
    return scalar_check(partial(BeliefNet(s.d).loss, x=x), point)


CHECKS = {
    "kl_gaussian": kl_gaussian_check,
    "kl_standard_gaussian": kl_standard_gaussian_check,
    "gaussian_fit": gaussian_fit_check,
    "forward_kl_fit": partial(two_hills_check, "forward_kl"),
    "reverse_kl_fit": partial(two_hills_check, "reverse_kl"),
    "belief_net": belief_net_check,
}
