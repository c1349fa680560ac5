"""Arrays that are used again in the next training step."""

import math
import threading

from scratchae.nn.parameters import aligned_zeros


class Buffers(threading.local):
    """Arrays by name, kept from step to step: a training step allocates nothing.

    Each Python thread has its own, so that two threads may evaluate one model.
    """

    def __init__(self):
        self._flat, self._views = {}, {}

    def __reduce__(self):
        return Buffers, ()  # what is in them belongs to nobody: copies start empty

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
