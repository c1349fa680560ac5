"""z ~ N(0, I), x|z ~ N(z W^T + b, sigma^2 I), all known (slides S32, S35)."""

import numpy as np

from scratchae.formulas.gaussian_divergence import (
    kl_gaussian_forward,
    kl_standard_gaussian_forward,
)
from scratchae.formulas.losses import LOG_2PI


class LinearGaussian:
    """The linear-Gaussian model, in any dimension.

    W : (d, k), or a number for d = k = 1   b : (d,) or a number   sigma : a number
    """

    def __init__(self, W, b=0.0, sigma=1.0):
        self.W = np.atleast_2d(np.asarray(W, dtype=float))  # (d, k)
        self.d, self.k = self.W.shape
        self.b = np.broadcast_to(np.asarray(b, dtype=float), (self.d,))
        self.sigma = float(sigma)

    def sample(self, n, rng):
        """n draws of z, then of x given z: (n, d)."""
        z = rng.standard_normal((n, self.k))
        return self.mean(z) + self.sigma * rng.standard_normal((n, self.d))

    def mean(self, z):
        """E[x|z] = z W^T + b.  (..., k) -> (..., d)."""
        return z @ self.W.T + self.b

    def log_likelihood(self, x):
        """log N(x; b, W W^T + sigma^2 I) : (n,) in nats, equation (6.3).

        W = U S V^T, so that the covariance is U (S^2 + sigma^2) U^T; added up as
        numbers, a sigma far below W would leave no trace in it.
        """
        directions, s, _ = np.linalg.svd(self.W)           # columns u_j : (d, d)
        deviations = np.full(self.d, self.sigma)           # of x along each u_j
        deviations[: len(s)] = np.hypot(s, self.sigma)
        scaled = (self._rows(x) - self.b) @ directions / deviations
        log_det = 2 * np.log(deviations).sum()
        return -0.5 * (self.d * LOG_2PI + log_det + np.sum(scaled**2, axis=1))

    def posterior(self, x):
        """p(z|x) = N(mean, covariance): (n, k) and one (k, k) for all, (6.4)."""
        precision = np.eye(self.k) + self.W.T @ self.W / self.sigma**2
        covariance = np.linalg.inv(precision)
        mean = (self._rows(x) - self.b) @ self.W @ covariance / self.sigma**2
        return mean, covariance

    def log_conditional(self, x, z):
        """log p(x|z), over the broadcast of x : (..., d) and z : (..., k)."""
        residual = (x - self.mean(z)) / self.sigma
        constant = self.d * (LOG_2PI + 2 * np.log(self.sigma))
        return -0.5 * (constant + np.sum(residual**2, axis=-1))

    def log_joint(self, x, z):
        """log p(x, z) = log p(x|z) + log p(z)."""
        log_prior = -0.5 * (self.k * LOG_2PI + np.sum(np.square(z), axis=-1))
        return self.log_conditional(x, z) + log_prior

    def elbo(self, x, mu, L):
        """The ledger of the bound at q = N(mu, L L^T), in closed form, (7.6).

        x : (n, d)   mu : (n, k)   L : (n, k, k)
        Returns a dict of (n,) in nats: `reconstruction` E_q[log p(x|z)], `kl` to the
        prior, `elbo` their difference, and `gap` KL(q || p(z|x)). elbo + gap = log p.
        """
        x, mu, L = self._rows(x), np.asarray(mu, float), np.asarray(L, float)
        spread = np.sum((self.W @ L) ** 2, axis=(1, 2)) / self.sigma**2
        reconstruction = self.log_conditional(x, mu) - 0.5 * spread
        kl, _ = kl_standard_gaussian_forward(mu, L)
        mean, covariance = self.posterior(x)
        factor = np.broadcast_to(np.linalg.cholesky(covariance), L.shape)
        gap, _ = kl_gaussian_forward(mu, L, mean, factor)
        return {"reconstruction": reconstruction, "kl": kl,
                "elbo": reconstruction - kl, "gap": gap}

    def quadrature(self, x, points=2001, width=None):
        """log p(x), (6.2), as a sum over a grid of z, for k = 1.  (n,) in nats.

        width : the grid goes from -width to width, and may miss a posterior that is
            narrow or far away; None for 12 deviations of p(z|x) around its mean
        """
        if self.k != 1:
            raise ValueError(f"a grid serves one latent dimension; got k = {self.k}")
        x, grid = self._rows(x), np.linspace(-1, 1, points)[:, None]
        mean, step = np.zeros((1, 1, 1)), width
        if width is None:
            mean, covariance = self.posterior(x)
            mean, step = mean[:, None], 12 * np.sqrt(covariance[0, 0])
        log_joint = self.log_joint(x[:, None, :], mean + step * grid)
        top = log_joint.max(axis=1, keepdims=True)  # exp of the others may be all 0
        total = np.exp(log_joint - top).sum(axis=1)
        return top[:, 0] + np.log(total * (2 * step / (points - 1)))

    def _rows(self, x):
        return np.asarray(x, dtype=float).reshape(-1, self.d)
