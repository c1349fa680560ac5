"""The importance-weighted bound and estimates of log p(x) (slides S51, S58).

A training maximises the bound, `log_mean_exp_forward`. The estimate for a trained model
is a `StreamedLogMean`, which networks/likelihood.py: importance_sampling fills.
"""

import numpy as np

LARGEST_ERROR = 0.1  # nats; a larger standard error is not to be trusted


def log_mean_exp_forward(log_w):
    """L_i = log( 1/K sum_l exp(log_w_li) ), equation (11.1), slide S58.

    With log_w = log p(x, z) - log q(z|x) at K samples of q this is the importance-
    weighted bound L_K of one image. K = 1 is the ELBO; L_K rises with K to log p(x).
    The largest weight is taken out first, so that no exp overflows. Where all weights
    are 0 (log_w = -inf) so is their mean, and L_i = -inf.

    log_w : (K, n).  Returns bound : (n,) in nats, and the cache.
    Source: Burda et al. 2016, equation 8.
    """
    top = log_w.real.max(axis=0)                                # (n,)
    top = np.where(np.isneginf(top), 0, top).astype(top.dtype)  # (n,)
    w = np.exp(log_w - top)                                     # (K, n)
    total = w.sum(axis=0)                                       # (n,)
    with np.errstate(divide="ignore"):
        bound = top + np.log(total / len(log_w))                # (n,)
    return bound, w / np.where(total == 0, 1, total)


def log_mean_exp_backward(d_bound, normalised):
    """dlog_w_li = w_li / sum_l' w_l'i * d_bound_i, equation (11.2).

    Each sample counts with its normalised weight.  d_bound : (n,) -> (K, n).
    """
    return normalised * d_bound


class StreamedLogMean:
    """log of a mean of weights that arrive in blocks: memory does not grow with K.

    Keeps, per image, the largest log-weight so far, the sum of the weights and the sum
    of their squares, both relative to the largest.
    """

    def __init__(self, n):
        self.top = np.full(n, -np.inf)
        self.total, self.squares, self.count = np.zeros(n), np.zeros(n), 0

    def add(self, log_w):
        """log_w : (block, n), in float64 or float32."""
        log_w = np.asarray(log_w, dtype=np.float64)
        top = np.maximum(self.top, log_w.max(axis=0))
        shrink, w = _relative(self.top, top), _relative(log_w, top)
        self.total = self.total * shrink + w.sum(axis=0)
        self.squares = self.squares * shrink**2 + (w * w).sum(axis=0)
        self.top, self.count = top, self.count + len(log_w)

    @property
    def log_mean(self):
        """log( 1/K sum_l w_l ) : (n,) in nats."""
        return self.top + np.log(self.total / self.count)

    @property
    def effective_sample_size(self):
        """(sum w)^2 / sum w^2 : (n,), from 1 (one sample decides) to K (all equal).

        0 where all weights are 0.
        """
        return np.where(np.isneginf(self.top), 0, self.total**2 / self.squares)

    @property
    def standard_error(self):
        """Of log_mean, to first order: the relative standard error of the mean weight.

            sqrt( (K sum w^2 / (sum w)^2 - 1) / (K - 1) ) : (n,) in nats

        inf where that is above 0.1, at an effective sample size of less than about
        100, and for a single sample. A few large weights decide there, and those that
        were not drawn are missing from their spread: log-normal weights with an
        effective size of 7 scatter 1.7 times as widely as the formula says, and the
        logarithm is no longer a straight line over that range.
        """
        if self.count == 1:
            return np.full(len(self.top), np.inf)
        with np.errstate(divide="ignore"):
            spread = self.count / self.effective_sample_size - 1
        error = np.sqrt(np.maximum(spread, 0) / (self.count - 1))
        return np.where(error > LARGEST_ERROR, np.inf, error)


def _relative(log_w, top):
    """exp(log_w - top), which is 1 where both are the same infinity."""
    with np.errstate(invalid="ignore"):
        return np.where(log_w == top, 1.0, np.exp(log_w - top))
