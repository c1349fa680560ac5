"""The best linear denoiser, in closed form (slide S18, lecture 04)."""

import numpy as np


def wiener_denoiser(mean, covariance, sigma):
    """The A and c of x_hat = x~ A + c with the least squared error, (4.3).

        A = (C + sigma^2 I)^-1 C,   c = mean (I - A),   x~ = x + N(0, sigma^2 I)

    mean : (d,)   covariance : (d, d), C of the clean images   sigma : of the noise
    Returns A : (d, d), symmetric as C is, and c : (d,).
    """
    d = len(mean)
    A = np.linalg.solve(covariance + sigma**2 * np.eye(d), covariance)  # (d, d)
    return A, mean - mean @ A


def denoising_error(A, c, x, sigma):
    """E |x~ A + c - x|^2 over the noise, averaged over the images, in closed form.

    The error of the clean image and the noise that comes through, (4.4):
    |x A + c - x|^2 + sigma^2 tr(A A^T).  x : (n, d).  Returns SSE/img.
    """
    x = np.asarray(x, dtype=np.float64)
    bias = x @ A + c - x
    return float(np.vdot(bias, bias) / len(x) + sigma**2 * np.vdot(A, A))
