"""A hidden layer that a student writes, among dense ones."""

from types import MappingProxyType

import numpy as np

from scratchae.formulas.initialisation import glorot_uniform
from scratchae.nn.own import (
    check_shapes,
    its_own,
    method_of,
    name_of,
    parts,
    read_only,
    shaped,
    tell_once,
)


def own_shapes(layer, d_in, d_out):
    """The shapes of its parameters by name, as the layer tells them."""
    shapes = layer.shapes(d_in, d_out)
    check_shapes(shapes, f"{name_of(layer)}.shapes returned")
    return shapes


class OwnLayer:
    """Holds the parameters of a layer of one's own and checks what it returns.

    layer : object with `shapes(d_in, d_out)`, `forward(x, p) -> y, cache` and
        `backward(dy, p, cache) -> dx, gradients`, p being its parameters by name
    values, gradients : views by name that somebody else owns
    """

    def __init__(self, layer, values, gradients, d_in, d_out):
        self.layer, self.d_out, self.gradients = its_own(layer), d_out, gradients
        own_shapes(self.layer, d_in, d_out)  # it may keep what it is told
        # Whoever writes p["W"] = ... would only lose the parameter: p["W"][...] = ...
        self.writable = MappingProxyType(values)  # for `initialise`; others only read
        self.values = MappingProxyType({n: read_only(v) for n, v in values.items()})

    def __repr__(self):
        return f"{name_of(self.layer)}()"

    def forward(self, x):
        """x : (n, d_in).  Returns y : (n, d_out) and the cache."""
        tell_once(self.layer)
        who = f"{name_of(self.layer)}.forward"
        y, cache = parts(self.layer.forward(read_only(x), self.values), who, "y, cache")
        dtype = np.result_type(x, *self.values.values())  # complex ones, for a check
        return shaped(y, (len(x), self.d_out), dtype, who, "y"), (x, cache)

    def before_activation(self, dy, cache):
        """dy itself: what an own layer does after its product is its own affair."""
        return dy

    def backward(self, dy, cache, below=None, input_gradient=True):
        """Fills the gradients of its parameters; as `Dense.backward`."""
        dx, gradients = self._gradients(dy, cache)
        for name, into in self.gradients.items():
            into[...] = gradients[name]
        if not input_gradient:
            return None
        if below is None:
            return dx
        layer, its_cache = below
        return layer.before_activation(dx, its_cache)

    def input_gradient(self, dy, cache):
        """The gradient of x alone; nothing is written."""
        return self._gradients(dy, cache)[0]

    def initialise(self, rng):
        """The layer's `initialise(p, rng)`, or Glorot for matrices, 0 for others."""
        if hasattr(self.layer, "initialise"):
            returned = method_of(self.layer, "initialise")(self.writable, rng)
            if returned is not None:
                raise TypeError(f"{name_of(self.layer)}.initialise returned "
                                f"{type(returned).__name__}; expected None: it writes "
                                "into p, as in p['W'][...] = ...")
            return
        for value in self.writable.values():
            value[...] = glorot_uniform(rng, *value.shape) if value.ndim == 2 else 0

    def kink_pattern(self, y):
        """Nothing is known of its kinks."""
        return np.zeros(0, dtype=bool)

    def _gradients(self, dy, cache):
        x, cache = cache
        who = f"{name_of(self.layer)}.backward"
        returned = self.layer.backward(read_only(dy), self.values, cache)
        dx, gradients = parts(returned, who, "dx, {name: gradient}")
        named = isinstance(gradients, dict)
        found = sorted(gradients, key=str) if named else type(gradients)
        if found != sorted(self.values):
            raise ValueError(f"{who} returned gradients of {found}; expected those of "
                             f"{sorted(self.values)}")
        checked = {
            name: shaped(gradients[name], value.shape, value.dtype, who, f"d{name}")
            for name, value in self.values.items()
        }
        return shaped(dx, x.shape, x.dtype, who, "dx"), checked
