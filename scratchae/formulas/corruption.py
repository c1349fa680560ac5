"""Random changes to the data; the random numbers are arguments (slides S18, S37)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


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


def shift_images(x, normal, sigma, shape):
    """Each image moved as a whole, by its own number of pixels down and to the right.

        y[r, c] = x[r - round(sigma u), c - round(sigma v)], and 0 from outside

    x : (n, d) images   normal : (2, n) draws u and v from N(0, 1)   sigma : pixels
    shape : (height, width), or (height, width, colours), of d numbers
    Source: Simard, Steinkraus & Platt 2003, section 2.
    """
    n, (height, width) = len(x), shape[:2]
    most = np.array([[height], [width]])  # further away nothing is left
    down, right = np.rint(sigma * normal).clip(-most, most).astype(int)     # (n,)
    rows, columns = abs(down).max(), abs(right).max()
    margins = (0, 0), (rows, rows), (columns, columns), (0, 0)
    padded = np.pad(x.reshape(n, height, width, -1), margins)
    windows = sliding_window_view(padded, (height, width), axis=(1, 2))
    moved = windows[range(n), rows - down, columns - right]  # (n, colours, h, w)
    return np.moveaxis(moved, 1, 3).reshape(x.shape)
