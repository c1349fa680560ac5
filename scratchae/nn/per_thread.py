"""What a forward pass keeps for the backward pass, for each Python thread apart."""

import threading


class PerThread(threading.local):
    """Attributes that each Python thread has for itself, so that several may use one
    model at once."""

    def __getattr__(self, name):
        """Nothing has been kept in this thread yet."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise RuntimeError("backward was called before forward")

    def __reduce__(self):
        return type(self), ()  # what is in it belongs to nobody: copies start empty
