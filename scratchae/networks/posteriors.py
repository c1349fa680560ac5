"""Approximate posteriors q(z|x): what the encoder's output means (slides S37, S54).

Both kinds read the first 2 k numbers of the encoder's output as mu and log_var, and
draw z = mu + eps L^T with exp(log_var / 2) on the diagonal of L. So log det L is
1/2 sum log_var for both.

`forward` and `backward` are what training needs; the other methods are questions to a
trained model, and take a head of any float type.
"""

import numpy as np

from scratchae.formulas.divergences import kl_per_dimension
from scratchae.formulas.reparameterization import (
    cholesky_factor_forward,
    reparameterize_cholesky_forward,
    reparameterize_diag_forward,
)
from scratchae.nn.backend import ops


class Posterior:
    """A q(z|x) whose head begins with mu and log_var, and z = mu + eps L^T."""

    def mean(self, head):
        """mu : (n, k)."""
        return head[:, : self.k]

    def log_var(self, head):
        """log_var : (n, k)."""
        return head[:, self.k : 2 * self.k]

    def divergence(self, head):
        """KL of each image from the prior : (n,)."""
        return self.divergences(head).sum(axis=1)

    def log_det(self, head):
        """log det L, so that log q(z|x) = log N(eps; 0, I) - log det L : (n,)."""
        return 0.5 * self.log_var(head).sum(axis=1)

    def log_ratio(self, head, eps, z):
        """log p(z) - log q(z|x) at the sample z : (n,), the prior part of (11.4).

        The densities' constants cancel, and with z = mu + eps L^T what is left is
        1/2 sum_j (eps_j^2 - z_j^2 + log_var_j).
        """
        return 0.5 * np.sum(eps * eps - z * z + self.log_var(head), axis=1)


class DiagonalPosterior(Posterior):
    """q(z|x) = N(mu, diag(exp(log_var))), (10.1): 2 k numbers per image."""

    def __init__(self, k):
        self.k, self.size = k, 2 * k

    def forward(self, head, eps):
        """head : (n, 2k), eps : (n, k).  Returns z : (n, k), kl : (n,), the cache."""
        return ops.gaussian_head_forward(head, eps)

    def backward(self, dz, d_kl, cache):
        """dz : (n, k), d_kl : one number for all images.  Returns dhead : (n, 2k)."""
        return ops.gaussian_head_backward(dz, d_kl, cache)

    def log_slope(self, head, eps):
        """d log q(z|x) / dz = -eps L^-1 at z = mu + eps L^T : (n, k), (11.11)."""
        return -eps * np.exp(-0.5 * self.log_var(head))

    def std(self, head):
        """Standard deviation of each dimension : (n, k)."""
        return np.exp(0.5 * self.log_var(head))

    def covariance(self, head):
        """Sigma, a diagonal matrix for each row : (n, k, k)."""
        Sigma = np.zeros((len(head), self.k, self.k), head.dtype)
        Sigma[:, range(self.k), range(self.k)] = np.exp(self.log_var(head))
        return Sigma

    def sample(self, head, eps):
        """z = mu + sigma eps : (n, k), by (10.6)."""
        return reparameterize_diag_forward(self.mean(head), self.log_var(head), eps)[0]

    def divergences(self, head):
        """KL of each dimension from the prior : (n, k); their sum is `forward`'s kl."""
        return kl_per_dimension(self.mean(head), self.log_var(head))[0]

    def standardised(self, z, row):
        """(z - mu) / sigma for all z : (n, k) under one row of a head, (2k,)."""
        return (z - row[: self.k]) * np.exp(-0.5 * row[self.k :])


class FullPosterior(Posterior):
    """q(z|x) = N(mu, L L^T): 2 k + k (k - 1) / 2 numbers per image, (9.4)-(9.6)."""

    def __init__(self, k):
        self.k, self.size = k, 2 * k + k * (k - 1) // 2

    def forward(self, head, eps):
        """head : (n, size), eps : (n, k).  Returns z, kl : (n,) and the cache."""
        return ops.cholesky_head_forward(head, eps)

    def backward(self, dz, d_kl, cache):
        """dz : (n, k), d_kl : one number for all images.  Returns dhead."""
        return ops.cholesky_head_backward(dz, d_kl, cache)

    def log_slope(self, head, eps):
        """d log q(z|x) / dz = -eps L^-1 at z = mu + eps L^T : (n, k), (11.11)."""
        transposed = self.factor(head).transpose(0, 2, 1)
        return -np.linalg.solve(transposed, eps[:, :, None])[:, :, 0]

    def std(self, head):
        """Standard deviation of each dimension's marginal : (n, k)."""
        return np.sqrt(np.sum(self.factor(head) ** 2, axis=2))

    def covariance(self, head):
        """Sigma = L L^T : (n, k, k), equation (9.5)."""
        L = self.factor(head)
        return L @ L.transpose(0, 2, 1)

    def sample(self, head, eps):
        """z = mu + eps L^T : (n, k)."""
        mu, L = self.mean(head), self.factor(head)
        return reparameterize_cholesky_forward(mu, L, eps)[0]

    def divergences(self, head):
        """KL by the chain rule : (n, k); its sum is `forward`'s kl.

            1/2 (mu_j^2 + sum_i L_ji^2 - 1) - log L_jj,   i <= j

        is the mean divergence of q(z_j | z_1, ..., z_j-1), the dimensions before it,
        from the prior.
        """
        diagonal, _ = kl_per_dimension(self.mean(head), self.log_var(head))
        squares = np.sum(np.tril(self.factor(head), -1) ** 2, axis=2)  # (n, k)
        return diagonal + 0.5 * squares

    def standardised(self, z, row):
        """L^-1 (z - mu) for all z : (n, k) under one row of a head, by substitution."""
        L, u = self.factor(row[None])[0], z - row[: self.k]
        for j in range(self.k):
            u[:, j] = (u[:, j] - u[:, :j] @ L[j, :j]) / L[j, j]
        return u

    def factor(self, head):
        """L : (n, k, k), lower triangular with a positive diagonal."""
        below = head[:, 2 * self.k :]
        return cholesky_factor_forward(self.log_var(head), below)[0]


POSTERIORS = {"diagonal": DiagonalPosterior, "full": FullPosterior}
