"""Weights in few bits: whole numbers times one scale for each unit of a layer.

    W_ij ~ s_j q_ij,    s_j = max_i |W_ij| / m,    |q_ij| <= m = 2^(bits - 1) - 1

With a scale for each pixel a dark corner is not rounded as coarsely as the middle of
the picture. A unit's weights are rounded one after the other, each up or down so that
it undoes what those before it did to the unit's sum: that sum is what is looked at.

Source: the greedy rounding of Lybrand & Saab 2021, with weights kept beside their
nearest numbers.
"""

import base64

import numpy as np

FLOATS = 4096  # matrices with no more numbers than that stay 32-bit floats
FLOAT_BITS = 32
MOST_BITS = 16
COLUMN_STEPS = 2**16 - 1  # between a column's ends


def rounded(W, bits, h):
    """Whole numbers q : (d_in, d_out) and scales s : (d_out,) with h W ~ h (q s).

    W : (d_in, d_out)   h : (n, d_in), what the layer is likely to be given
    A number is at most 1 away from the nearest one, whatever h is.
    """
    W, h = W.astype(np.float64), h.astype(np.float64)
    m = 2 ** (bits - 1) - 1
    scale = (np.abs(W).max(axis=0) / m).astype(np.float32).astype(np.float64)
    scale = np.where(scale == 0, 1.0, scale)
    q, error = np.empty(W.shape), np.zeros((len(h), W.shape[1]))  # error : of h W
    for i, w in enumerate(W):
        norm = h[:, i] @ h[:, i]
        undone = w + (h[:, i] @ error / norm if norm > 0 else 0)
        nearest = np.rint(w / scale)
        q[i] = np.rint(undone / scale).clip(nearest - 1, nearest + 1).clip(-m, m)
        error += np.outer(h[:, i], w - q[i] * scale)
    return q.astype(np.int64), scale


def matrix(W, bits, h):
    """A weight matrix for a page, unit after unit, and what it says there.

    Returns a dict ready for JSON and W as it is stored : (d_in, d_out), float64.
    """
    shape = {"d_in": W.shape[0], "d_out": W.shape[1]}
    if W.size <= FLOATS:
        stored = W.astype(np.float32).astype(np.float64)
        return shape | {"bits": FLOAT_BITS, "W": floats(W.T)}, stored
    q, scale = rounded(W, bits, h)
    units = packed(q.T + (2 ** (bits - 1) - 1), bits)
    told = shape | {"bits": bits, "W": as_text(units), "scale": floats(scale)}
    return told, q * scale


def packed(q, bits):
    """Non-negative whole numbers of so many bits, one after the other : bytes.

    The highest bit of each comes first; zeros fill the last byte.
    """
    shifts = np.arange(bits - 1, -1, -1)
    return np.packbits((q.ravel()[:, None] >> shifts & 1).astype(np.uint8)).tobytes()


def columns(x):
    """Numbers x : (n, c) in 16 bits, each column between its ends; ready for JSON.

        x_ij ~ low_j + step_j q_ij
    """
    x = np.asarray(x, np.float64)
    low, high = x.min(axis=0), x.max(axis=0)
    step = np.where(high > low, (high - low) / COLUMN_STEPS, 1.0)
    q = np.rint((x - low) / step).astype("<u2")
    return {"n": len(x), "low": low.tolist(), "step": step.tolist(),
            "values": as_text(q.tobytes())}


def column_error(x):
    """By how much `columns` differ from x : (n, c), at most: half the widest step."""
    return float(np.ptp(np.asarray(x, np.float64), axis=0).max() / COLUMN_STEPS / 2)


def floats(x):
    """Numbers as base64 of little-endian 32-bit floats, in C order."""
    return as_text(np.ascontiguousarray(x, "<f4").tobytes())


def as_text(data):
    """Bytes in base64."""
    return base64.b64encode(data).decode()
