"""Numbers of a question: drawn with few digits, and shown with no more."""

import numpy as np


def pick(rng, *values):
    """One of the values, as it stands."""
    return values[int(rng.integers(len(values)))]


def decimal(rng, low, high, digits=1):
    """A number between low and high with so many digits behind the point."""
    return round(float(rng.uniform(low, high)), digits) + 0.0  # no -0


def row(values):
    """Numbers as a question shows them."""
    return "(" + ", ".join(f"{value + 0.0:g}" for value in values) + ")"  # no -0


def shares(rng, n):
    """n probabilities of two digits, each at least 0.05, that sum to 1."""
    free = 20 - n  # twentieths that are not given to all
    cuts = np.sort(rng.integers(0, free + 1, n - 1))
    return (1 + np.diff([0, *cuts, free])) / 20


def two_shares(rng, n):
    """Two distributions that are not the same."""
    p = q = shares(rng, n)
    while np.array_equal(p, q):
        q = shares(rng, n)
    return p, q


def eigenvalues(rng):
    """Five eigenvalues, the largest first."""
    return np.sort(np.round(rng.uniform(0.2, 1, 5) * (9, 5, 3, 2, 1), 1))[::-1]


def with_eigenvalues(values):
    """Centred rows (2 d, d) whose covariance matrix is diagonal, with these values."""
    half = np.diag(np.sqrt(len(values) * np.asarray(values, float)))
    return np.concatenate([half, -half])
