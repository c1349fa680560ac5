"""Principal axes, and how far apart two linear subspaces are (slide S13)."""

import numpy as np

MANY = 10  # rows for each column from which the covariance is formed
LOST = 1e-8  # of the largest eigenvalue: below it half of the digits are gone


def principal_axes(centred, exactly=False):
    """Eigenvalues of the covariance and its eigenvectors, largest first, (2.1), (2.2).

    Where rows are few, from the singular value decomposition of the data instead: it
    needs no (d, d) matrix and keeps directions that hardly vary, which squares lose.

    centred : (n, d), columns of mean 0   exactly : True for that way in any case
    Returns eigenvalues : (d,), which divide by n, and axes : (min(n, d), d),
    orthonormal rows, each with its largest entry positive.
    """
    n, d = centred.shape
    size = np.abs(centred).max() or 1.0  # squares of tiny or huge numbers are lost
    scaled = centred / size
    if n >= MANY * d and not exactly:
        squares, vectors = np.linalg.eigh(scaled.T @ scaled / n)  # ascending
        squares, axes = squares[::-1].clip(min=0), vectors.T[::-1]
    else:
        R = np.linalg.qr(scaled, mode="r") if n >= MANY * d else scaled  # R^T R = X^T X
        _, singular, axes = np.linalg.svd(R, full_matrices=False)
        squares = np.zeros(d)
        squares[: len(singular)] = singular**2 / n
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])
    return squares * size**2, axes * signs[:, None]


def lost_in_squares(eigenvalues, k, n):
    """Whether `principal_axes` of n rows has too few digits for k of them.

    Squares are rounded at the size of the largest: so they lose where the least of the
    k, or the mean of the others, is far smaller.
    """
    left = eigenvalues[k:]
    least = min(eigenvalues[k - 1], left.mean()) if left.size else eigenvalues[k - 1]
    return n >= MANY * len(eigenvalues) and least < LOST * eigenvalues[0]


def near_one(x):
    """x over a power of two that brings its largest number near 1, and that power.

    The squares of numbers such as 1e-200 are 0; those of what is returned are not lost.
    A power of two rounds nothing, so that what was equal stays equal.
    """
    power = np.ldexp(1.0, int(np.frexp(np.abs(x).max())[1]))
    return x / power, power


def principal_angles(A, B):
    """Angles between the row spaces of A and B in radians, smallest first, (2.5).

    With orthonormal rows Q_A and Q_B, the angles' sines are the singular values of
    Q_B - Q_B Q_A^T Q_A, the part of B outside the row space of A. Sines, and not the
    cosines of the textbook formula, so that an angle of 1e-9 is not rounded to 0.

    A, B : (k, d), both of rank k.  Returns angles : (k,).
    Source: Bjorck & Golub 1973.
    """
    Q_A, Q_B = (np.linalg.qr(np.asarray(M, dtype=float).T)[0].T for M in (A, B))
    outside = Q_B - Q_B @ Q_A.T @ Q_A   # (k, d)
    sines = np.linalg.svd(outside, compute_uv=False)
    return np.arcsin(np.clip(sines, 0, 1))[::-1]
