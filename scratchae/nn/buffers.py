"""What is kept from call to call, for each Python thread apart."""

import math
import threading

from scratchae.nn.parameters import aligned_zeros


class PerThread(threading.local):
    """Attributes that each Python thread has for itself, so that several may use one
    model at once: what a forward pass keeps for the backward pass."""

    def __reduce__(self):
        return type(self), ()  # what is in it belongs to nobody: copies start empty


class Buffers(PerThread):
    """Arrays by name, kept from step to step: a training step allocates nothing."""

    def __init__(self):
        self._flat, self._views = {}, {}

    def get(self, name, shape, dtype):
        """An array of this shape whose content is left over from its last use."""
        view = self._views.get((name, shape, dtype))
        if view is None:
            view = self._views[name, shape, dtype] = self._new(name, shape, dtype)
        return view

    def _new(self, name, shape, dtype):
        """A view of the memory of this name, which grows when it has to."""
        size, flat = math.prod(shape), self._flat.get((name, dtype))
        if flat is None or flat.size < size:
            flat = self._flat[name, dtype] = aligned_zeros(size, dtype)
            self._views = {key: v for key, v in self._views.items() if key[0] != name}
        return flat[:size].reshape(shape)
