"""Corruptions: what a denoising autoencoder is to undo (slide S18).

Each has `corrupt(x, rng)`, a corrupted copy of x : (n, d). One's own is an object with
that method.
"""

from scratchae.memory import recycled
from scratchae.nn.backend import ops


class Corruption:
    """One of a level."""

    def __init__(self, level):
        self.level = level


class GaussianNoise(Corruption):
    """x + level * N(0, 1)."""

    def corrupt(self, x, rng):
        """A noisy copy of x : (n, d)."""
        normal = rng.standard_normal(out=recycled(x.shape, x.dtype), dtype=x.dtype)
        return ops.add_gaussian_noise(x, normal, self.level)


class Masking(Corruption):
    """A pixel becomes 0 with probability level."""

    def corrupt(self, x, rng):
        """A copy of x : (n, d) with holes."""
        return ops.mask(x, _uniform_like(x, rng), self.level)


class SaltAndPepper(Corruption):
    """A pixel becomes 0 or 1, each with probability level / 2."""

    def corrupt(self, x, rng):
        """A copy of x : (n, d) with specks."""
        return ops.salt_and_pepper(x, _uniform_like(x, rng), self.level)


def _uniform_like(x, rng):
    """Draws from U[0, 1) in x's shape and dtype."""
    return rng.random(out=recycled(x.shape, x.dtype), dtype=x.dtype)


CORRUPTIONS = {
    "gaussian": GaussianNoise, "masking": Masking, "salt_and_pepper": SaltAndPepper
}
