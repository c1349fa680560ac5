"""How far apart two linear subspaces are (slide S13)."""

import numpy as np


def principal_angles(A, B):
    """Angles between the row spaces of A and B in radians, smallest first, (2.5).

    With orthonormal rows Q_A and Q_B, the angles' sines are the singular values of
    Q_B - Q_B Q_A^T Q_A, the part of B outside the row space of A. Sines, and not the
    cosines of the textbook formula, so that an angle of 1e-9 is not rounded to 0.

    A, B : (k, d), both of rank k.  Returns angles : (k,).
    Source: Bjorck & Golub 1973.
    """
    Q_A, Q_B = (np.linalg.qr(np.asarray(M, dtype=float).T)[0].T for M in (A, B))
    outside = Q_B - Q_B @ Q_A.T @ Q_A  # (k, d)
    sines = np.linalg.svd(outside, compute_uv=False)
    return np.arcsin(np.clip(sines, 0, 1))[::-1]
