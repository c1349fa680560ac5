"""Distributions p(x|z): what the decoder's output means (slides S10, S37-S38).

Each is a pair: `forward(out, x)` gives a loss per row and the cache, `backward(d_loss,
cache)` the gradient in the decoder's output. One's own is an object with these two and
what else of `Pixels` is to be otherwise.
"""

import numpy as np

from scratchae.formulas.activations import logistic
from scratchae.formulas.losses import (
    gaussian_nll_backward,
    gaussian_nll_forward,
    mean_weights,
)
from scratchae.nn.backend import ops


class Pixels:
    """What a distribution has besides `forward` and `backward`."""

    unit = "nats/img"
    in_unit_interval = False  # whether the data must lie in [0, 1]
    shapes = {}  # names and shapes of parameters of its own

    def attach(self, parameters):
        """Take the views of its own parameters."""

    def start(self, x):
        """The decoder's output that a training starts from : (d,), of x : (n, d)."""
        return x.mean(axis=0, dtype=np.float64)

    def mean(self, out):
        """E[x|z] : (n, d)."""
        return out

    def sample(self, out, rng):
        """One draw from p(x|z) for each row : (n, d)."""
        return self.mean(out)


class _Fused(Pixels):
    """A loss whose gradient comes with it, in one pass over memory.

    `forward` takes for granted that all rows will count alike, each 1/n, and multiplies
    by that. `backward` then has nothing left to do, unless it is told other weights.
    """

    operation = None  # name of the backend's function

    def forward(self, out, x):
        """Loss per row : (n,), and the gradient of their mean : (n, d)."""
        each = mean_weights(len(x), out.dtype)
        losses, d_out = getattr(ops, self.operation)(out, x, each[0])
        return losses, (d_out, each)

    def backward(self, d_loss, cache):
        """Gradient of the decoder's output : (n, d).  d_loss : (n,)."""
        d_out, each = cache
        d_loss = np.asarray(d_loss, d_out.dtype)
        if d_loss is each or d_loss.base is each:  # 1/n is in d_out already
            return d_out
        return d_out * (d_loss / each)[:, None]


class SquaredError(_Fused):
    """L = |x_hat - x|^2, equation (1.2): -log p(x|z) up to scale and constant."""

    unit, operation = "SSE/img", "squared_error"


class BernoulliPixels(_Fused):
    """p(x|z): independent binary pixels; the decoder's output is their logits."""

    in_unit_interval, operation = True, "bernoulli_nll"

    def start(self, x):
        """log(m / (1 - m)) of the pixel means m of x : (n, d), kept off 0 and 1."""
        mean = x.mean(axis=0, dtype=np.float64).clip(1e-3, 1 - 1e-3)
        return np.log(mean / (1 - mean))

    def mean(self, out):
        """E[x|z] : pixel probabilities, (n, d)."""
        return logistic(out)

    def sample(self, out, rng):
        """One draw from p(x|z) for each row : (n, d)."""
        return (rng.random(out.shape) < logistic(out)).astype(out.dtype)


class GaussianPixels(Pixels):
    """p(x|z) = N(x; out, sigma^2 I): one variance, fixed or learned.

    A learned variance (None) is the parameter `pixel_log_var`, log sigma^2. With a
    fixed one the parameters have no such name.
    """

    NAME = "pixel_log_var"

    def __init__(self, variance=None):
        self.learned = variance is None
        if self.learned:
            self.shapes = {self.NAME: (1,)}
        else:
            self.log_var = np.full(1, np.log(float(variance)))

    def attach(self, parameters):
        """Take the views of the learned log-variance, or the fixed one's dtype."""
        if self.learned:
            self.log_var = parameters.values[self.NAME]
            self.d_log_var = parameters.gradients[self.NAME]
        else:
            self.log_var = self.log_var.astype(parameters.dtype)

    @property
    def variance(self):
        """sigma^2, one number."""
        return float(np.exp(self.log_var[0]))

    def start(self, x):
        """The mean of the data; a learned variance starts at theirs."""
        if self.learned:
            variance = x.var(axis=0, dtype=np.float64).mean()
            if variance == 0:
                raise ValueError(
                    f"The data have no variance (n_samples = {len(x)}): with a learned "
                    "decoder_variance the likelihood has no maximum. Give a number."
                )
            self.log_var[...] = np.log(variance)
        return x.mean(axis=0, dtype=np.float64)

    def forward(self, out, x):
        """-log p(x|z) : (n,) in nats.  out, x : (n, d)."""
        return gaussian_nll_forward(out, self.log_var, x)

    def backward(self, d_loss, cache):
        """d_loss : (n,).  Returns d_out : (n, d); fills the gradient of log sigma^2."""
        d_out, d_log_var = gaussian_nll_backward(d_loss, cache)
        if self.learned:
            self.d_log_var[...] = d_log_var
        return d_out

    def sample(self, out, rng):
        """One draw from p(x|z) for each row : (n, d)."""
        noise = rng.standard_normal(out.shape)
        return (out + np.exp(0.5 * self.log_var) * noise).astype(out.dtype)
