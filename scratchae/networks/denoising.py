"""The network of a denoising autoencoder: slides S18-S19, derived in lecture 04."""

import numpy as np

from scratchae.formulas.losses import (
    weighted_squared_error_backward,
    weighted_squared_error_forward,
)
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.own import corruption_of
from scratchae.rows import blocks_of


class DenoisingNetwork(AutoencoderNetwork):
    """Reconstructs the clean image from a corrupted copy of it, equation (4.1).

        J = 1/n sum_i L(x_i, g(f(x~_i))),   x~_i drawn anew each time x_i is used

    With `missing`, entries of x that are NaN are 0 in x~ and have weight 0 in (4.2),
    whatever the corruption makes of the others: J does not know what they are, and no
    gradient comes from them.

    corruption : "gaussian", "masking" or "salt_and_pepper", with its level, or an
        object: see `networks/corruptions.py`
    corrupted_weight : weight of the pixels that the corruption changed; the others
        have weight 1, equation (4.2) (squared error only)
    missing : whether x may have NaN in it (squared error only)
    """

    def __init__(self, sizes, corruption, level, corrupted_weight=1.0, missing=False,
                 **options):
        super().__init__(sizes, **options)
        self.corruption = corruption_of(corruption, level)
        self.corrupted_weight, self.missing = corrupted_weight, missing

    def initialise(self, rng, x):
        """Random weights; the output starts at the mean of what is known."""
        super().initialise(rng, known_mean(x)[None] if self.missing else x)

    def draw(self, x, rng, epoch=None):
        """The corrupted input and the clean target of one batch."""
        if self.missing:
            noisy = self.corruption.corrupt(filled(x), rng)
            return {"x": np.where(np.isnan(x), x.dtype.type(0), noisy), "target": x}
        return {"x": self.corruption.corrupt(x, rng), "target": x}

    def _compare(self, out, x, target):
        """(4.2) unless all weights are 1."""
        if self._is_plain():
            return super()._compare(out, x, target)
        weight = np.where(x != target, self.corrupted_weight, 1).astype(x.dtype)
        if self.missing:
            weight[np.isnan(target)] = 0
        return weighted_squared_error_forward(out, target, weight)

    def _compare_backward(self, d_loss, cache):
        if self._is_plain():
            return super()._compare_backward(d_loss, cache)
        return weighted_squared_error_backward(d_loss, cache)

    def _is_plain(self):
        return self.corrupted_weight == 1 and not self.missing


def known_mean(x):
    """The mean of what is not NaN in each column of x : (n, d), some rows at a time.

    Returns (d,) of float64. Raises ValueError for a column without any number.
    """
    total, count = np.zeros((2, x.shape[1]))
    for rows in blocks_of(x):
        known = ~np.isnan(rows)
        count += known.sum(axis=0)
        total += rows.sum(axis=0, dtype=np.float64, where=known)
    empty = np.flatnonzero(count == 0)
    if empty.size:
        raise ValueError(f"Column {empty[0]} of X has no number at all: leave it out.")
    return total / count


def filled(x):
    """x : (n, d) with 0, the mean of standardised columns, where it is NaN."""
    return np.where(np.isnan(x), x.dtype.type(0), x)
