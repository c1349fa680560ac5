"""Random changes to the data; the random numbers are arguments."""


def binarize(x, uniform):
    """Dynamic binarisation: pixel j becomes 1 with probability x_j.

        b = 1 where uniform < x, else 0

    x : (n, d) grey values in [0, 1]   uniform : (n, d) draws from U[0, 1)
    Returns b : (n, d) of x's dtype. Source: Burda et al. 2016, section 5.
    """
    return (uniform < x).astype(x.dtype)
