"""Penalties on a code: what is added to the reconstruction loss (slides S15-S17).

Each is a pair: `forward(h, layer)` gives P, one number for the batch, and the cache,
`backward(d_penalty, cache)` the gradient dh : (n, k) and the direct one in the layer's
W, or None. The weight is the network's. One's own is simpler: see `networks/own.py`.
"""

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


class Penalty:
    """What a penalty has besides `forward` and `backward`."""

    def restrict(self, h):
        """What the decoder sees of the code h : (n, k), and the cache."""
        return h, None

    def restrict_backward(self, dh, cache):
        """The gradient of h through `restrict` : (n, k)."""
        return dh

    def kinks(self, h):
        """The side of its kinks of each unit, (n, k) of bool; empty where are none."""
        return np.zeros(0, dtype=bool)


class L1(Penalty):
    """P is the mean over the batch of sum_j |h_j|, (3.1)."""

    def forward(self, h, layer):
        """h : (n, k).  Returns P and the cache."""
        penalties, sign = l1_forward(h)                       # (n,)
        return penalties.mean(), sign

    def backward(self, d_penalty, sign):
        """dh : (n, k), (3.2)."""
        return l1_backward(_each(d_penalty, sign), sign), None

    def kinks(self, h):
        """The sign of each unit."""
        return h.real > 0


class KLSparsity(Penalty):
    """P is the divergence of the batch's mean activations from rho, (3.3)."""

    def __init__(self, rho):
        self.rho = rho

    def forward(self, h, layer):
        """h : (n, k), in (0, 1).  Returns P in nats and the cache."""
        return kl_sparsity_forward(h, self.rho)

    def backward(self, d_penalty, cache):
        """dh : (n, k), (3.4)."""
        return kl_sparsity_backward(d_penalty, cache), None


class TopK(Penalty):
    """No P: all but the n_active largest units of each image are set to 0, (3.5)."""

    def __init__(self, n_active):
        self.n_active = n_active

    def restrict(self, h):
        """The largest units of h : (n, k), and which they are."""
        return top_k_forward(h, self.n_active)

    def restrict_backward(self, dh, kept):
        """The gradient passes where a unit was kept."""
        return top_k_backward(dh, kept)

    def forward(self, h, layer):
        """Nothing is added to the loss."""
        return 0.0, None

    def backward(self, d_penalty, cache):
        """Nothing is added to dh."""
        return 0.0, None

    def kinks(self, h):
        """Which units are kept."""
        return self.restrict(h)[1]


class Contractive(Penalty):
    """P is the mean squared Frobenius norm of dh/dx, for one layer, (3.6)."""

    def forward(self, h, layer):
        """h : (n, k), the output of the layer.  Returns P and the cache."""
        penalties, cache = contractive_forward(h, layer.W, layer.activation.name)
        return penalties.mean(), cache

    def backward(self, d_penalty, cache):
        """dh : (n, k) and dW : (d, k), (3.7)."""
        return contractive_backward(_each(d_penalty, cache[0]), cache)


def _each(d_penalty, like):
    """The gradient in each image's penalty, P being their mean : (n,)."""
    return np.full(len(like), d_penalty / len(like), like.dtype)


PENALTIES = {"kl": KLSparsity, "l1": L1, "top_k": TopK, "contractive": Contractive}
