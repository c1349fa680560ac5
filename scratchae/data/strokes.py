"""Handwritten-looking digits, drawn by this file: the course's built-in data set.

Like MNIST these are 28x28 images of ten digits, but here we know what made each one.
A digit is a pen path (`skeletons`), disturbed, slanted, fitted to a box and inked:

    control points -> wobble, bend, waist -> aspect, slant, rotation
                   -> 20-px box, centre of mass in the middle, translation -> ink

`load_strokes` returns images, labels, and the numbers behind each image, which later
lectures plot against what an encoder found. The renderer is one pure function.
"""

import numpy as np

from scratchae.data.digits import Digits
from scratchae.data.skeletons import N_POINTS, skeleton_tables
from scratchae.validation import check_number, check_random_state

SIZE = 28  # pixels per side, as in MNIST
BOX = 20.0  # the digit's longer side in pixels, as in MNIST
CENTRE = 14.0  # centre of mass as pixel index, as in MNIST
SOFTNESS = 0.7  # s of the brush in pixels: below a pen's radius, above half a spacing
CHUNK = 500  # images drawn at a time: bounds the memory, does not change the result
PRESSURE = 0.35  # amplitude of log pressure along the pen path
CLIP = 2.5  # a factor stays within this many standard deviations

# name: (mean, standard deviation); see `load_strokes` for meanings and units
FACTORS = {
    "slant": (8.0, 11.0),
    "rotation": (0.0, 5.0),
    "scale": (0.96, 0.03),
    "aspect": (1.12, 0.14),
    "thickness": (2.35, 0.26),
    "translation_x": (0.0, 0.4),
    "translation_y": (0.0, 0.4),
    "bend": (0.0, 0.07),
    "waist": (0.0, 0.07),
    "taper": (0.0, 0.15),
    "wobble": (0.03, 0.3),
}
LOG_NORMAL = (
    "aspect",
    "thickness",
    "wobble",
)  # mean is the median, std that of the log


def load_strokes(n_train=20_000, n_test=2_000, random_state=0, dtype=np.float32):
    """Draw handwritten-looking digits.  Returns a `Digits` with source "strokes"."""
    owner = "load_strokes"
    rng = check_random_state(random_state, owner=owner)
    sizes = [
        check_number(n, name, owner=owner, low=0, integer=True)
        for n, name in ((n_train, "n_train"), (n_test, "n_test"))
    ]
    parts = [
        _draw(n, seeds, dtype)
        for n, seeds in zip(sizes, rng.integers(2**63, size=(2, 3)))
    ]
    return Digits(*zip(*parts), source="strokes")


def render(points_x, points_y, weight, thickness):
    s = SOFTNESS
    grid = np.arange(SIZE, dtype=points_x.dtype)[:, None]  # (28, 1)
    a = -0.5 / s**2
    gx = np.exp(a * (grid - points_x[:, None, :]) ** 2)  # (n, 28, p)
    gy = np.exp(a * (grid - points_y[:, None, :]) ** 2)
    gy *= weight[:, None, :] / (np.sqrt(2 * np.pi) * s)
    ink = gy @ gx.transpose(0, 2, 1)  # (n, 28, 28)
    np.maximum(ink, 1e-30, out=ink)
    distance = np.sqrt(np.maximum(-2 * s**2 * np.log(ink), 0))
    return np.clip(thickness[:, None, None] / 2 + 0.5 - distance, 0, 1)


def _draw(n, seeds, dtype):
    label_rng, style_rng, noise_rng = map(np.random.default_rng, seeds)
    blocks = np.tile(np.arange(10), (-(-n // 10), 1))
    labels = label_rng.permuted(blocks, axis=1).ravel()[:n]
    control, position, slope, digit, share = skeleton_tables()
    cum = np.cumsum(share) - digit
    style = np.searchsorted(np.cumsum(share), labels + style_rng.random(n) * 0.999999)
    style = np.minimum(style, len(digit) - 1)
    assert (digit[style] == labels).all()
    c = control.shape[1]
    noise = noise_rng.standard_normal((n, len(FACTORS) + 2 + 2 * c), dtype=np.float32)
    factors = {}
    for k, (name, (mean, std)) in enumerate(FACTORS.items()):
        z = noise[:, k].clip(-CLIP, CLIP).astype(float)
        factors[name] = mean * np.exp(std * z) if name in LOG_NORMAL else mean + std * z
    first = np.searchsorted(digit, np.arange(10))
    images = np.empty((n, SIZE * SIZE), dtype)
    for i in range(0, n, CHUNK):
        j = slice(i, i + CHUNK)
        f = {k: v[j].astype(np.float32) for k, v in factors.items()}
        images[j] = _chunk(style[j], f, noise[j, len(FACTORS) :]).reshape(
            -1, SIZE * SIZE
        )
    factors["skeleton"] = (style - first[labels]).astype(float)
    return images, labels, factors


def _chunk(style, f, noise):
    control, position, slope, *_ = skeleton_tables()
    n = len(style)
    P = control[style] - np.float32([0.35, 0.5])  # (n, c, 2)
    P = P + f["wobble"][:, None, None] * noise[:, 2:].reshape(n, -1, 2)
    x, y = P[..., 0], P[..., 1]
    g = {k: v[:, None] for k, v in f.items()}
    y = y + g["waist"] * (1 - 4 * y**2)
    x = x * (1 + 2 * g["taper"] * y) + g["bend"] * (1 - 4 * y**2)
    x = x * g["aspect"]
    x = x - np.tan(np.radians(g["slant"])) * y
    cos, sin = np.cos(np.radians(g["rotation"])), np.sin(np.radians(g["rotation"]))
    x, y = cos * x + sin * y, cos * y - sin * x
    xy = np.stack([x, y], 2)
    p, d = position[style] @ xy, slope[style] @ xy
    t = (np.arange(N_POINTS, dtype=np.float32) + 0.5) / N_POINTS
    phase = noise[:, :1]
    freq = 0.5 + 0.5 * np.abs(noise[:, 1:2])
    l = np.hypot(d[..., 0], d[..., 1])
    w = l * np.exp(
        PRESSURE * np.cos(2 * np.pi * (freq * t + phase))
    )
    extent = (p.max(1) - p.min(1)).max(1)
    zoom = (BOX * f["scale"] - f["thickness"]) / extent
    p, w = p * zoom[:, None, None], w * zoom[:, None]
    com = (l[..., None] * p).sum(1) / l.sum(1)[:, None]
    p = p - com[:, None] + CENTRE
    return render(
        p[..., 0] + g["translation_x"],
        p[..., 1] + g["translation_y"],
        w,
        f["thickness"],
    )
