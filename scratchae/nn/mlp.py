"""A multilayer perceptron: dense layers in a row (slide S08)."""

from dataclasses import dataclass

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS, Activation
from scratchae.formulas.initialisation import glorot_uniform, he_normal
from scratchae.nn.backend import ops
from scratchae.nn.own import activation_of, its_own
from scratchae.nn.own_layer import OwnLayer, own_shapes
from scratchae.nn.per_thread import PerThread

IDENTITY = ACTIVATIONS["identity"]


@dataclass(eq=False, repr=False)
class Dense:
    """h = phi(a), a = x W + b: equations (1.4) and (1.5).

    W, b and their gradients dW, db are views that somebody else owns. `backward`
    overwrites dW and db with the gradient of this batch: it adds nothing up and
    changes no weight, so calling it twice gives the same answer.
    """

    W: np.ndarray  # (d_in, d_out)
    b: np.ndarray  # (d_out,)
    dW: np.ndarray
    db: np.ndarray
    activation: Activation = IDENTITY

    def __repr__(self):
        d_in, d_out = self.W.shape
        return f"Dense({d_in} -> {d_out}, {self.activation.name})"

    def forward(self, x):
        """x : (n, d_in).  Returns h : (n, d_out) and the cache."""
        if x.ndim != 2 or x.shape[1] != len(self.W):
            d_in, d_out = self.W.shape
            raise ValueError(f"Dense({d_in} -> {d_out}) got x of shape {x.shape}; "
                             f"expected (n, {d_in})")
        return ops.layer_forward(x, self.W, self.b, self.activation)

    def before_activation(self, dh, cache):
        """da = dh * phi'(a), equation (1.6).  Both (n, d_out)."""
        if self.activation is IDENTITY:
            return dh
        return ops.activation_backward(dh, cache)

    def backward(self, da, cache, below=None, input_gradient=True):
        """da : (n, d_out), the gradient before the activation.  Fills dW and db.

        below : the layer that made x and its cache, or None
        Returns the gradient of x : (n, d_in), or None without input_gradient; with
        `below`, that layer's da.
        """
        if below is None:
            return ops.layer_backward(da, cache, self.dW, self.db, None, input_gradient)
        layer, its_cache = below
        if isinstance(layer, Dense):  # the product does its activation as well
            return ops.layer_backward(da, cache, self.dW, self.db, its_cache)
        dx = ops.layer_backward(da, cache, self.dW, self.db)
        return layer.before_activation(dx, its_cache)

    def input_gradient(self, da, cache):
        """The gradient of x alone; nothing is written."""
        return ops.layer_backward(da, cache)

    def kink_pattern(self, h):
        """The side of the kink of each unit of the output h; empty where is none."""
        return h.real > 0 if self.activation.kinked else np.zeros(0, dtype=bool)


class Mirrored(Dense):
    """A dense layer whose weights are another's, transposed: tied weights."""

    def __init__(self, owner, b, db, activation):
        W = owner.W.T
        super().__init__(W, b, np.zeros(W.shape, W.dtype), db, activation)
        self.owner = owner

    def add_gradient(self):
        """dW of the owner becomes the sum of both paths, (2.6)."""
        self.owner.dW += self.dW.T


def mlp_shapes(prefix, sizes, tied=False, layer=None):
    """Names and shapes of the parameters of an MLP with these layer sizes.

    layer : an object for the hidden layers that is not dense, or None

    >>> mlp_shapes("encoder", (784, 30))
    {'encoder.0.W': (784, 30), 'encoder.0.b': (30,)}
    """
    shapes, last = {}, len(sizes) - 2
    for i, (d_in, d_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        if layer is not None and i < last:
            told = own_shapes(its_own(layer), d_in, d_out)
        else:
            told = {"b": (d_out,)} if tied else {"W": (d_in, d_out), "b": (d_out,)}
        for name, shape in told.items():
            shapes[f"{prefix}.{i}.{name}"] = shape
    return shapes


class MLP:
    """Layers applied one after the other.

    parameters : Parameters that hold `prefix.0.W`, `prefix.0.b`, `prefix.1.W`, ...
    sizes : widths from the input to the output, as for `mlp_shapes`
    activation, last : of the hidden layers and of the last one, names or objects
    mirror : an MLP whose weights, transposed and in reverse order, this one uses as
        its own (tied weights). Both then share the same memory.
    layer : an object for the hidden layers that is not dense, or None
    """

    def __init__(self, parameters, prefix, sizes, activation="relu", last="identity",
                 mirror=None, layer=None):
        self.layers, self._last = [], PerThread()
        self.mirror = mirror
        self.mirrored = None  # an MLP whose mirror this one is
        if mirror is not None:
            mirror.mirrored = self
        values, gradients = parameters.values, parameters.gradients
        for i, (d_in, d_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            name, is_last = f"{prefix}.{i}.", i == len(sizes) - 2
            if layer is not None and not is_last:
                views = parameters.starting_with(name)
                self.layers.append(OwnLayer(layer, *views, d_in, d_out))
                continue
            phi = last if is_last else activation
            phi = ACTIVATIONS[phi] if isinstance(phi, str) else activation_of(phi)
            b, db = values[name + "b"], gradients[name + "b"]
            if mirror is None:
                W, dW = values[name + "W"], gradients[name + "W"]
                self.layers.append(Dense(W, b, dW, db, phi))
            else:
                self.layers.append(Mirrored(mirror.layers[-1 - i], b, db, phi))

    def initialise(self, rng):
        """Random weights, zero biases: He for kinked activations, else Glorot."""
        for layer in self.layers:
            if isinstance(layer, OwnLayer):
                layer.initialise(rng)
                continue
            layer.b[...] = 0
            if self.mirror is None:  # else the weights are the mirror's
                draw = he_normal if layer.activation.kinked else glorot_uniform
                layer.W[...] = draw(rng, *layer.W.shape)

    def forward(self, x):
        """x : (n, d_in of the first layer).  Returns (n, d_out of the last)."""
        last = self._last
        last.caches, last.outputs = [], []
        for layer in self.layers:
            x, cache = layer.forward(x)
            last.caches.append(cache)
            last.outputs.append(x)
        return x

    def predict(self, x):
        """The same output, remembering nothing: safe in several threads at once."""
        for layer in self.layers:
            x, _ = layer.forward(x)
        return x

    def backward(self, dh, input_gradient=True, dW=None):
        """Fills every layer's gradients, last layer first; returns dx or None.

        Each layer hands down da of the layer below, so that the product with W^T and
        the derivative of the activation are one pass over memory. Of tied weights the
        decoder comes first: the encoder's gradients are then those of both paths.

        dW : what is added to the gradient of the first layer's W, or None
        """
        if "caches" not in vars(self._last):
            raise RuntimeError(f"{self.layers}: backward was called before forward")
        layers, caches = self.layers, self._last.caches
        d = layers[-1].before_activation(dh, caches[-1])
        for i in range(len(layers) - 1, 0, -1):
            d = layers[i].backward(d, caches[i], below=(layers[i - 1], caches[i - 1]))
        d = layers[0].backward(d, caches[0], input_gradient=input_gradient)
        if dW is not None:
            layers[0].dW += dW
        if self.mirrored is not None:
            for layer in self.mirrored.layers:
                layer.add_gradient()
        return d

    def input_gradient(self, x, dh):
        """Gradient in x of the sum of dh * h(x) for each row: (n, d_in), as `backward`
        would return it; nothing is remembered and no other gradient written.

        dh : (n, d_out)
        """
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x)
            caches.append(cache)
        for layer in reversed(self.layers):
            cache = caches.pop()
            dh = layer.input_gradient(layer.before_activation(dh, cache), cache)
        return dh

    @property
    def output(self):
        """What the last `forward` returned : (n, d_out)."""
        return self._last.outputs[-1]

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward, flat."""
        outputs = zip(self.layers, self._last.outputs, strict=True)
        return np.concatenate([layer.kink_pattern(h).ravel() for layer, h in outputs])
