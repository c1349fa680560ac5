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
        """Which side of the kink each unit of the output h was on, or None."""
        return h.real > 0 if self.activation.kinked else None


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
            own = own_shapes(its_own(layer), d_in, d_out)
        else:
            own = {"b": (d_out,)} if tied else {"W": (d_in, d_out), "b": (d_out,)}
        shapes |= {f"{prefix}.{i}.{name}": shape for name, shape in own.items()}
    return shapes


class MLP:
    """Layers applied one after the other.

    parameters : Parameters that hold `prefix.0.W`, `prefix.0.b`, `prefix.1.W`, ...
    activations : one for each layer, a name or an object
    mirror : an MLP whose weights, transposed and in reverse order, this one uses as
        its own (tied weights). Both then share the same memory.
    layer : an object for the hidden layers that is not dense, or None; sizes, the
        widths, are needed with it
    """

    def __init__(self, parameters, prefix, activations, mirror=None, layer=None,
                 sizes=None):
        self.mirror, self.layers, self._last = mirror, [], PerThread()
        self.mirrored = None  # an MLP whose mirror this one is
        if mirror is not None:
            mirror.mirrored = self
        values, gradients = parameters.values, parameters.gradients
        for i, activation in enumerate(activations):
            name = f"{prefix}.{i}."
            if layer is not None and i < len(activations) - 1:
                own, views = its_own(layer), parameters.starting_with(name)
                own_shapes(own, *sizes[i : i + 2])  # it may keep what it is told
                self.layers.append(OwnLayer(own, *views, sizes[i + 1]))
                continue
            known = isinstance(activation, str)
            activation = ACTIVATIONS[activation] if known else activation_of(activation)
            b, db = values[name + "b"], gradients[name + "b"]
            if mirror is None:
                W, dW = values[name + "W"], gradients[name + "W"]
                self.layers.append(Dense(W, b, dW, db, activation))
            else:
                owner = mirror.layers[-1 - i]
                self.layers.append(Mirrored(owner, b, db, activation))

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
        steps = [*zip(self.layers, self._last.caches, strict=True)]
        layer, cache = steps[-1]
        d = layer.before_activation(dh, cache)
        while steps:
            layer, cache = steps.pop()
            below = steps[-1] if steps else None
            d = layer.backward(d, cache, below, input_gradient or bool(steps))
        if dW is not None:
            self.layers[0].dW += dW
        for layer in self.mirrored.layers if self.mirrored is not None else ():
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
        patterns = [np.zeros(0, dtype=bool)]
        for layer, h in zip(self.layers, self._last.outputs, strict=True):
            pattern = layer.kink_pattern(h)
            if pattern is not None:
                patterns.append(pattern.ravel())
        return np.concatenate(patterns)
