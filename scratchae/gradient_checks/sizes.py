"""The sizes at which gradients are checked.

All different, a transposed or misplaced axis cannot hide; all equal, it can only be a
missing transpose that does, which no error of shapes will tell.
"""

from typing import NamedTuple


class Sizes(NamedTuple):
    """n images, d pixels, h hidden and k code units, two more widths, c classes."""

    n: int
    d: int
    h: int
    k: int
    wide: int
    wider: int
    c: int


DIFFERENT = Sizes(n=5, d=7, h=6, k=4, wide=9, wider=10, c=3)
SIZES = {
    "different": DIFFERENT,
    "equal": Sizes(*[4] * 7),
    "repeated": Sizes(n=6, d=4, h=6, k=4, wide=6, wider=4, c=4),
    "narrow": Sizes(n=6, d=1, h=1, k=1, wide=1, wider=1, c=2),
    "one_image": Sizes(n=1, d=6, h=5, k=3, wide=5, wider=6, c=3),
}
