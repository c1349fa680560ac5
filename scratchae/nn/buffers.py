"""Arrays that are used again in the next training step."""

import math
import threading

import numpy as np

from scratchae.nn.parameters import aligned_zeros


class Buffers(threading.local):
    """Arrays by name, kept from step to step: a training step allocates nothing.

    Each Python thread has its own, so that two threads may evaluate one model.
    """

    def __init__(self):
        self._arrays = {}

    def __reduce__(self):
        return Buffers, ()  # what is in them belongs to nobody: copies start empty

    def get(self, name, shape, dtype):
        """An array of this shape whose content is left over from its last use."""
        size, dtype = math.prod(shape), np.dtype(dtype)
        flat = self._arrays.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._arrays[name] = aligned_zeros(size, dtype)
        return flat[:size].reshape(shape)
