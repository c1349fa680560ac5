"""How the ten digits are written: pen paths through control points.

A style is a share (how often it is used within its class) and one string per stroke
of the pen. A stroke lists control points "x,y" in hundredths of the digit's height,
x to the right and y down. The curve goes smoothly through them (Catmull-Rom), except
that a point written twice is a sharp corner.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

N_POINTS = 64  # points along each drawn digit; about 1 px apart in a 20-px digit

STYLES = {
    0: [
        (0.4, "42,2 20,10 6,34 6,66 20,92 42,98 64,88 73,62 71,32 60,9 40,2 28,5"),
        (0.2, "60,8 42,1 18,14 5,45 11,82 36,98 62,84 71,48 60,16 40,6 27,14 40,22"),
        (0.2, "24,8 8,30 6,62 23,95 50,96 70,70 70,32 52,6 28,2"),
        (0.2, "56,0 30,6 8,34 8,70 28,97 54,92 71,62 67,24 46,6 20,6"),
    ],
    1: [
        (0.66, "30,0 30,50 30,100"),
        (0.16, "34,0 33,30 30,65 24,100"),
        (0.11, "12,24 24,14 34,1 34,1 33,33 32,67 32,100"),
        (0.07, "10,24 22,15 34,1 34,1 33,33 32,67 32,99", "8,100 32,99 58,98"),
    ],
    2: [
        (0.3, "8,22 22,4 46,2 60,18 52,44 30,72 6,97 6,97 24,95 46,95 68,94"),
        (0.3, "8,24 24,4 50,4 60,26 48,56 26,86 8,95 4,84 18,80 36,91 54,97 74,90"),
        (0.2, "4,8 24,5 44,6 64,6 64,6 44,36 24,66 4,96 4,96 26,96 48,96 70,94"),
        (0.2, "10,26 18,7 40,0 58,14 52,42 32,70 12,90 20,95 44,92 70,96"),
    ],
    3: [
        (0.3, "8,12 30,0 54,8 56,28 40,43 22,47 22,47 46,50 64,68 56,90 30,100 4,88"),
        (0.3, "8,14 28,1 52,6 56,26 40,42 26,47 34,52 50,52 64,68 58,89 34,100 6,90"),
        (0.2, "8,4 34,3 60,4 60,4 44,22 26,42 26,42 52,47 64,68 54,92 28,99 4,90"),
        (0.2, "6,8 30,2 56,10 52,32 32,46 52,56 64,76 48,96 24,100 0,94"),
    ],
    4: [
        (0.3, "14,2 9,28 4,56 4,56 26,56 48,54 70,52", "58,0 56,34 52,68 48,100"),
        (0.2, "50,2 27,32 2,64 2,64 26,65 50,64 74,62", "50,2 50,35 50,68 48,100"),
        (0.1, "10,2 5,26 10,46 28,52 48,44 60,28", "64,0 60,34 55,68 50,100"),
        (0.1, "16,4 8,28 8,48 26,53 46,44 58,24 63,4 63,4 59,36 54,68 50,100"),
        (0.3, "46,0 26,32 4,62 4,62 28,60 52,58 78,56", "56,34 52,56 48,78 44,100"),
    ],
    5: [
        (0.3, "18,4 14,24 10,44 10,44 34,38 58,50 60,76 38,98 6,92", "18,4 42,4 66,2"),
        (0.2, "62,6 38,2 20,10 16,30 30,43 50,54 58,74 46,94 24,99 2,90"),
        (0.3, "64,3 41,4 18,5 18,5 14,24 11,44 11,44 34,39 58,52 58,78 36,98 6,94"),
        (0.2, "24,8 18,28 14,46 14,46 34,42 50,56 46,82 26,98 4,90", "24,8 50,4 78,0"),
    ],
    6: [
        (0.3, "52,0 28,20 10,50 8,78 24,98 48,94 58,74 44,56 22,60 10,76"),
        (0.3, "36,0 20,28 10,58 12,84 30,99 52,90 56,68 38,56 20,64 12,80"),
        (0.2, "62,10 44,2 22,18 8,50 12,84 34,99 58,86 58,64 40,52 18,60 8,74"),
        (0.2, "48,0 26,30 12,62 16,90 36,98 52,84 46,68 30,68 14,84"),
    ],
    7: [
        (0.35, "4,8 24,7 44,6 64,4 64,4 48,34 34,66 24,100"),
        (0.15, "4,24 8,8 8,8 26,7 45,6 64,4 64,4 50,34 38,66 30,100"),
        (0.15, "4,8 24,7 44,6 64,4 64,4 48,34 34,66 24,100", "16,54 36,52 58,49"),
        (0.2, "4,10 30,2 56,5 58,24 46,50 34,76 26,100"),
        (0.15, "2,8 22,7 42,5 62,4 62,4 56,36 50,68 46,100"),
    ],
    8: [
        (0.3, "58,13 38,2 17,12 18,32 38,48 57,66 55,88 32,99 11,87 15,66 57,28 59,13"),
        (0.3, "38,2 17,12 19,34 40,50 59,70 51,94 28,98 9,84 17,62 57,26 54,8 36,2"),
        (0.2, "36,2 16,11 16,33 34,45 54,33 54,11 34,2",
              "34,45 11,58 9,86 34,99 59,86 57,58 34,45"),
        (0.2, "64,4 40,2 18,16 22,36 44,54 58,76 44,97 20,96 8,78 22,56 46,34 66,10"),
    ],
    9: [
        (0.3, "58,16 40,2 16,8 6,30 20,48 44,42 59,14 59,14 57,43 54,72 52,100"),
        (0.2, "58,18 36,3 12,16 10,40 32,50 52,36 60,14 61,48 54,82 34,99 8,92"),
        (0.3, "56,10 34,4 12,20 12,42 32,48 52,30 60,6 60,6 49,38 39,69 30,100"),
        (0.2, "56,24 42,4 18,6 6,28 18,48 42,46 57,26", "60,4 57,36 54,68 52,100"),
    ],
}


def catmull_rom(control, u):
    """Smooth curve through control points: at u = i it is at control[i].

    Between P1 and P2, with t = u - i and the neighbours P0 and P3 (beyond an end, the
    mirror image of the inner neighbour),

        p(t) = P1 + (P2 - P0) t/2 + (2 P0 - 5 P1 + 4 P2 - P3) t^2/2
                  + (3 P1 - P0 - 3 P2 + P3) t^3/2.

    control : (m, c), m >= 2   u : (p,) in [0, m - 1]
    Returns position and derivative dp/du, both (p, c).  Catmull and Rom (1974).
    """
    first, last = 2 * control[0] - control[1], 2 * control[-1] - control[-2]
    P = np.vstack([first, control, last])  # (m + 2, c)
    i = np.minimum(u.astype(int), len(control) - 2)
    t = (u - i)[:, None]  # (p, 1)
    P0, P1, P2, P3 = P[i], P[i + 1], P[i + 2], P[i + 3]  # (p, c) each
    a, b, c = (P2 - P0) / 2, P0 - 2.5 * P1 + 2 * P2 - P3 / 2, (P3 - P0) / 2
    c = c + 1.5 * (P1 - P2)
    return P1 + t * (a + t * (b + t * c)), a + t * (2 * b + 3 * t * c)


class Tables(NamedTuple):
    """All s styles as arrays, so that any batch of digits is drawn with one product.

    A curve is linear in its control points: points = position @ control, and the
    tangent, whose length is the piece of stroke a point stands for, slope @ control.
    control : (s, c, 2), padded with zeros to the c points of the longest
    position, slope : (s, p, c), all three float32
    digit, share : (s,), which digit a style writes, and how often
    """

    control: Any
    position: Any
    slope: Any
    digit: Any
    share: Any


@cache
def skeleton_tables():
    """The `Tables` of all STYLES."""
    digits, shares, read = [], [], []
    for digit, styles in STYLES.items():
        for share, *strokes in styles:
            digits.append(digit)
            shares.append(share)
            read.append(_read_strokes(strokes))
    most = max(len(control) for control, _ in read)
    controls, positions, slopes = [], [], []
    for control, pieces in read:
        padding = (0, most - len(control))
        position, slope = _curve_matrices(control, pieces)
        controls.append(np.pad(control, (padding, (0, 0))))
        positions.append(np.pad(position, ((0, 0), padding)))
        slopes.append(np.pad(slope, ((0, 0), padding)))
    control, position, slope = (
        np.array(table, np.float32) for table in (controls, positions, slopes)
    )
    return Tables(control, position, slope, np.array(digits), np.array(shares))


def _read_strokes(strokes):
    """Control points (c, 2), and index lists of the smooth pieces between corners."""
    control, pieces = [], []
    for stroke in strokes:
        pieces.append([])
        for word in stroke.split():
            point = [float(v) / 100 for v in word.split(",")]
            if pieces[-1] and point == control[-1]:  # a corner: both pieces share it
                pieces.append([len(control) - 1])
            else:
                pieces[-1].append(len(control))
                control.append(point)
    return np.array(control), pieces


def _curve_matrices(control, pieces):
    """Matrices (p, c) from control points to curve points and to their tangents.

    The points stand in the middle of equal lengths of the undisturbed curve.
    """
    eye = np.eye(len(control))
    fine = [np.linspace(0, len(piece) - 1, 50 * len(piece)) for piece in pieces]
    arcs = [_arc_length(control[p], u) for p, u in zip(pieces, fine, strict=True)]
    counts = _apportion(np.array([arc[-1] for arc in arcs]), N_POINTS)
    positions, slopes = [], []
    for piece, u, arc, count in zip(pieces, fine, arcs, counts, strict=True):
        middle = (np.arange(count) + 0.5) / count * arc[-1]
        at = np.interp(middle, arc, u)
        position, slope = catmull_rom(eye[piece], at)
        speed = np.linalg.norm(slope @ control, axis=1, keepdims=True)
        positions.append(position)
        slopes.append(slope / speed * arc[-1] / count)
    return np.vstack(positions), np.vstack(slopes)


def _arc_length(control, u):
    """Length of the curve from its start to each u : (p,)."""
    points, _ = catmull_rom(control, u)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.append(0, np.cumsum(steps))


def _apportion(lengths, total):
    """Whole numbers proportional to lengths that sum to total (largest remainders)."""
    exact = lengths / lengths.sum() * total
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact)[: total - counts.sum()]] += 1
    return counts
