"""From one code to another: the way that decoding shows (slides S28-S31)."""

import numpy as np

from scratchae.constraints import Choice, check_table, whole
from scratchae.validation import check_data

OWNER = "interpolate"
WAYS = ("linear", "spherical")
OPPOSITE = 1e-6  # rad from pi, or nearer: no arc is shorter than the others


def interpolate(a, b, n=10, way="linear"):
    """n codes from a to b, both ends among them.  a, b : (k,).  Returns (n, k).

        linear     (1 - t) a + t b,   t = 0, 1 / (n - 1), ..., 1
        spherical  r (sin((1 - t) w) u + sin(t w) v) / sin w

    with u = a / |a|, v = b / |b|, w the angle between them and r = (1 - t) |a| + t |b|.
    Half-way between two draws from N(0, I_k) the straight line is sqrt(2) times nearer
    to 0 than either: in many dimensions, where hardly any code lies. The arc keeps the
    length. Images are interpolated as codes are, by (d,) arrays.

    A zero vector has no direction, and parallel ones have no arc between them: both
    give the straight line. Raises ValueError for opposite directions, between which
    all half circles are as short.
    Source: Shoemake 1985 (the arc); White 2016 (for codes).
    """
    check_table({"n": whole(2), "way": Choice(WAYS)}, {"n": n, "way": way}, OWNER)
    a, b = _vector(a, "a"), _vector(b, "b")
    if len(a) != len(b):
        raise ValueError(f"{OWNER} got a of {len(a)} numbers and b of {len(b)}")
    t = np.linspace(0, 1, n)[:, None]                          # (n, 1)
    lengths = _length(a), _length(b)
    if way == "linear" or 0 in lengths:
        return (1 - t) * a + t * b
    u, v = a / lengths[0], b / lengths[1]
    # the arccos of u v would lose half the digits of a small angle
    w = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if w > np.pi - OPPOSITE:
        raise ValueError(f"{OWNER}: a and b point in opposite directions; expected "
                         "way='linear', or a code between them")
    # np.sinc(x) is sin(pi x) / (pi x), which is 1 at 0: parallel vectors need no case
    u_part, v_part = ((1 - s) * np.sinc((1 - s) * w / np.pi) for s in (t, 1 - t))
    r = (1 - t) * lengths[0] + t * lengths[1]
    return r * (u_part * u + v_part * v) / np.sinc(w / np.pi)


def _length(v):
    """|v|, where its squares may leave the range of numbers too."""
    size = np.abs(v).max()
    return size * np.linalg.norm(v / size) if size else 0.0


def _vector(values, name):
    if np.ndim(values) != 1:
        raise ValueError(f"{OWNER} expects one code, {name} : (k,); got the shape "
                         f"{np.shape(values)}")
    return check_data([values], name, owner=OWNER, dtype=np.float64)[0]
