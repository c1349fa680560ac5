"""What lab 05 is given: clouds of images, eigenvalues, and planes."""

import numpy as np

from scratchae.labs.specification import Sizes

ROWS = 6  # times n: more images than pixels
FEW = (Sizes(n=5, d=7, h=11, k=3), Sizes(n=7, d=11, h=3, k=5))  # k < d


def cloud(rng, s):
    """Images whose variance differs from direction to direction, and their mean."""
    spread = rng.normal(size=(s.d, s.d)) * rng.uniform(0.3, 2, s.d)
    return rng.normal(size=(ROWS * s.n, s.d)) @ spread + 3 * rng.normal(size=s.d)


def pca_inputs(rng, s):
    return {"X": cloud(rng, s), "k": s.k}


def unsorted_inputs(rng, s):
    """Pixels without covariance, the last ones with the largest variance.

    np.linalg.eig gives its vectors in the order of the pixels then, smallest first.
    """
    axes = np.linalg.qr(network_inputs(rng, s)["X"])[0]
    spread = 5 * np.linspace(0.5, 2, s.d) * rng.uniform(1, 1.05, s.d)
    return {"X": axes * spread + 3 * rng.normal(size=s.d), "k": s.k}


def eigenvalue_inputs(rng, s):
    """Eigenvalues, the largest first, and how many directions are kept."""
    values = np.sort(rng.uniform(0.1, 5, s.d))[::-1]
    return {"eigenvalues": values.copy(), "k": s.k - 1}  # not half of them


def little_lost(rng, s):
    """The directions that are not kept have next to no variance."""
    given = eigenvalue_inputs(rng, s)
    given["eigenvalues"][given["k"]:] *= 1e-3
    return given


def network_inputs(rng, s):
    """Centred images and the weights of encoder and decoder."""
    X = cloud(rng, s)
    return {"X": X - X.mean(axis=0), "W1": rng.normal(size=(s.d, s.k)),
            "W2": rng.normal(size=(s.k, s.d))}


def tied_inputs(rng, s):
    given = network_inputs(rng, s)
    return {"X": given["X"], "W": given["W1"]}


def nearly_copied(rng, s):
    """Images that are nearly in the plane onto which encoder and decoder project."""
    given = network_inputs(rng, s)
    axes = np.linalg.qr(given["W1"])[0]
    X = given["X"] @ axes @ axes.T + 0.01 * given["X"]
    return {"X": X, "W1": axes, "W2": axes.T.copy()}


def nearly_tied(rng, s):
    given = nearly_copied(rng, s)
    return {"X": given["X"], "W": given["W1"]}


def plane_inputs(rng, s):
    """Two planes, by rows that are not orthonormal, at small angles."""
    A = rng.normal(size=(s.k, s.d))
    return {"A": A, "B": rng.normal(size=(s.k, s.k)) @ A
            + 0.3 * rng.normal(size=(s.k, s.d))}


def shared_inputs(rng, s):
    """Two planes that differ in one direction: the other cosines are 1, or above."""
    while True:
        A = rng.normal(size=(4 * s.n, 4 * s.d))
        B = rng.normal(size=(len(A), len(A))) @ A
        B[-1] += rng.normal(size=4 * s.d)
        if textbook_cosines(A, B).max() > 1:
            return {"A": A, "B": B}


def textbook_cosines(A, B):
    """The singular values of Q_A Q_B^T, as they are rounded."""
    qa, qb = (np.linalg.qr(M.T)[0] for M in (A, B))
    return np.linalg.svd(qa.T @ qb, compute_uv=False)
