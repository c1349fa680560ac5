"""The network of a denoising autoencoder: slides S18-S19, derived in lecture 04."""

import numpy as np

from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.own import corruption_of


class DenoisingNetwork(AutoencoderNetwork):
    """Reconstructs the clean image from a corrupted copy of it, equation (4.1).

        J = 1/n sum_i L(x_i, g(f(x~_i))),   x~_i drawn anew each time x_i is used

    corruption : "gaussian", "masking" or "salt_and_pepper", with its level, or an
        object: see `networks/corruptions.py`
    corrupted_weight : weight of the pixels that the corruption changed; the others
        have weight 1, equation (4.2) (squared error only)
    """

    def __init__(self, sizes, corruption, level, corrupted_weight=1.0, **options):
        super().__init__(sizes, **options)
        self.corruption = corruption_of(corruption, level)
        self.corrupted_weight = corrupted_weight

    def draw(self, x, rng, epoch=None):
        """The corrupted input and the clean target of one batch."""
        return {"x": self.corruption.corrupt(x, rng), "target": x}

    def _compare(self, out, x, target):
        """With weights : sum_j w_j (x_hat_j - x_j)^2, and w (x_hat - x) as cache."""
        if self.corrupted_weight == 1:
            return super()._compare(out, x, target)
        weight = np.where(x != target, self.corrupted_weight, 1).astype(x.dtype)
        residual = out - target                               # (n, d)
        weighted = weight * residual                          # (n, d)
        return np.sum(weighted * residual, axis=1), weighted

    def _d_out(self):
        if self.corrupted_weight == 1:
            return super()._d_out()
        weighted = self._last.cache
        return 2 * weighted / len(weighted)                   # (n, d)
