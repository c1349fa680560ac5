"""Entropy and divergences of discrete distributions (slides S23-S26, S60-S62).

A distribution is an array of probabilities that sum to 1. `base` is that of the
logarithm: 2 gives bits, e gives nats. 0 log 0 counts as 0, its limit.
"""

import numpy as np


def entropy(p, base=2):
    """H(p) = -sum_i p_i log p_i, equation (5.2), slide S23 (Shannon 1948).

    >>> entropy([0.5, 0.5])
    1.0
    """
    p = _distribution(p, "p")
    return float(-np.sum(p * _log(p, base, where=p > 0)) + 0.0)


def cross_entropy(p, q, base=2):
    """H(p, q) = -sum_i p_i log q_i, (12.2), slide S62; infinite where q_i = 0 < p_i."""
    p, q = _pair(p, q)
    if np.any((q == 0) & (p > 0)):
        return np.inf
    return float(-np.sum(p * _log(q, base, where=p > 0)) + 0.0)


def kl_divergence(p, q, base=2):
    """D(p || q) = sum_i p_i log(p_i / q_i), equation (5.3), slide S24.

    Never negative, and 0 only where p = q; infinite where q_i = 0 < p_i. It is not
    symmetric (S26).
    """
    return _divergence(*_pair(p, q), base)


def jensen_shannon(p, q, base=2):
    """JS(p, q) = 1/2 D(p || m) + 1/2 D(q || m), m = (p + q) / 2 (Lin 1991).

    The symmetric cousin of the divergence: at most 1 bit, and its root is a distance.
    """
    p, q = _pair(p, q)
    middle = 0.5 * (p + q)
    return 0.5 * _divergence(p, middle, base) + 0.5 * _divergence(q, middle, base)


def _divergence(p, q, base):
    if np.any((q == 0) & (p > 0)):
        return np.inf
    inside = p > 0
    log_ratio = _log(p, base, where=inside) - _log(q, base, where=inside)
    divergence = float(np.sum(p * log_ratio))
    return max(divergence, 0.0)  # of two that are nearly equal rounding is left


def _pair(p, q):
    p, q = _distribution(p, "p"), _distribution(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p and q need one shape; got {p.shape} and {q.shape}")
    return p, q


def _distribution(p, name):
    given = np.asarray(p)
    rounding = 8 * np.finfo(given.dtype).eps if given.dtype.kind == "f" else 0
    p = np.asarray(p, dtype=np.float64)
    if p.size == 0 or not np.isfinite(p).all() or (p < 0).any():
        raise ValueError(f"{name} expects probabilities of at least 0; got {p}")
    if abs(p.sum() - 1) > max(1e-9, rounding):
        raise ValueError(f"{name} expects probabilities that sum to 1; got {p.sum()}")
    return p


def _log(values, base, where):
    if not base > 1:
        raise ValueError(f"base expects a number above 1; got {base!r}")
    return np.log(values, out=np.zeros_like(values), where=where) / np.log(base)
