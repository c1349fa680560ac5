"""Ink along pen paths: how the built-in digits are drawn."""

import math

import numpy as np


def render(points_x, points_y, weight, thickness, size, softness):
    """Ink pen paths: grey values in [0, 1], exact along a straight even stroke.

    Each point is a soft round brush of width s = softness. The ink of a long stroke,

        ink(r, c) = sum_i weight_i exp(-d_i^2 / (2 s^2)) / (s sqrt(2 pi)),

    d_i the distance of pixel (r, c) from point i, is exp(-d^2 / (2 s^2)) with d the
    distance from the stroke. So the ink gives d, and d the covered part of the pixel,
    clip(thickness/2 + 1/2 - d, 0, 1). As d_i^2 = dx_i^2 + dy_i^2, the sum over points
    is one matrix product per image. 1e-30 is the ink 8 pixels away.

    points_x, points_y : (n, p) column and row in pixels; 0 is the first pixel's middle
    weight : (n, p) pixels of stroke each point stands for, times the pressure there
    thickness : (n,) width of the pen in pixels
    Returns (n, size, size) of the points' dtype.
    """
    s = softness
    grid = np.arange(size, dtype=points_x.dtype)[:, None]         # (size, 1)
    gx = np.exp((grid - points_x[:, None]) ** 2 * (-0.5 / s**2))  # (n, size, p)
    gy = np.exp((grid - points_y[:, None]) ** 2 * (-0.5 / s**2))  # (n, size, p)
    gy *= weight[:, None] / (s * math.sqrt(2 * math.pi))
    ink = gy @ gx.transpose(0, 2, 1)                              # (n, size, size)
    d_squared = -2 * s**2 * np.log(np.maximum(ink, 1e-30))        # (n, size, size)
    d = np.sqrt(np.maximum(d_squared, 0))  # below 0 where strokes cross
    return np.clip(thickness[:, None, None] / 2 + 0.5 - d, 0, 1)
