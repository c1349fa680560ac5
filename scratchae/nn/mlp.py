"""A multilayer perceptron: dense layers in a row (slide S08)."""

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.initialisation import glorot_uniform, he_normal
from scratchae.nn.backend import ops
from scratchae.nn.dense import Dense


def mlp_shapes(prefix, sizes, tied=False):
    """Names and shapes of the parameters of an MLP with these layer sizes.

    >>> mlp_shapes("encoder", (784, 30))
    {'encoder.0.W': (784, 30), 'encoder.0.b': (30,)}
    """
    shapes = {}
    for i, (d_in, d_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        if not tied:
            shapes[f"{prefix}.{i}.W"] = (d_in, d_out)
        shapes[f"{prefix}.{i}.b"] = (d_out,)
    return shapes


class MLP:
    """Dense layers applied one after the other.

    parameters : Parameters that hold `prefix.0.W`, `prefix.0.b`, `prefix.1.W`, ...
    activations : one name per layer
    mirror : an MLP whose weights, transposed and in reverse order, this one uses as
        its own (tied weights). Both then share the same memory.
    """

    def __init__(self, parameters, prefix, activations, mirror=None):
        self.mirror = mirror
        values, gradients = parameters.values, parameters.gradients
        self.layers = []
        for i, activation in enumerate(activations):
            b, db = values[f"{prefix}.{i}.b"], gradients[f"{prefix}.{i}.b"]
            if mirror is None:
                W, dW = values[f"{prefix}.{i}.W"], gradients[f"{prefix}.{i}.W"]
            else:
                W = mirror.layers[-1 - i].W.T
                dW = np.zeros(W.shape, W.dtype)
            self.layers.append(Dense(W, b, dW, db, activation))

    def initialise(self, rng):
        """Random weights, zero biases: He for kinked activations, else Glorot."""
        for layer in self.layers:
            layer.b[...] = 0
            if self.mirror is None:
                kinked = ACTIVATIONS[layer.activation].kinked
                draw = he_normal if kinked else glorot_uniform
                layer.W[...] = draw(rng, *layer.W.shape)

    def forward(self, x):
        """x : (n, d_in of the first layer).  Returns (n, d_out of the last)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def predict(self, x):
        """The same output, remembering nothing: safe in several threads at once."""
        for layer in self.layers:
            x = layer.predict(x)
        return x

    def input_gradient(self, x, dh):
        """Gradient in x of the sum of dh * h(x) for each row: (n, d_in), as `backward`
        would return it; nothing is remembered and no other gradient written.

        dh : (n, d_out)
        """
        kept = []
        for layer in self.layers:
            x, slope = ops.dense_forward(x, layer.W, layer.b, layer.activation)
            kept.append((layer.activation, slope))
        da = ops.activation_backward(dh, *kept.pop())
        for layer in reversed(self.layers):
            below = kept.pop() if kept else ("identity", None)
            da = ops.dense_input_gradient(da, layer.W, *below)
        return da

    def backward(self, dh, input_gradient=True):
        """Fills every layer's gradients, last layer first; returns dx or None.

        Each layer hands down da of the layer below, so that the product with W^T and
        the derivative of the activation are one pass over memory.
        """
        da = self.layers[-1].activation_gradient(dh)
        for layer, below in zip(self.layers[:0:-1], self.layers[-2::-1], strict=True):
            da = layer.backward(da, below)
        if input_gradient:
            return self.layers[0].backward(da)
        return self.layers[0].weight_gradient(da)

    def add_mirrored_gradients(self):
        """Tied weights: dW of the owner becomes the sum of both paths, (2.6).

        Call it once after both backwards, which overwrite their own gradients.
        """
        if self.mirror is not None:
            for layer, owner in zip(
                self.layers, reversed(self.mirror.layers), strict=True
            ):
                owner.dW += layer.dW.T

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward, flat."""
        patterns = [layer.kink_pattern() for layer in self.layers]
        patterns = [pattern.ravel() for pattern in patterns if pattern is not None]
        return np.concatenate(patterns) if patterns else np.zeros(0, dtype=bool)
