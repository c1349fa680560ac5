"""Scaling of data: what was done to the numbers of a file, and how it is undone.

    x = (raw - shift) / scale        raw = shift + scale x

Images are divided by their largest possible value, 255 for 8 bits; a table's columns
are standardised, or brought to [0, 1], by what the training rows are like.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Scaling:
    """Shift and scale, numbers or one per column.

    kind : "none", "pixels", "standard" or "minmax"
    shift, scale : floats, or float64 arrays (d,); scale is never 0
    """

    kind: str = "none"
    shift: Any = 0.0
    scale: Any = 1.0

    def apply(self, raw, dtype=np.float32):
        """x : (n, d) of the dtype from the numbers of a file."""
        if self.kind == "none":
            return np.asarray(raw, dtype)
        return ((raw - self.shift) / self.scale).astype(dtype)

    def restore(self, x):
        """The units of the file from x : (n, d)."""
        if self.kind == "none":
            return np.asarray(x)
        return self.shift + self.scale * np.asarray(x, np.float64)

    def described(self):
        """What a checkpoint says of it, ready for JSON."""
        parts = {"shift": self.shift, "scale": self.scale}
        return {"kind": self.kind} | {n: np.asarray(v).tolist()
                                      for n, v in parts.items()}

    @classmethod
    def from_description(cls, described):
        """The scaling that `described` told of."""
        parts = (np.asarray(described[n], np.float64) for n in ("shift", "scale"))
        return cls(described["kind"], *(p if p.ndim else float(p) for p in parts))
