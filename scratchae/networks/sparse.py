"""The network of a sparse autoencoder: slides S15-S17, derived in lecture 03."""

import numpy as np

from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.own import penalty_of
from scratchae.nn.backend import ops
from scratchae.nn.own import name_of, sides


class SparseNetwork(AutoencoderNetwork):
    """An autoencoder whose loss has a penalty on the code h added, equation (3.8).

        J = 1/n sum_i L(x_i, g(h_i)) + penalty_weight * P

    penalty : "l1", "kl" (with rho), "top_k" (with n_active), "contractive", or an
        object: see `networks/penalties.py`
    """

    def __init__(self, sizes, penalty, penalty_weight, rho=0.1, n_active=None,
                 **options):
        super().__init__(sizes, **options)
        self.penalty_weight = penalty_weight
        self.penalty = penalty_of(penalty, rho, n_active)

    def loss(self, x, target=None):
        """Returns the batch means {"loss", "recon", "penalty"}; see the class."""
        last = self._last
        last.cache = last.restricted = last.penalised = None
        h = self.encoder.forward(x)                           # (n, k)
        seen, last.restricted = self.penalty.restrict(h)      # (n, k)
        out = self.decoder.forward(seen)                      # (n, d)
        target = x if target is None else target
        losses, last.cache = self._compare(out, x, target)    # (n,)
        penalty, last.penalised = self.penalty.forward(h, self.encoder.layers[0])
        recon, weight = ops.mean_loss(losses), self.penalty_weight
        weighted = weight * penalty if weight else 0          # not 0 * inf
        return {"loss": recon + weighted, "recon": recon, "penalty": penalty}

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        last, weight = self._last, self.penalty_weight
        dh = self.decoder.backward(self._d_out())             # (n, k)
        dh = self.penalty.restrict_backward(dh, last.restricted)
        dh_penalty, dW = 0, None
        if weight:
            dh_penalty, dW = self.penalty.backward(weight, last.penalised)
        dh = dh + dh_penalty
        self.encoder.backward(dh.astype(self.parameters.dtype, copy=False),
                              input_gradient=False, dW=dW)

    def kink_pattern(self):
        """The sides of all kinks: activations, and those of the penalty."""
        told = self.penalty.kinks(self.encoder.output)
        of_penalty = sides(told, f"{name_of(self.penalty)}.kinks")
        return np.concatenate([super().kink_pattern(), of_penalty])
