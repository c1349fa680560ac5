"""The worms of slides S21-S26: how many of them have 0, 1, ..., 10 teeth.

The original counts were published only as a bar chart. These are a RECONSTRUCTION
that reproduces every published figure; other counts do too. Say so where they appear.
"""

import math

import numpy as np

# of 1000 worms, those with 0, 1, ..., 10 teeth (reconstructed)
COUNTS = (3, 10, 33, 145, 171, 167, 119, 92, 102, 84, 74)
TEETH = len(COUNTS) - 1


def load_worms():
    """Reconstructed numbers of worms with 0 to 10 teeth, (11,) ints, 1000 in all."""
    return np.array(COUNTS)


def uniform():
    """Each number of teeth equally likely, (11,)."""
    return np.full(TEETH + 1, 1 / (TEETH + 1))


def binomial(p):
    """Ten teeth, each there with probability p, equation (5.1): (11,)."""
    _check_probability(p)
    return np.array(
        [math.comb(TEETH, i) * p**i * (1 - p) ** (TEETH - i) for i in range(TEETH + 1)]
    )


def ad_hoc(p):
    """(1 - p) / 6 for each of 0-5 teeth and p / 5 for each of 6-10: (11,)."""
    _check_probability(p)
    return np.repeat([(1 - p) / 6, p / 5], [6, 5])


def _check_probability(p):
    if not 0 <= p <= 1:
        raise ValueError(f"p expects a probability; got {p!r}")
