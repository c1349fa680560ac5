"""Approximate posteriors q(z|x): what the encoder's output means (slides S37, S54).

Both kinds read the first 2 k numbers of the encoder's output as mu and log_var, and
draw z = mu + eps L^T with exp(log_var / 2) on the diagonal of L. So log det L is
1/2 sum log_var for both.
"""

import numpy as np

from scratchae.formulas.gaussian_divergence import (
    kl_standard_gaussian_backward,
    kl_standard_gaussian_forward,
)
from scratchae.formulas.reparameterization import (
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_cholesky_backward,
    reparameterize_cholesky_forward,
)
from scratchae.nn.backend import ops


class DiagonalPosterior:
    """q(z|x) = N(mu, diag(exp(log_var))): 2 k numbers per image."""

    def __init__(self, k, get):
        self.k, self.size = k, 2 * k
        self._get = get  # function of (name, *shape): an array to write into

    def forward(self, head, eps):
        """head : (n, 2k), eps : (n, k).  Returns z : (n, k), kl : (n,), the cache."""
        n, get = len(head), self._get
        out = (get("z", n, self.k), get("kl", n), get("noise", n, self.k),
               get("excess", n, self.k))  # fmt: skip
        return ops.gaussian_head_forward(head, eps, out)

    def backward(self, dz, d_kl, head, cache):
        """dz : (n, k), d_kl : one number for all images.  Returns dhead : (n, 2k)."""
        return ops.gaussian_head_backward(
            dz, head, cache, d_kl, self._get("dhead", *head.shape)
        )

    def std(self, head):
        """Standard deviation of each dimension : (n, k)."""
        return np.exp(0.5 * head[:, self.k :])


class FullPosterior:
    """q(z|x) = N(mu, L L^T): 2 k + k (k - 1) / 2 numbers per image, (9.4)-(9.6)."""

    def __init__(self, k, get):
        self.k, self.size = k, 2 * k + k * (k - 1) // 2

    def forward(self, head, eps):
        """head : (n, size), eps : (n, k).  Returns z, kl : (n,) and the cache."""
        mu = head[:, : self.k]
        L = self.factor(head)
        z, noise = reparameterize_cholesky_forward(mu, L, eps)
        kl, kl_cache = kl_standard_gaussian_forward(mu, L)
        return np.ascontiguousarray(z), kl, (L, noise, kl_cache)

    def backward(self, dz, d_kl, head, cache):
        """dz : (n, k), d_kl : one number for all images.  Returns dhead."""
        L, noise, kl_cache = cache
        dmu, dL = reparameterize_cholesky_backward(dz, noise)
        each = np.full(len(dz), d_kl, dz.dtype)
        dmu_kl, dL_kl = kl_standard_gaussian_backward(each, kl_cache)
        dlog_var, dlower = cholesky_factor_backward(dL + dL_kl, L)
        return np.concatenate([dmu + dmu_kl, dlog_var, dlower], axis=1)

    def std(self, head):
        """Standard deviation of each dimension's marginal : (n, k)."""
        return np.sqrt(np.sum(self.factor(head) ** 2, axis=2))

    def factor(self, head):
        """L : (n, k, k), lower triangular with a positive diagonal."""
        log_var, lower = head[:, self.k : 2 * self.k], head[:, 2 * self.k :]
        return cholesky_factor_forward(log_var, lower)[0]


POSTERIORS = {"diagonal": DiagonalPosterior, "full": FullPosterior}
