"""Random starting weights that keep the size of signals from layer to layer (S09)."""

import numpy as np


def glorot_uniform(rng, d_in, d_out):
    """W ~ U(-r, r), r = sqrt(6 / (d_in + d_out)), equation (1.13): without a kink.

    The variance 2 / (d_in + d_out) balances forward and backward signals.
    Returns W : (d_in, d_out) in float64. Source: Glorot & Bengio 2010, equation 16.
    """
    limit = np.sqrt(6 / (d_in + d_out))
    return rng.uniform(-limit, limit, size=(d_in, d_out))


def he_normal(rng, d_in, d_out):
    """W ~ N(0, 2 / d_in), for ReLU and its relatives, which drop half the signal.

    Returns W : (d_in, d_out) in float64. Source: He et al. 2015, equation 10.
    """
    return rng.normal(0, np.sqrt(2 / d_in), size=(d_in, d_out))
