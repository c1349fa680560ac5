"""Bounds on log p(x): what a variational autoencoder maximises (slides S50-S51, S58).

Each is a pair: `forward(nll, kl, drawn, kl_weight)` gives the batch means {"loss",
"recon", "kl"} in nats per image and the cache, `backward(cache)` a `Gradients`. Rows
are sample after sample: with n images and L samples of each, nll and kl are (L n,).
"""

from typing import NamedTuple

import numpy as np

from scratchae.formulas.divergences import free_bits_backward, free_bits_forward
from scratchae.formulas.importance import log_mean_exp_backward, log_mean_exp_forward
from scratchae.formulas.losses import mean_weights
from scratchae.nn.backend import ops


class Drawn(NamedTuple):
    """A sample of q(z|x) and where it came from."""

    n: int  # images
    posterior: object
    head: np.ndarray  # (L n, size)
    eps: np.ndarray  # (L n, k)
    z: np.ndarray  # (L n, k)


class Gradients(NamedTuple):
    """The gradients of the loss in what a bound is made of."""

    nll: np.ndarray  # (L n,)
    kl: float  # the same for all rows
    z: np.ndarray | None = None  # (L n, k), where z counts besides the decoder
    head: np.ndarray | None = None  # (L n, size), where the head does
    path: np.ndarray | None = None  # (L n,), how much of its gradient z hands on


class Elbo:
    """J = 1/n sum_i (recon_i + kl_weight kl_i), (10.8), recon_i a mean over samples."""

    def forward(self, nll, kl, drawn, kl_weight):
        """Minus the ELBO, where kl_weight is 1."""
        recon, kl = ops.mean_loss(nll), ops.mean_loss(kl)
        weighted = kl_weight * kl if kl_weight else 0  # not 0 * inf
        losses = {"loss": recon + weighted, "recon": recon, "kl": kl}
        return losses, (nll, kl_weight)

    def backward(self, cache):
        """Each row counts as much as any other."""
        nll, kl_weight = cache
        each = mean_weights(len(nll), nll.dtype)             # (L n,)
        return Gradients(each, kl_weight / len(nll))

    def of_each(self, nll, drawn):
        """What it says of each image, {name: (n,)}, besides recon and kl: nothing."""
        return {}

    def kinks(self, cache):
        """The ELBO has none."""
        return np.zeros(0, dtype=bool)


class FreeBits(Elbo):
    """The ELBO with nats per dimension that cost nothing, (11.6)."""

    def __init__(self, floor):
        self.floor = floor

    def forward(self, nll, kl, drawn, kl_weight):
        """`kl` is still the divergence itself."""
        losses, cache = super().forward(nll, kl, drawn, kl_weight)
        k = drawn.z.shape[1]
        mu, log_var = drawn.head[:, :k], drawn.head[:, k:]    # (L n, k)
        floored, free = free_bits_forward(mu, log_var, self.floor)
        losses["loss"] = losses["recon"] + (kl_weight * floored if kl_weight else 0)
        return losses, (*cache, free)

    def backward(self, cache):
        """The divergence counts through the head, and only above the floor."""
        nll, kl_weight, free = cache
        each = mean_weights(len(nll), nll.dtype)             # (L n,)
        dhead = np.concatenate(free_bits_backward(kl_weight, free), axis=1)
        return Gradients(each, 0.0, head=dhead)

    def kinks(self, cache):
        """Which dimensions are above the floor."""
        _, _, (_, _, above) = cache
        return above


class ImportanceWeighted(Elbo):
    """J = -1/n sum_i L_K(x_i), (11.3); recon and kl are still those of the ELBO."""

    def forward(self, nll, kl, drawn, kl_weight):
        """log_w = log p(x|z) + log p(z) - log q(z|x), (11.4)."""
        losses, _ = super().forward(nll, kl, drawn, 1.0)
        bound, normalised = self._bound(nll, drawn)
        losses["loss"] = -ops.mean_loss(bound)
        return losses, (normalised, drawn)

    def of_each(self, nll, drawn):
        """{"bound": L_K of each image : (n,)}."""
        return {"bound": self._bound(nll, drawn)[0].astype(np.float64)}

    def _bound(self, nll, drawn):
        """L_K : (n,), and its cache."""
        log_w = drawn.posterior.log_ratio(drawn.head, drawn.eps, drawn.z) - nll
        return log_mean_exp_forward(log_w.reshape(-1, drawn.n))

    def backward(self, cache):
        """log_w has -nll, -z^2 / 2 through z and + log_var / 2 directly, (11.4)."""
        normalised, drawn = cache
        d_bound = -mean_weights(drawn.n, normalised.dtype)
        weights = -log_mean_exp_backward(d_bound, normalised).reshape(-1)  # (L n,)
        k, dhead = drawn.z.shape[1], np.zeros_like(drawn.head)
        dhead[:, k : 2 * k] = -0.5 * weights[:, None]
        return Gradients(weights, 0.0, weights[:, None] * drawn.z, dhead)


class DrawnSamples(ImportanceWeighted):
    """L_K of all samples, and the gradient of m that are drawn by their weights.

    In expectation it is the gradient of L_K, (11.9) for the decoder and (11.10) for
    the encoder. Source: Burda et al. 2016, section 3; Tucker et al. 2019.
    """

    def choose(self, cache, pick):
        """The noise of the drawn samples : (m n, k), and what `backward` needs.

        pick : (m, n), uniform in [0, 1): sample l where the sums of the weights up to
            l - 1 and up to l have it between them
        """
        normalised, drawn = cache
        sums = np.cumsum(normalised, axis=0)                  # (K, n)
        below = sums[:, None] <= pick * sums[-1]              # (K, m, n)
        chosen = below.sum(axis=0).clip(max=len(sums) - 1)    # (m, n)
        images = np.arange(drawn.n)
        eps = drawn.eps[(chosen * drawn.n + images).reshape(-1)]
        return eps, normalised[chosen, images].reshape(-1)

    def backward(self, cache):
        """The decoder counts each drawn sample alike, the encoder by its weight."""
        weights, drawn = cache
        each = mean_weights(len(weights), weights.dtype)
        slope = drawn.z + drawn.posterior.log_slope(drawn.head, drawn.eps)  # (11.11)
        return Gradients(each, 0.0, each[:, None] * slope, path=weights)


OBJECTIVES = ("elbo", "iwae")


def bound_of(objective, free_bits, gradient_samples=None):
    """The bound of an objective, by its name."""
    if objective == "iwae":
        return DrawnSamples() if gradient_samples else ImportanceWeighted()
    return FreeBits(free_bits) if free_bits else Elbo()
