"""Scaling of data: what was done to the numbers of a file, and how it is undone.

    x = (raw - shift) / scale        raw = shift + scale x

Images are divided by their largest possible value, 255 for 8 bits, 65535 for 16, where
their numbers tell it; a table's columns are standardised, or brought to [0, 1], by what
the training rows are like.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scratchae.data.statistics import are_whole, deviations

SCALES = ("standard", "minmax", "none")
EIGHT_BITS = 255.0
MORE_BITS = (1023.0, 4095.0, 16383.0, 65535.0)  # 10, 12, 14 and 16 of them
FEW_LEVELS = 16  # the largest of scikit-learn's digits, and no dark picture of 8 bits


@dataclass(frozen=True, eq=False)
class Scaling:
    """Shift and scale, numbers or one per column.

    kind : "none", "pixels", "standard" or "minmax"
    shift, scale : floats, or float64 arrays (d,); scale is never 0
    ends : numbers of the file that are drawn as 0 and 1; None: x is drawn as it is
    """

    kind: str = "none"
    shift: Any = 0.0
    scale: Any = 1.0
    ends: Any = None

    def apply(self, raw, dtype=np.float32):
        """x : (n, d) of the dtype from the numbers of a file."""
        if self.kind == "none":
            return np.asarray(raw, dtype)
        if np.ndim(self.shift) == 0 and raw.dtype.itemsize < 4:  # small numbers: no
            x = raw.astype(dtype)                                # float64 between
            x -= x.dtype.type(self.shift)
            x /= x.dtype.type(self.scale)
            return x
        return ((raw - self.shift) / self.scale).astype(dtype)

    def restore(self, x):
        """The units of the file from x : (n, d)."""
        if self.kind == "none":
            return np.asarray(x)
        return self.shift + self.scale * np.asarray(x, np.float64)

    @property
    def of_pictures(self):
        """The `Scaling` to x from pictures in [0, 1]; None: x is drawn as it is."""
        if self.ends is None:
            return None
        low, high = self.ends
        return Scaling("standard", (self.shift - low) / (high - low),
                       self.scale / (high - low))

    def drawn(self, x):
        """Pictures of images x : (n, d), whatever was done to each of their pixels."""
        pictures = self.of_pictures
        return x if pictures is None else pictures.restore(x).clip(0, 1)

    def __str__(self):
        """What was done, in a few words."""
        if self.kind == "pixels":
            return (f"divided by {self.scale:g}" if self.shift == 0 else
                    f"{self.shift:g} subtracted, then divided by {self.scale:g}")
        return {"none": "as they are", "standard": "columns standardised",
                "minmax": "columns brought to [0, 1]"}[self.kind]

    def described(self):
        """What a checkpoint says of it, ready for JSON."""
        parts = {"shift": self.shift, "scale": self.scale}
        parts |= {} if self.ends is None else {"ends": self.ends}
        return {"kind": self.kind} | {n: np.asarray(v).tolist()
                                      for n, v in parts.items()}

    @classmethod
    def from_description(cls, described):
        """The scaling that `described` told of."""
        parts = (np.asarray(described[n], np.float64) for n in ("shift", "scale"))
        parts = [p if p.ndim else float(p) for p in parts]
        return cls(described["kind"], *parts, described.get("ends"))


OF_BYTES = Scaling("pixels", 0.0, EIGHT_BITS)


def usual_scaling(raw, parts):
    """The `Scaling` of numbers that have one unit; None where columns have their own.

    It looks at both parts, and so the split does not matter.
    raw : `Raw`   parts : its training and its test `Part`
    """
    if raw.pictures:
        return OF_BYTES
    low = float(np.fmin.reduce([part.known.low for part in parts], axis=None))
    high = float(np.fmax.reduce([part.known.high for part in parts], axis=None))
    if raw.columns is None and not (low < 0 or high > 1):  # nor where there is none
        return Scaling()
    if not raw.shape:
        return None
    dtype = raw.x[0].dtype
    whole = high > EIGHT_BITS and (
        dtype.kind in "iu" or all(are_whole(part.x) for part in parts))
    return _of_pixels(low, high, dtype == np.uint8, whole)


def _of_pixels(low, high, bytes_, whole):
    """The `Scaling` of images whose least and largest numbers are low and high.

    They are divided by 255 if the largest is nearly that, bytes unless they have 17
    levels or fewer; whole numbers beyond by the largest of 10, 12, 14 or 16 bits, so
    that other images of the camera may be brighter; what is left by its own largest.
    What is negative is brought to [0, 1].
    """
    least = FEW_LEVELS if bytes_ else EIGHT_BITS / 2
    if low >= 0 and least < high <= EIGHT_BITS:
        high = EIGHT_BITS
    elif low >= 0 and whole and EIGHT_BITS < high:
        high = next((most for most in MORE_BITS if high <= most), high)
    low = min(low, 0.0)
    return Scaling("pixels", low, (high - low) or 1.0)


def learned_scaling(kind, usual, parts, shape):
    """The `Scaling` of a kind, learned from the training rows; of no kind the usual.

    Where all rows are for testing it is learned from these. Images are drawn as those
    of the usual scaling, whatever their own is.
    usual : of `usual_scaling`; where it is None, no kind is "standard"
    """
    if kind is None and usual is not None:
        return usual
    training, test = parts
    scaling = _learned(kind or "standard", training if len(training.x) else test)
    if not shape:
        return scaling
    return replace(scaling, ends=(usual.shift, usual.shift + usual.scale))


def _learned(kind, part):
    """Of a column with one value only the scale is 1, and so it becomes 0."""
    if kind == "none":
        return Scaling()
    known = part.known
    if kind == "standard":
        shift, scale = known.mean, deviations(part.x, known)
    else:
        shift, scale = known.low, known.high - known.low
    empty = np.isnan(known.low)
    scale = np.where(known.constant, 1.0, scale)
    shift = np.where(known.constant, known.low, shift)
    return Scaling(kind, np.where(empty, 0.0, shift), scale)
