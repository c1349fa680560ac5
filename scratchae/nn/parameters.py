"""All parameters of a model in one flat vector with named views."""

import math

import numpy as np

ALIGNMENT = 64  # bytes; a whole cache line, so that wide loads never straddle two


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
        starts, self.n_weights = {}, 0
        end = 0
        for name in matrices + others:
            starts[name] = end
            end += self._padded_size(name)
            if name in matrices:
                self.n_weights = end
        self.theta = aligned_zeros(end, self.dtype)
        self.grad = aligned_zeros(end, self.dtype)
        self.values = self._views(self.theta, starts)
        self.gradients = self._views(self.grad, starts)

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
                raise ValueError(
                    f"parameter {name!r} got shape {np.shape(values[name])}; "
                    f"expected {shape}"
                )
        for name, value in values.items():
            self.values[name][...] = value

    def _padded_size(self, name):
        step = max(1, ALIGNMENT // self.dtype.itemsize)
        return -(-math.prod(self.shapes[name]) // step) * step

    def _views(self, flat, starts):
        return {
            name: flat[starts[name] : starts[name] + math.prod(shape)].reshape(shape)
            for name, shape in self.shapes.items()
        }


def aligned_zeros(size, dtype):
    """A flat array of zeros whose first byte lies on a cache line."""
    dtype = np.dtype(dtype)
    raw = np.zeros(size * dtype.itemsize + ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size * dtype.itemsize].view(dtype)
