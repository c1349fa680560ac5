"""Ink along pen paths, image by image: the stroke renderer of the built-in digits.

Each image sums outer products of two small vectors over the points of its path. Sum and
edge are fused: nothing is written in between. Memory is walked image by image, in each
row by row, once for every point: the image stays in the nearest cache, and threads take
whole images.
"""

import math

import numpy as np

from scratchae.kernels.activations import exp
from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread

IMAGES = 8  # that a thread takes at a time
FAINT = 1e-18  # ink of a point nine brush widths away


def render(points_x, points_y, weight, thickness, size, softness):
    """Grey values (n, size, size) of pen paths; see the twin in `formulas/brush.py`.

    points_x, points_y, weight : (n, p)   thickness : (n,)   softness : brush width
    """
    dtype = check_dtype(points_x, "points_x")
    n = len(points_x)
    check_shape(points_y, "points_y", points_x.shape)
    check_shape(weight, "weight", points_x.shape)
    check_shape(thickness, "thickness", (n,))
    out = np.zeros((n, size, size), dtype)
    paths = tuple(plain(a, dtype) for a in (points_x, points_y, weight, thickness))
    with POOL.lock:
        ink_images(POOL.running(), paths, dtype.type(softness), out)
    return out


@kernel
def ink_images(pool, paths, softness, out):
    """Ink all images."""
    on_all_threads(pool, ink_some, (paths, softness, out), len(out) > IMAGES)


@EachThread
def ink_some(thread, pool, paths, softness, out):
    """What one thread does: a few images at a time."""
    x, y, weight, thickness = paths
    n, size, real = x.shape[0], out.shape[1], out.dtype.type
    across, down = np.empty(size, out.dtype), np.empty(size, out.dtype)
    first, last = next_rows(pool, n, IMAGES)
    while first < last:
        for i in range(first, last):
            for p in range(x.shape[1]):
                brush(across, x[i, p], real(1), softness)
                brush(down, y[i, p], weight[i, p], softness)
                add_ink(out[i], down, across)
            cover(out[i].reshape(size * size), thickness[i], softness)
        first, last = next_rows(pool, n, IMAGES)


@inline
def brush(values, middle, weight, softness):
    """values[c] = weight exp(-(c - middle)^2 / (2 s^2)), where that is not negligible.

    Products of two numbers below FAINT could be denormal, which are slow to add up.
    """
    real = values.dtype.type
    for c in range(values.size):
        d = (real(c) - middle) / softness
        value = weight * exp(real(-0.5) * d * d, real)
        values[c] = value if value > real(FAINT) else real(0)


@inline
def add_ink(image, down, across):
    """image += down across^T."""
    for r in range(down.size):
        row, a = image[r], down[r]
        for c in range(across.size):
            row[c] += a * across[c]


@inline
def cover(ink, thickness, softness):
    """The ink gives the distance from the stroke, the distance the covered part."""
    real = ink.dtype.type
    scale = real(1) / (softness * real(math.sqrt(2 * math.pi)))
    for j in range(ink.size):
        most = max(ink[j] * scale, real(1e-30))
        d_squared = real(-2) * softness * softness * real(math.log(most))
        d = real(math.sqrt(max(d_squared, real(0))))
        ink[j] = min(max(thickness / real(2) + real(0.5) - d, real(0)), real(1))
