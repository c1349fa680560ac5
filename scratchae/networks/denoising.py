"""The network of a denoising autoencoder: slides S18-S19, derived in lecture 04."""

import numpy as np

from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.nn.backend import ops

CORRUPTIONS = ("gaussian", "masking", "salt_and_pepper")



def corrupt(x, corruption, level, rng):
    """A corrupted copy of x : (n, d), slide S18; x stays as it is.

    corruption : "gaussian" (level is the standard deviation), "masking" or
        "salt_and_pepper" (level is the fraction of pixels)
    """
    if corruption == "gaussian":
        return ops.add_gaussian_noise(x, rng.standard_normal(x.shape, x.dtype), level)
    uniform = rng.random(x.shape, x.dtype)
    if corruption == "masking":
        return ops.mask(x, uniform, level)
    return ops.salt_and_pepper(x, uniform, level)



class DenoisingNetwork(AutoencoderNetwork):
    """Reconstructs the clean image from a corrupted copy of it, equation (4.1).

        J = 1/n sum_i L(x_i, g(f(x~_i))),   x~_i drawn anew each time x_i is used

    corrupted_weight : weight of the pixels that the corruption changed; the others
        have weight 1, equation (4.2) (squared error only)
    """

    def __init__(self, sizes, corruption, level, corrupted_weight=1.0, **options):
        super().__init__(sizes, **options)
        self.corruption, self.level = corruption, level
        self.corrupted_weight = corrupted_weight

    def draw(self, x, rng, epoch=None):
        """The corrupted input and the clean target of one batch."""
        return {"x": corrupt(x, self.corruption, self.level, rng), "target": x}

    def loss(self, x, target=None):
        """J with x : (n, d) the corrupted and `target` the clean images."""
        if self.corrupted_weight == 1:
            return super().loss(x, target)
        out = self.decoder.forward(self.encoder.forward(x))  # (n, d)
        weight = np.where(x != target, self.corrupted_weight, 1).astype(x.dtype)
        residual = out - target  # (n, d)
        self._last.d_out = 2 * weight * residual / len(x)
        return {"loss": np.sum(weight * residual * residual) / len(x)}
