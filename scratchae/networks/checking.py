"""A network's loss as a function of its named parameters, for a gradient check."""

import numpy as np

from scratchae.nn.backend import backend, ops
from scratchae.nn.own import sides


def random_parameters(network, rng):
    """A random point by name, from the loss backwards: weights that keep signals near
    size 1, biases of size 1."""
    shapes = network.parameters.shapes
    return {name: scaled_normal(rng, shapes[name]) for name in reversed(shapes)}


def scaled_normal(rng, shape):
    """Normal numbers; a matrix of them keeps the size of what it multiplies."""
    return rng.normal(size=shape) / np.sqrt(shape[0] if len(shape) == 2 else 1)


def checkable(network, complex_twin, inputs, point):
    """(loss, gradients, pattern) of a network at a point, with one batch's inputs.

    loss : function of the parameters by name; complex ones go through the twin, on the
        NumPy backend, since there are no kernels for complex numbers
    gradients : by `backward`, on the backend in use
    pattern : function of the parameters that gives the side of each kink
    """
    def loss(p):
        if not any(map(np.iscomplexobj, p.values())):
            return _loss_at(network, p, inputs)
        with backend("numpy"):
            return _loss_at(complex_twin, p, inputs)

    def pattern(p):
        _loss_at(network, p, inputs)
        who = f"{type(network).__name__}.kink_pattern"
        return sides(network.kink_pattern(), who)

    with ops.held():
        loss(point)
        network.parameters.grad[...] = np.nan  # of whoever adds to it, not filling it
        network.backward()
    gradients = {name: network.parameters.gradients[name].copy() for name in point}
    return loss, gradients, pattern


def _loss_at(network, point, inputs):
    network.parameters.set_values(point)
    return network.loss(**inputs)["loss"]
