"""The network of an autoencoder and its hand-written gradient: lecture 01."""

import numpy as np

from scratchae.formulas.losses import mean_weights
from scratchae.networks.own import pixels_of
from scratchae.networks.pixels import BernoulliPixels, SquaredError
from scratchae.nn.backend import ops
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters
from scratchae.nn.per_thread import PerThread

LOSSES = {"squared_error": SquaredError, "bernoulli": BernoulliPixels}


class AutoencoderNetwork:
    """Encoder f, decoder g, reconstruction loss and the hand-written gradient.

    sizes : (d, h1, ..., k), the widths from the data to the code
    back : (k, h1, ..., d), those of the decoder; None: sizes in reverse
    layer : an object for the hidden layers that is not dense, or None
    loss : "squared_error", or "bernoulli" with the decoder's output read as logits, or
        an object: see `networks/pixels.py`
    tied_weights : decoder weights are the encoder's, transposed, in shared memory
    """

    def __init__(self, sizes, activation="relu", code_activation="identity",
                 output_activation="identity", loss="squared_error", tied_weights=False,
                 back=None, layer=None, dtype=np.float32):
        self.sizes, self._last = sizes, PerThread()
        self.pixels = pixels_of(loss, LOSSES)
        self.unit = self.pixels.unit
        back = sizes[::-1] if back is None else back
        shapes = mlp_shapes("encoder", sizes, layer=layer)
        shapes |= mlp_shapes("decoder", back, tied_weights, layer) | self.pixels.shapes
        self.parameters = Parameters(shapes, dtype)
        self.pixels.attach(self.parameters)
        self.encoder = MLP(self.parameters, "encoder", sizes, activation,
                           code_activation, layer=layer)
        mirror = self.encoder if tied_weights else None
        self.decoder = MLP(self.parameters, "decoder", back, activation,
                           output_activation, mirror, layer)

    def initialise(self, rng, x):
        """Random weights; the output bias starts at the data mean (S09)."""
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        last, start = self.decoder.layers[-1], self.pixels.start(x)
        if last.activation.name == "identity":
            last.b[...] = start

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
        self._last.cache = None  # its memory may be used again
        h = self.encoder.forward(x)                           # (n, k)
        out = self.decoder.forward(h)                         # (n, d)
        target = x if target is None else target
        losses, self._last.cache = self._compare(out, x, target)  # (n,)
        return {"loss": ops.mean_loss(losses)}

    def _compare(self, out, x, target):
        """Loss of the decoder's output for each image : (n,), and the cache."""
        return self.pixels.forward(out, target)

    def _compare_backward(self, d_loss, cache):
        """d_loss : (n,).  Returns the gradient in the decoder's output : (n, d)."""
        return self.pixels.backward(d_loss, cache)

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        dh = self.decoder.backward(self._d_out())             # (n, k)
        self.encoder.backward(dh, input_gradient=False)

    def _d_out(self):
        """Gradient of the mean reconstruction loss in the decoder's output : (n, d)."""
        each = mean_weights(len(self.decoder.output), self.parameters.dtype)
        return self._compare_backward(each, self._last.cache)

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return np.concatenate(
            [self.encoder.kink_pattern(), self.decoder.kink_pattern()]
        )
