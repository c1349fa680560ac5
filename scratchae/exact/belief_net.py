"""A fully visible belief net: a generative model with an exact likelihood (S39-S41)."""

import numpy as np

from scratchae.formulas.activations import logistic
from scratchae.formulas.losses import bernoulli_nll_backward, bernoulli_nll_forward
from scratchae.formulas.optimizers import adam_step


class BeliefNet:
    """log p(x) = sum_j log p(x_j | x_1, ..., x_j-1): logistic autoregression.

    Pixel j is a coin with logit b_j + sum_i<j W_ji x_i, equation (6.6). No latent
    variable, so no integral: the likelihood is exact, and sampling goes pixel by
    pixel.  W : (d, d), strictly lower triangular   b : (d,)

    Source: Frey et al. 1996.
    """

    def __init__(self, d):
        self.W, self.b = np.zeros((d, d)), np.zeros(d)

    def loss(self, W, b, x):
        """Mean negative log-likelihood in nats and its gradient in W and b, (6.7)."""
        logits = x @ np.tril(W, -1).T + b   # (n, d)
        losses, cache = bernoulli_nll_forward(logits, x)
        dlogits = bernoulli_nll_backward(np.full(len(x), 1 / len(x)), cache)
        return losses.mean(), np.tril(dlogits.T @ x, -1), dlogits.sum(axis=0)

    def log_likelihood(self, x):
        """log p(x) : (n,) in nats, exact.  x : (n, d) of zeros and ones."""
        return -bernoulli_nll_forward(x @ self.W.T + self.b, np.asarray(x, float))[0]

    def fit(self, x, steps=500, learning_rate=0.05):
        """Full-batch Adam on the mean negative log-likelihood.  Returns self."""
        x = np.asarray(x, dtype=float)
        d = x.shape[1]
        theta = np.concatenate([self.W.ravel(), self.b])
        m, v = np.zeros_like(theta), np.zeros_like(theta)
        for t in range(1, steps + 1):
            W, b = theta[: d * d].reshape(d, d), theta[d * d :]
            _, dW, db = self.loss(W, b, x)
            adam_step(theta, np.concatenate([dW.ravel(), db]), m, v, t, learning_rate)
        self.W, self.b = np.tril(theta[: d * d].reshape(d, d), -1), theta[d * d :]
        return self

    def sample(self, n, rng):
        """n images, drawn pixel after pixel : (n, d)."""
        x = np.zeros((n, len(self.b)))
        for j, uniform in enumerate(rng.random((len(self.b), n))):
            x[:, j] = uniform < logistic(x @ self.W[j] + self.b[j])
        return x
