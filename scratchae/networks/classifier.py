"""The network of a classifier on an autoencoder's codes: lecture 04."""

import numpy as np

from scratchae.formulas.losses import mean_weights
from scratchae.formulas.softmax import softmax_nll_backward, softmax_nll_forward
from scratchae.networks.corruptions import Masking
from scratchae.nn.backend import ops
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters
from scratchae.nn.per_thread import PerThread


class ClassifierNetwork:
    """An encoder and a softmax layer on its code; J is the mean of -log p(y|x).

    sizes : (d, h1, ..., number of classes). A batch is (n, d + classes): images with
        their one-hot labels beside them.
    level : fraction of the input that is masked in training, fresh each time
    """

    unit = "nats/img"

    def __init__(self, sizes, activation="relu", level=0.0, dtype=np.float32):
        self.sizes, self.level, self.n_classes = sizes, level, sizes[-1]
        self._last = PerThread()
        self.pretrained = []  # autoencoders to start from, lowest first
        self.parameters = Parameters(mlp_shapes("encoder", sizes), dtype)
        # A model shows both: this one decodes nothing.
        self.encoder = self.decoder = MLP(self.parameters, "encoder", sizes, activation)

    def initialise(self, rng, x):
        """Random weights where there are no pretrained ones."""
        self.encoder.initialise(rng)
        for mine, layer in zip(self.encoder.layers, self.pretrained, strict=False):
            trained = layer.encoder_.layers[0]
            mine.W[...], mine.b[...] = trained.W, trained.b

    def draw(self, x, rng, epoch=None):
        """Images, masked while training, and labels as class numbers."""
        d = self.sizes[0]
        images, labels = np.ascontiguousarray(x[:, :d]), x[:, d:].argmax(axis=1)
        if self.level and epoch is not None:
            images = Masking(self.level).corrupt(images, rng)
        return {"x": images, "labels": labels}

    def scheduled(self, epoch=None):
        """No weight of the loss changes with the epoch."""
        return {}

    def loss(self, x, labels):
        """J = -1/n sum_i log p(y_i | x_i), equation (4.7)."""
        losses, self._last.cache = softmax_nll_forward(self.encoder.forward(x), labels)
        return {"loss": ops.mean_loss(losses)}

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        each = mean_weights(len(self._last.cache[1]), self.parameters.dtype)
        dlogits = softmax_nll_backward(each, self._last.cache)
        self.encoder.backward(dlogits, input_gradient=False)

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return self.encoder.kink_pattern()
