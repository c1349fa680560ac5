"""The network of a sparse autoencoder: slides S15-S17, derived in lecture 03."""

import numpy as np

from scratchae.formulas.penalties import (
    contractive_backward,
    contractive_forward,
    kl_sparsity_backward,
    kl_sparsity_forward,
    l1_backward,
    l1_forward,
    top_k_backward,
    top_k_forward,
)
from scratchae.networks.autoencoder import AutoencoderNetwork

PENALTIES = ("kl", "l1", "top_k", "contractive")



class SparseNetwork(AutoencoderNetwork):
    """An autoencoder whose loss has a penalty on the code h added, equation (3.8).

        J = 1/n sum_i L(x_i, g(h_i)) + penalty_weight * P

    penalty : "l1" (P is the mean of sum |h|), "kl" (divergence of the batch's mean
        activations from rho), "top_k" (no P: all but n_active units are set to 0),
        "contractive" (P is the mean squared Frobenius norm of dh/dx)
    """

    def __init__(
        self, sizes, penalty, penalty_weight, rho=0.1, n_active=None, **options
    ):
        super().__init__(sizes, **options)
        self.penalty, self.penalty_weight = penalty, penalty_weight
        self.rho, self.n_active = rho, n_active

    def loss(self, x, target=None):
        """Returns the batch means {"loss", "recon", "penalty"}; see the class."""
        target = x if target is None else target
        h = code = self._last.code = self.encoder.forward(x)  # (n, k)
        if self.penalty == "top_k":
            h, self._last.cache = top_k_forward(h, self.n_active)
        recon = self._decode(h, target)
        penalty = self._penalty(code)
        loss = recon + self.penalty_weight * penalty
        return {"loss": loss, "recon": recon, "penalty": penalty}

    def _penalty(self, h):
        if self.penalty == "top_k":
            return 0.0
        if self.penalty == "kl":
            penalty, self._last.cache = kl_sparsity_forward(h, self.rho)
            return penalty
        if self.penalty == "l1":
            penalties, self._last.cache = l1_forward(h)
        else:
            layer = self.encoder.layers[0]
            penalties, self._last.cache = contractive_forward(
                h, layer.W, layer.activation
            )
        return penalties.mean()

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        dh = self.decoder.backward(self._last.d_out)  # (n, k)
        n, dW = len(dh), None
        each = np.full(n, self.penalty_weight / n, dh.dtype)  # dJ/dP_i
        if self.penalty == "top_k":
            dh = top_k_backward(dh, self._last.cache)
        elif self.penalty == "kl":
            dh = dh + kl_sparsity_backward(self.penalty_weight, self._last.cache)
        elif self.penalty == "l1":
            dh = dh + l1_backward(each, self._last.cache)
        else:
            dh_penalty, dW = contractive_backward(each, self._last.cache)
            dh = dh + dh_penalty
        self.encoder.backward(dh.astype(each.dtype, copy=False), input_gradient=False)
        if dW is not None:
            self.encoder.layers[0].dW += dW
        self.decoder.add_mirrored_gradients()

    def kink_pattern(self):
        """The sides of all kinks: activations, the sign of h, which units are kept."""
        pattern = super().kink_pattern()
        if self.penalty not in ("l1", "top_k"):
            return pattern
        side = self._last.code.real > 0 if self.penalty == "l1" else self._last.cache
        return np.concatenate([pattern, side.ravel()])
