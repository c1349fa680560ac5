"""The importance-weighted bound and estimates of log p(x) (slides S51, S58)."""

import numpy as np


def log_mean_exp_forward(log_w):
    """L_i = log( 1/K sum_l exp(log_w_li) ), equation (11.1), slide S58.

    With log_w = log p(x, z) - log q(z|x) at K samples of q this is the importance-
    weighted bound L_K of one image. K = 1 is the ELBO; L_K rises with K to log p(x).
    The largest weight is taken out first, so that no exp overflows.

    log_w : (K, n).  Returns bound : (n,) in nats, and the cache.
    Source: Burda et al. 2016, equation 8.
    """
    top = log_w.real.max(axis=0)  # (n,)
    w = np.exp(log_w - top)  # (K, n)
    total = w.sum(axis=0)  # (n,)
    return top + np.log(total / len(log_w)), w / total


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
        shrink = np.exp(self.top - top)
        w = np.exp(log_w - top)
        self.total = self.total * shrink + w.sum(axis=0)
        self.squares = self.squares * shrink**2 + (w * w).sum(axis=0)
        self.top, self.count = top, self.count + len(log_w)

    @property
    def log_mean(self):
        """log( 1/K sum_l w_l ) : (n,) in nats."""
        return self.top + np.log(self.total / self.count)

    @property
    def effective_sample_size(self):
        """(sum w)^2 / sum w^2 : (n,), from 1 (one sample decides) to K (all equal)."""
        return self.total**2 / self.squares

    @property
    def standard_error(self):
        """Of log_mean, to first order: the relative standard error of the mean weight.

        sqrt( (K sum w^2 / (sum w)^2 - 1) / (K - 1) ) : (n,) in nats.
        """
        spread = self.count / self.effective_sample_size - 1
        return np.sqrt(np.maximum(spread, 0) / max(self.count - 1, 1))
