"""Distributions p(x|z): what the decoder's output means (slides S37-S38).

`nll` returns -log p(x|z) per row and keeps what `backward` needs.
"""

import numpy as np

from scratchae.formulas.activations import logistic
from scratchae.formulas.losses import gaussian_nll_backward, gaussian_nll_forward
from scratchae.nn.backend import ops
from scratchae.nn.buffers import PerThread


class BernoulliPixels:
    """p(x|z): independent binary pixels; the decoder's output is their logits."""

    def __init__(self, parameters, get):
        self._get = get  # function of (name, *shape): an array to write into
        self._last = PerThread()

    def nll(self, out, x):
        """-log p(x|z) : (n,) in nats.  out, x : (n, d)."""
        n = len(x)
        losses, self._last.d_out = ops.bernoulli_nll(
            out, x, 1 / n, self._get("recon", n), self._get("dlogits", *x.shape)
        )
        return losses

    def backward(self, weights=None):
        """Gradient of the weighted sum of the nll in the decoder's output : (n, d).

        weights : (n,); None means 1 / n for every row.
        """
        if weights is not None:
            self._last.d_out *= (weights * len(weights))[:, None]
        return self._last.d_out

    def mean(self, out):
        """E[x|z] : pixel probabilities, (n, d)."""
        return logistic(out)

    def sample(self, out, rng):
        """One draw from p(x|z) for each row : (n, d)."""
        return (rng.random(out.shape) < logistic(out)).astype(out.dtype)


class GaussianPixels:
    """p(x|z) = N(x; out, sigma^2 I): one variance, fixed or learned.

    A learned variance is the parameter `pixel_log_var`, log sigma^2. With a fixed one
    the parameters have no such name.
    """

    NAME = "pixel_log_var"

    def __init__(self, parameters, get, variance=None):
        self.learned, self._last = variance is None, PerThread()
        if self.learned:
            self._log_var = parameters.values[self.NAME]
            self._d_log_var = parameters.gradients[self.NAME]
        else:
            self._log_var = np.full(1, np.log(variance), parameters.dtype)

    @property
    def variance(self):
        """sigma^2, one number."""
        return float(np.exp(self._log_var[0]))

    def nll(self, out, x):
        """-log p(x|z) : (n,) in nats.  out, x : (n, d)."""
        losses, self._last.cache = gaussian_nll_forward(out, self._log_var, x)
        return losses

    def backward(self, weights=None):
        """As `BernoulliPixels.backward`; the gradient of log sigma^2 is filled in."""
        n = len(self._last.cache[0])
        if weights is None:
            weights = np.full(n, 1 / n, self._last.cache[0].dtype)
        d_out, d_log_var = gaussian_nll_backward(weights, self._last.cache)
        if self.learned:
            self._d_log_var[...] = d_log_var
        return d_out

    def mean(self, out):
        """E[x|z] : (n, d)."""
        return out

    def sample(self, out, rng):
        """One draw from p(x|z) for each row : (n, d)."""
        noise = rng.standard_normal(out.shape)
        return (out + np.exp(0.5 * self._log_var) * noise).astype(out.dtype)
