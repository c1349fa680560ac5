"""Random changes to the data; the random numbers are arguments (slides S18, S37)."""

import numpy as np


def binarize(x, uniform):
    """Dynamic binarisation: pixel j becomes 1 with probability x_j.

        b = 1 where uniform < x, else 0

    x : (n, d) grey values in [0, 1]   uniform : (n, d) draws from U[0, 1)
    Returns b : (n, d) of x's dtype. Source: Burda et al. 2016, section 5.
    """
    return (uniform < x).astype(x.dtype)


def add_gaussian_noise(x, normal, sigma):
    """x + sigma * normal, slide S18.

    x : (n, d)   normal : (n, d) draws from N(0, 1)   sigma : standard deviation
    """
    return x + x.dtype.type(sigma) * normal


def mask(x, uniform, fraction):
    """Masking noise: a pixel becomes 0 with probability `fraction` (Vincent 2008).

    x : (n, d)   uniform : (n, d) draws from U[0, 1)
    """
    return np.where(uniform < x.dtype.type(fraction), x.dtype.type(0), x)


def salt_and_pepper(x, uniform, fraction):
    """A pixel becomes 0 or 1, each with probability fraction / 2 (Vincent 2010).

    x : (n, d)   uniform : (n, d) draws from U[0, 1)
    """
    speck = np.where(uniform < x.dtype.type(fraction / 2), 0, 1).astype(x.dtype)
    return np.where(uniform < x.dtype.type(fraction), speck, x)
