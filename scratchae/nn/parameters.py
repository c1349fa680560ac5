"""All parameters of a model in one flat vector with named views."""

import math

import numpy as np

from scratchae.memory import ALIGNMENT, aligned, check_memory

LARGE = 10**7  # parameters, beyond which the machine is asked for its memory


class Parameters:
    """One contiguous array `theta`, its gradient `grad`, and views by name.

    shapes : dict of name -> shape. Weight matrices are laid out before the biases,
    so that weight decay acts on one slice; every tensor starts on a cache line. The
    few padding numbers between tensors stay 0 and belong to nobody.

    `values[name]` and `gradients[name]` are reshaped views: writing to them writes
    to `theta` and `grad`.
    """

    def __init__(self, shapes, dtype=np.float32):
        self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.dtype = np.dtype(dtype)
        matrices = [name for name, shape in self.shapes.items() if len(shape) == 2]
        others = [name for name in self.shapes if name not in matrices]
        line = max(1, ALIGNMENT // self.dtype.itemsize)  # numbers of a cache line
        starts, end = {}, 0
        for name in matrices + others:
            starts[name] = end
            end += -(-math.prod(self.shapes[name]) // line) * line
        self.n_weights = starts[others[0]] if others else end
        if end > LARGE:
            check_memory(2 * end * self.dtype.itemsize, f"{end} parameters")
        self.theta, self.grad = aligned((2, end), self.dtype, np.zeros)
        self.values, self.gradients = {}, {}
        for name, shape in self.shapes.items():
            part = slice(starts[name], starts[name] + math.prod(shape))
            self.values[name] = self.theta[part].reshape(shape)
            self.gradients[name] = self.grad[part].reshape(shape)

    @property
    def weights(self):
        """The part of `theta` that holds weight matrices: what weight decay shrinks."""
        return self.theta[: self.n_weights]

    @property
    def size(self):
        """Number of parameters, padding not counted."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def set_values(self, values):
        """Copy arrays by name into `theta`; names and shapes must be the same."""
        if set(values) != set(self.shapes):
            raise ValueError(
                f"got parameters {sorted(values)}; expected {sorted(self.shapes)}"
            )
        for name, shape in self.shapes.items():
            if np.shape(values[name]) != shape:
                raise ValueError(f"parameter {name!r} got shape "
                                 f"{np.shape(values[name])}; expected {shape}")
        for name, value in values.items():
            self.values[name][...] = value

    def starting_with(self, prefix):
        """Views of the values and of the gradients, by what follows the prefix."""
        values, gradients = {}, {}
        for name in self.shapes:
            if name.startswith(prefix):
                short = name.removeprefix(prefix)
                values[short] = self.values[name]
                gradients[short] = self.gradients[name]
        return values, gradients
