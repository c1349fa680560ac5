"""Probabilistic PCA: a linear VAE that is solved in closed form (slide S58)."""

import numpy as np

from scratchae.conventions import check_is_fitted
from scratchae.formulas.losses import LOG_2PI
from scratchae.models.base import MODES, averaged
from scratchae.models.pca import PCA
from scratchae.rows import blocks_of
from scratchae.validation import (
    check_choice,
    check_number,
    check_random_state,
    warn_of_far_rows,
)

ROUNDINGS = 4  # of d numbers, each at the size of the data, that a variance may be of


class ProbabilisticPCA(PCA):
    """z ~ N(0, I_k), x|z ~ N(z W^T + mean, sigma^2 I_d) by maximum likelihood.

        sigma^2 = mean of the d - k discarded eigenvalues                      (11.7)
        W = U (Lambda - sigma^2 I)^(1/2), U and Lambda the k leading ones      (11.8)

    No linear VAE can have a higher likelihood on the training data, and one with a
    learned variance reaches it. Codes are the means E[z|x], decoded ones E[x|z].

    n_components : k, less than the number of features; a fraction as for `PCA`
    dtype : of codes and reconstructions
    Raises ValueError in `fit` if sigma^2 is 0: the likelihood is then unbounded.

    After `fit`: those of `PCA`, `noise_variance_` (sigma^2) and `W_` (d, k).
    Source: Tipping & Bishop 1999, equations 7 and 8.
    """

    def __init__(self, n_components=30, *, dtype="float64"):
        super().__init__(n_components, dtype=dtype)

    def _check_size(self, n, d):
        owner = type(self).__name__
        if n == 1 or d == 1:
            raise ValueError(f"{owner} needs at least 2 rows of at least 2 features; "
                             f"got n_samples = {n}, n_features = {d}")
        if self.n_components is None or self.n_components >= 1:
            check_number(self.n_components, "n_components", owner=owner, low=1, high=d,
                         integer=True, without=(d,))
        super()._check_size(n, d)

    def restore(self, description, arrays):
        k, eigenvalues = len(arrays["components_"]), arrays["eigenvalues_"]
        size = eigenvalues[0] + np.max(arrays["mean_"] ** 2)  # what X is rounded at
        rounding = (ROUNDINGS * len(eigenvalues) * np.finfo(float).eps) ** 2 * size
        outside = eigenvalues[k:].sum() / max(len(eigenvalues) - k, 1)
        if outside <= rounding:
            raise ValueError(f"{type(self).__name__} got data without variance outside "
                             f"n_components={k} directions: sigma^2 is 0 and the "
                             "likelihood has no maximum. Use fewer components or PCA; "
                             "scale the columns if one is far larger than the others.")
        super().restore(description, arrays)
        self.noise_variance_ = float(outside)
        excess = np.maximum(eigenvalues[:k] - outside, 0)
        self.W_ = self.components_.T * np.sqrt(excess)  # (d, k)

    def _variances(self):
        """Of x along each leading direction : (k,), at least sigma^2."""
        leading = self.eigenvalues_[: self.n_components_]
        return np.maximum(leading, self.noise_variance_)

    def posterior(self, X):
        """p(z|x) = N(mean, covariance): mean (n, k), one covariance (k, k) for all.

        W^T W is diagonal here: it is the excess variance of each direction.
        """
        rows = self._check_fitted_input(X)
        covariance = np.diag(self.noise_variance_ / self._variances())
        return self._answered("the mean", self._mean, rows), covariance

    def _mean(self, X):
        """E[z|x] in float64.  (n, d) -> (n, k)."""
        return (X - self.mean_) @ (self.W_ / self._variances())

    def _encode(self, X):
        """E[z|x].  (n, d) -> (n, k)."""
        return self._rounded(self._mean(X))

    def _decode(self, codes):
        """E[x|z] = z W^T + mean.  (n, k) -> (n, d)."""
        return self._rounded(codes @ self.W_.T + self.mean_)

    def _reconstruct_rows(self, rows):
        """E[x | E[z|x]], by way of codes that are not rounded."""
        return self._rounded(self._mean(rows) @ self.W_.T + self.mean_)

    def log_likelihood(self, X):
        """log N(x; mean, W W^T + sigma^2 I) of each image : (n,) in nats.

        In the leading directions the variance is the eigenvalue, in all others
        sigma^2: no d x d matrix is inverted.
        """
        return self._log_p(self._check_fitted_input(X, mapped=True))

    def _log_p(self, rows):
        """log p(x) of rows that are checked, some at a time : (n,)."""
        log_p = np.concatenate([self._log_p_of(block) for block in blocks_of(rows)])
        return warn_of_far_rows(log_p, "log p(x)", type(self).__name__)

    def _log_p_of(self, X):
        """log p(x) of rows in memory : (n,)."""
        centred = X - self.mean_
        along = centred @ self.components_.T  # (n, k)
        # Not |x|^2 - |along|^2: far away it would be rounding, below 0.
        residual = centred - along @ self.components_
        (d, k), variance = self.W_.shape, self._variances()
        with np.errstate(over="ignore"):
            outside = np.sum(residual**2, axis=1) / self.noise_variance_
            scaled = np.sum(along**2 / variance, axis=1) + outside
        log_det = np.log(variance).sum() + (d - k) * np.log(self.noise_variance_)
        return -0.5 * (d * LOG_2PI + log_det + scaled)

    def score(self, X, y=None):
        """Mean log-likelihood in nats per image: higher is better."""
        return float(self.log_likelihood(X).mean())

    def evaluate(self, X, each=False):
        """Squared error (SSE/img) of E[x | E[z|x]], log-likelihood in nats/img.

        each : True for the figures of each row : (n,) instead of their means
        """
        rows = self._check_fitted_input(X, mapped=True)
        measures = {"sse": self._squared_errors(rows),
                    "log_likelihood": self._log_p(rows)}
        return averaged(measures, each)

    def sample(self, n_samples=1, mode="mean", random_state=None):
        """New images, z ~ N(0, I) decoded: (n_samples, d).

        mode : "mean": E[x|z] = z W^T + mean; "sample": x ~ p(x|z), with its noise. The
            same random_state gives the same z in both.
        """
        check_is_fitted(self)
        owner = f"{type(self).__name__}.sample"
        n = check_number(n_samples, "n_samples", low=1, integer=True, owner=owner)
        check_choice(mode, "mode", MODES, owner=owner)
        rng = check_random_state(random_state, owner=owner)
        x = self._decode(rng.standard_normal((n, self.n_components_)))
        if mode == "mean":
            return x
        noise = rng.standard_normal((n, self.n_features_in_))
        return (x + np.sqrt(self.noise_variance_) * noise).astype(x.dtype)
