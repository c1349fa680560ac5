"""Probabilistic PCA: a linear VAE that is solved in closed form (slide S58)."""

import numpy as np

from scratchae.models.pca import PCA
from scratchae.validation import check_number, check_random_state

LOG_2PI = float(np.log(2 * np.pi))


class ProbabilisticPCA(PCA):
    """z ~ N(0, I_k), x|z ~ N(W z + mean, sigma^2 I_d) by maximum likelihood.

        sigma^2 = mean of the d - k discarded eigenvalues                      (11.7)
        W = U (Lambda - sigma^2 I)^(1/2), U and Lambda the k leading ones      (11.8)

    No linear VAE can have a higher likelihood on the training data, and one with a
    learned variance reaches it.

    n_components : k, less than the number of features
    dtype : of codes and reconstructions
    Raises ValueError in `fit` if sigma^2 is 0: the likelihood is then unbounded.

    After `fit`: those of `PCA`, `noise_variance_` (sigma^2) and `W_` (d, k).
    Source: Tipping & Bishop 1999, equations 7 and 8.
    """

    def fit(self, X, y=None):
        """Fit X : (n, d).  Returns self."""
        self._check_parameters()
        X = self._check_data(X)
        if len(X) == 1 or X.shape[1] == 1:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 rows of at least 2 features; "
                f"got n_samples = {len(X)}, n_features = {X.shape[1]}"
            )
        check_number(self.n_components, "n_components", owner=type(self).__name__,
                     low=1, high=X.shape[1], integer=True)  # fmt: skip
        return super().fit(X)

    def _restore(self, description, arrays):
        k, eigenvalues = int(self.n_components), arrays["eigenvalues_"]
        rounding = len(eigenvalues) * np.finfo(float).eps * eigenvalues[0]
        if eigenvalues[k:].mean() <= rounding:
            raise ValueError(
                f"{type(self).__name__} got data without variance outside "
                f"n_components={k} directions: sigma^2 is 0 and the likelihood has no "
                "maximum. Use fewer components or PCA."
            )
        super()._restore(description, arrays)
        self.noise_variance_ = float(self.eigenvalues_[k:].mean())
        excess = np.maximum(self.explained_variance_ - self.noise_variance_, 0)
        self.W_ = self.components_.T * np.sqrt(excess)  # (d, k)

    def posterior(self, X):
        """p(z|x) = N(mean, covariance): mean (n, k), one covariance (k, k) for all.

        W^T W is diagonal here: it is the excess variance of each direction.
        """
        return self._posterior(self._check_fitted_input(X))

    def _posterior(self, X):
        variance = self.explained_variance_  # (k,) of x along each direction
        mean = (X - self.mean_) @ (self.W_ / variance)
        return mean, np.diag(self.noise_variance_ / variance)

    def transform(self, X):
        """Codes: the posterior means E[z|x].  (n, d) -> (n, k)."""
        return super().transform(X)

    def _encode(self, X):
        return self._posterior(X)[0].astype(self.dtype)

    def inverse_transform(self, codes):
        """E[x|z] = W z + mean.  (n, k) -> (n, d)."""
        return super().inverse_transform(codes)

    def _decode(self, codes):
        return (codes @ self.W_.T + self.mean_).astype(self.dtype)

    def log_likelihood(self, X):
        """log N(x; mean, W W^T + sigma^2 I) of each image : (n,) in nats.

        In the leading directions the variance is the eigenvalue, in all others
        sigma^2: no d x d matrix is inverted.
        """
        X = self._check_fitted_input(X)
        centred = X.astype(np.float64) - self.mean_
        along = centred @ self.components_.T  # (n, k)
        outside = np.sum(centred**2, axis=1) - np.sum(along**2, axis=1)
        d, k = X.shape[1], along.shape[1]
        variance = np.maximum(self.explained_variance_, self.noise_variance_)
        log_det = np.log(variance).sum() + (d - k) * np.log(self.noise_variance_)
        scaled = np.sum(along**2 / variance, axis=1) + outside / self.noise_variance_
        return -0.5 * (d * LOG_2PI + log_det + scaled)

    def score(self, X, y=None):
        """Mean log-likelihood in nats per image: higher is better."""
        return float(self.log_likelihood(X).mean())

    def evaluate(self, X):
        """Squared error (SSE/img) of E[x | E[z|x]], log-likelihood in nats/img."""
        sse = self.reconstruction_error(X)
        return {"sse": sse, "log_likelihood": self.score(X)}

    def sample(self, n_samples=1, random_state=None):
        """Draw z and x given z, with its noise: (n_samples, d)."""
        self._check_is_fitted()
        owner = type(self).__name__
        n = check_number(n_samples, "n_samples", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        noise = rng.standard_normal((n, self.n_features_in_))
        x = self.inverse_transform(rng.standard_normal((n, int(self.n_components))))
        return x + np.sqrt(self.noise_variance_) * noise.astype(self.dtype)
