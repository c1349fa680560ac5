"""The one shape in which every data set of digits is returned."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of digits, their classes, and how they were made where that is known.

    images : (x_train, x_test), float arrays (n, 784) with values in [0, 1]
    labels : (y_train, y_test), int64 arrays (n,) with the classes 0 ... 9
    factors : (f_train, f_test), each a dict of name -> float64 array (n,); None where
        nobody knows how the images came about (MNIST)
    source : "strokes" or "mnist"
    """

    images: tuple[Any, Any]
    labels: tuple[Any, Any]
    factors: tuple[dict[str, Any], dict[str, Any]] | None
    source: str

    def __repr__(self):
        (n_train, d), n_test = self.images[0].shape, len(self.images[1])
        return f"Digits({self.source!r}, n_train={n_train}, n_test={n_test}, d={d})"

    def first(self, n_train=None, n_test=None):
        """The same data set with only the first images of each part (None: all)."""
        cuts = (slice(n_train), slice(n_test))

        def cut(pair):
            return tuple(x[part] for x, part in zip(pair, cuts, strict=True))

        factors = self.factors and tuple(
            {name: values[part] for name, values in f.items()}
            for f, part in zip(self.factors, cuts, strict=True)
        )
        return Digits(cut(self.images), cut(self.labels), factors, self.source)
