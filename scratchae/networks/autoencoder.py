"""The network of an autoencoder and its hand-written gradient: lecture 01."""

import numpy as np

from scratchae.nn.backend import ops
from scratchae.nn.buffers import Buffers, PerThread
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters

LOSSES = ("squared_error", "bernoulli")



class AutoencoderNetwork:
    """Encoder f, decoder g, reconstruction loss and the hand-written gradient.

    sizes : (d, h1, ..., k), the widths from the data to the code; the decoder mirrors
    loss : "squared_error", or "bernoulli" with the decoder's output read as logits
    tied_weights : decoder weights are the encoder's, transposed, in shared memory
    """

    def __init__(
        self,
        sizes,
        activation="relu",
        code_activation="identity",
        output_activation="identity",
        loss="squared_error",
        tied_weights=False,
        dtype=np.float32,
    ):
        self.sizes, self.loss_name, self.tied_weights = sizes, loss, tied_weights
        self._buffers, self._last = Buffers(), PerThread()
        self.unit = "nats/img" if loss == "bernoulli" else "SSE/img"
        back = sizes[::-1]
        self.parameters = Parameters(
            mlp_shapes("encoder", sizes)
            | mlp_shapes("decoder", back, tied=tied_weights),
            dtype,
        )
        hidden = [activation] * (len(sizes) - 2)
        mirror = None
        self.encoder = MLP(self.parameters, "encoder", [*hidden, code_activation])
        if tied_weights:
            mirror = self.encoder
        self.decoder = MLP(
            self.parameters, "decoder", [*hidden, output_activation], mirror
        )

    def initialise(self, rng, x):
        """Random weights; the output bias starts at the data mean (S09)."""
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        last = self.decoder.layers[-1]
        if self.loss_name == "bernoulli":
            last.b[...] = logits_of_mean(x)
        elif last.activation == "identity":
            last.b[...] = x.mean(axis=0)

    def draw(self, x, rng, epoch=None):
        """Nothing is random here: the input is its own target."""
        return {"x": x}

    def scheduled(self, epoch=None):
        """No weight of the loss changes with the epoch."""
        return {}

    def loss(self, x, target=None):
        """J = 1/n sum_i L(x_i, g(f(x_i))), equation (1.3).  x : (n, d).

        target : what to reconstruct instead of x, where x is a corrupted copy (S18)
        """
        target = x if target is None else target
        h = self.encoder.forward(x)  # (n, k)
        return {"loss": self._decode(h, target)}

    def _decode(self, h, target):
        """Mean reconstruction loss of the codes h; keeps its gradient."""
        out = self.decoder.forward(h)  # (n, d)
        losses, self._last.d_out = self._reconstruction(out, target, 1 / len(h))
        return losses.mean()

    def _reconstruction(self, out, x, scale):
        """Loss per image (n,) and its gradient times scale (n, d)."""
        loss = ops.bernoulli_nll if self.loss_name == "bernoulli" else ops.squared_error
        buffers = (
            self._buffers.get("losses", (len(x),), out.dtype),
            self._buffers.get("d_out", out.shape, out.dtype),
        )
        return loss(out, x, scale, *buffers)

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        dh = self.decoder.backward(self._last.d_out)  # (n, k)
        self.encoder.backward(dh, input_gradient=False)
        self.decoder.add_mirrored_gradients()

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return np.concatenate(
            [self.encoder.kink_pattern(), self.decoder.kink_pattern()]
        )



def logits_of_mean(x):
    """log(m / (1 - m)) of the pixel means m of x : (n, d), kept off 0 and 1."""
    mean = x.mean(axis=0, dtype=np.float64).clip(1e-3, 1 - 1e-3)
    return np.log(mean / (1 - mean))
