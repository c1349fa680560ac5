"""Handwritten-looking digits, drawn by this file: the course's built-in data set.

Like MNIST these are 28x28 images of ten digits, but here we know what made each one.
A digit is a pen path (`skeletons`), disturbed, slanted, fitted to a box and inked:

    control points -> wobble, waist, taper, bend -> aspect, slant, rotation
        -> box of 20 pixels, centre of mass in the middle, translation -> ink

`load_strokes` returns images, labels and the numbers behind each image, which later
lectures plot against what an encoder found. `render` lays the ink and knows nothing
about digits.
"""

import math

import numpy as np

from scratchae.data.dataset import Dataset
from scratchae.data.scaling import OF_BYTES
from scratchae.data.skeletons import N_POINTS, skeleton_tables
from scratchae.nn.backend import ops
from scratchae.pulse import steps
from scratchae.validation import (
    check_choice,
    check_data,
    check_dtype,
    check_number,
    check_random_state,
)

SIZE = 28  # pixels per side
BOX = 20.0  # longer side of a digit in pixels, as MNIST's
CENTRE = 14.0  # row and column of the centre of mass, as MNIST's (pixels count from 0)
SOFTNESS = 0.7  # brush width s in pixels: points 1.5 s apart still make an even line
PRESSURE = 0.35  # amplitude of the log pressure along the pen path
CHUNK = 128  # images drawn at a time, so that the work fits the processor's cache

# Every factor is median + spread z, or median exp(spread z), z a standard normal.
CLIP = 2.5  # largest |z|: keeps digits legible, and all but a few feet on the page
NORMAL = {
    "slant": (8.0, 11.0),
    "rotation": (0.0, 5.0),
    "scale": (0.96, 0.03),
    "translation_x": (0.0, 0.4),
    "translation_y": (0.0, 0.4),
    "waist": (0.0, 0.07),
    "taper": (0.0, 0.3),
    "bend": (0.0, 0.07),
}
LOG_NORMAL = {
    "aspect": (1.12, 0.14),
    "thickness": (2.45, 0.26),
    "wobble": (0.042, 0.35),
}
N_FACTORS = len(NORMAL) + len(LOG_NORMAL)
N_PEN = 2  # phase and frequency of the pressure


def load_strokes(n_train=20_000, n_test=2_000, random_state=0, dtype=np.float32):
    """Draw digits: `Dataset` with (n, 784) images, labels 0 ... 9 and their factors.

    Each ten images in a row are the ten digits, shuffled. The first images do not
    depend on how many are asked for, nor the test images on `n_train`.

    random_state : None, a non-negative int (same int, same bits) or a Generator
    dtype : of the images, float32 or float64 (they are drawn in float32)

    Factors, one number per image, in the order in which they act:
      skeleton       index of the style within the digit's list in `skeletons.STYLES`
      wobble         standard deviation of the control points, in heights of the digit
      waist          how far mid-height is moved down, in heights
      taper          width at the foot minus width at the top, relative to mid-height's
      bend           how far the middle is moved to the right, in heights
      aspect         width of the digit relative to its skeleton, before slanting
      slant          shear to the right, in degrees from the vertical
      rotation       clockwise, in degrees
      scale          longer side of the inked digit, relative to MNIST's 20 pixels
      thickness      width of the pen in pixels; the pressure varies it by about 10 %
      translation_x, translation_y   centre of mass minus 14, in pixels, right and down
    """
    owner = "load_strokes"
    rng = check_random_state(random_state, owner=owner)
    dtype = check_dtype(dtype, owner=owner)
    for size, name in (n_train, "n_train"), (n_test, "n_test"):
        check_number(size, name, owner=owner, low=0, integer=True)
    seeds = rng.integers(2**63, size=(2, 3))
    train = _draw(int(n_train), seeds[0], dtype)
    test = _draw(int(n_test), seeds[1], dtype)
    x, labels, factors = zip(train, test, strict=True)
    return Dataset(x, labels, factors, "strokes", scaling=OF_BYTES)


def vary_strokes(digit, factor, values, random_state=0):
    """One digit, drawn anew at each of the values of one factor : (n, 784), float32.

    All else is drawn once and stays: the style, the other factors, the hand's wobble.
    factor : a name of `load_strokes`, except the skeleton   values : (n,), in its unit
    random_state : None, a non-negative int or a Generator; another hand
    """
    owner = "vary_strokes"
    rng = check_random_state(random_state, owner=owner)
    check_number(digit, "digit", owner=owner, low=0, high=9, integer=True)
    check_choice(factor, "factor", (*NORMAL, *LOG_NORMAL), owner=owner)
    values = check_data(np.reshape(values, (-1, 1)), "values", owner=owner)
    noise = _noise(rng, 1)
    style, _ = _choose_styles(np.array([digit]), rng.random(1))
    f = _factors(noise[:, :N_FACTORS])
    f = {name: np.full_like(values, value[0]) for name, value in f.items()}
    f[factor] = values
    pen = np.repeat(noise[:, N_FACTORS:], len(values), axis=0)
    return _draw_chunk(np.repeat(style, len(values)), f, pen).reshape(len(values), -1)


def render(points_x, points_y, weight, thickness):
    """Ink pen paths (n, p) on pages of 28 x 28 pixels: see `formulas/brush.py`."""
    _check_shapes(points_x, points_y, weight, thickness)
    return ops.render(points_x, points_y, weight, thickness, SIZE, SOFTNESS)


def _check_shapes(points_x, points_y, weight, thickness):
    shapes = points_x.shape, points_y.shape, weight.shape, thickness.shape
    n_p = points_x.shape
    if len(n_p) != 2 or shapes != (n_p, n_p, n_p, n_p[:1]):
        raise ValueError(
            "render expects points_x, points_y, weight of shape (n, p) and thickness "
            f"of shape (n,). Got {', '.join(map(str, shapes))} instead."
        )


def _draw(n, seeds, dtype):
    """Images (n, 784), labels (n,) and factors of one split.

    Labels, styles and noise have a stream each, read image by image, and only whole
    chunks are drawn: that is why the first images do not depend on n, to the last bit.
    """
    label_rng, style_rng, noise_rng = map(np.random.default_rng, seeds)
    full = math.ceil(n / CHUNK) * CHUNK
    tens = np.tile(np.arange(10), (math.ceil(full / 10), 1))
    labels = label_rng.permuted(tens, axis=1).ravel()[:full]  # (full,)
    style, skeleton = _choose_styles(labels, style_rng.random(full))
    noise = _noise(noise_rng, full)
    factors = {"skeleton": skeleton, **_factors(noise[:, :N_FACTORS])}
    images = np.empty((n, SIZE * SIZE), dtype)
    for start in steps(range(0, n, CHUNK), "drawing digits", "images"):
        part = slice(start, start + CHUNK)
        f = {name: value[part, None].astype("f4") for name, value in factors.items()}
        chunk = _draw_chunk(style[part], f, noise[part, N_FACTORS:])
        images[part] = chunk.reshape(CHUNK, -1)[: n - start]
    factors = {name: value[:n].copy() for name, value in factors.items()}
    return images, labels[:n].copy(), factors


def _noise(rng, n):
    """What is drawn of n images: the factors, the pen and the jitter of each control
    point's x and y, all standard normal : (n, N_FACTORS + N_PEN + 2 c)."""
    c = skeleton_tables().control.shape[1]
    return rng.standard_normal((n, N_FACTORS + N_PEN + 2 * c), dtype=np.float32)


def _choose_styles(labels, u):
    """Row in the skeleton tables, and index within the digit, from uniform u : (n,)."""
    tables = skeleton_tables()
    skeleton = np.empty(len(labels))
    for d in range(10):
        edges = np.cumsum(tables.share[tables.digit == d])[:-1]
        skeleton[labels == d] = np.searchsorted(edges, u[labels == d])
    first = np.searchsorted(tables.digit, labels)
    return first + skeleton.astype(int), skeleton


def _factors(z):
    """The factors from standard normal z : (n, N_FACTORS)."""
    z = iter(z.T.clip(-CLIP, CLIP).astype(np.float64))
    factors = {name: m + s * next(z) for name, (m, s) in NORMAL.items()}
    for name, (m, s) in LOG_NORMAL.items():
        factors[name] = m * np.exp(s * next(z))
    return factors


def _draw_chunk(style, f, noise):
    """Images (n, 28, 28) from styles (n,), factors (n, 1) each, and further noise."""
    tables = skeleton_tables()
    pen, jitter = noise[:, :N_PEN], noise[:, N_PEN:].reshape(len(style), -1, 2)
    jitter = jitter + np.roll(jitter, 1, axis=1) + np.roll(jitter, 2, axis=1)
    wobble = f["wobble"][:, None] * jitter / math.sqrt(3)  # neighbours move alike
    control = _disturb(tables.control[style] + wobble, f)  # (n, c, 2)
    points = tables.position[style] @ control  # (n, p, 2)
    length = np.linalg.norm(tables.slope[style] @ control, axis=2)  # (n, p)
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    zoom = (BOX * f["scale"] - f["thickness"]) / (high - low).max(axis=2)  # (n, 1)
    weight = length * zoom * _pressure(pen)  # (n, p)
    width = f["thickness"][:, 0]
    boxed = (points - (low + high) / 2) * zoom[..., None] + CENTRE  # (n, p, 2)
    x, y = boxed[..., 0], boxed[..., 1]  # a trial, to find the centre of mass
    mass_x, mass_y = _centre_of_mass(render(x, y, weight, width))  # (n, 1) each
    x = x + (CENTRE - mass_x + f["translation_x"])
    y = y + (CENTRE - mass_y + f["translation_y"])
    return render(x, y, weight, width)


def _disturb(control, f):
    """Shape the control points (n, c, 2) of one digit each as its factors say."""
    x, y = control[..., 0] - 0.35, control[..., 1] - 0.5  # (n, c), middle at 0
    hump = 1 - 4 * y**2  # 1 at mid-height, 0 at top and foot
    x = x * (1 + f["taper"] * y) + f["bend"] * hump
    y = y + f["waist"] * hump
    x = x * f["aspect"]
    x = x - np.tan(np.radians(f["slant"])) * y  # y points down
    angle = np.radians(f["rotation"])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def _pressure(pen):
    """Smooth pressure around 1 along the pen path, (n, p), from normal (n, 2)."""
    phase, frequency = pen[:, :1], 0.5 + 0.5 * np.abs(pen[:, 1:])  # (n, 1), in turns
    t = (np.arange(N_POINTS, dtype=pen.dtype) + 0.5) / N_POINTS  # (p,)
    return np.exp(PRESSURE * np.cos(2 * math.pi * (phase + frequency * t)))


def _centre_of_mass(images):
    """Mean column and row of the ink, (n, 1) each."""
    total = images.sum(axis=(1, 2))[:, None]  # (n, 1)
    index = np.arange(SIZE, dtype=images.dtype)
    columns, rows = images.sum(axis=1), images.sum(axis=2)  # (n, 28) each
    return (columns @ index)[:, None] / total, (rows @ index)[:, None] / total
