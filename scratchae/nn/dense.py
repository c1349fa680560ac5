"""A dense layer with its activation: parameters, gradients and the last cache."""

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.nn.backend import ops
from scratchae.nn.buffers import Buffers, PerThread


class Dense:
    """h = phi(a), a = x W + b: equations (1.4) and (1.5).

    W, b and their gradients dW, db are views that somebody else owns. `backward`
    overwrites dW and db with the gradient of this batch: it adds nothing up and
    changes no weight, so calling it twice gives the same answer. What forward and
    backward return is overwritten by their next call in the same thread.
    """

    def __init__(self, W, b, dW, db, activation="identity"):
        self.W, self.b, self.dW, self.db = W, b, dW, db
        self.activation = activation
        self._buffers = Buffers()
        self._last = PerThread()  # x, h and what the slope is made of

    def __repr__(self):
        d_in, d_out = self.W.shape
        return f"Dense({d_in} -> {d_out}, {self.activation})"

    def forward(self, x):
        """x : (n, d_in).  Returns h : (n, d_out) and remembers what backward needs."""
        self._check(x)
        shape = (len(x), self.W.shape[1])
        out, slope = (self._buffer(name, shape) for name in ("h", "slope"))
        h, kept = ops.dense_forward(x, self.W, self.b, self.activation, out, slope)
        last = self._last
        last.x, last.h, last.kept = x, h, kept
        return h

    def predict(self, x):
        """The same h, remembering nothing: safe in several threads at once."""
        self._check(x)
        return ops.dense_forward(x, self.W, self.b, self.activation)[0]

    def backward(self, da, below=None):
        """da : (n, d_out), the gradient before the activation.  Fills dW and db.

        Returns the gradient of x : (n, d_in); with `below`, the layer that made x,
        that layer's da.
        """
        self._check_forward()
        out = self._buffer("dx", (len(da), self.W.shape[0]))
        activation, kept = "identity", None
        if below is not None:
            activation, kept = below.activation, below._last.kept
        *_, dx = ops.dense_backward(
            self._last.x, da, self.W, activation, kept, self.dW, self.db, out
        )
        return dx

    def weight_gradient(self, da):
        """`backward` without the gradient of x: for the first layer of a network."""
        self._check_forward()
        ops.dense_weight_gradient(self._last.x, da, self.dW, self.db)

    def activation_gradient(self, dh):
        """da = dh * phi'(a), equation (1.6).  Both (n, d_out)."""
        self._check_forward()
        out = self._buffer("da", dh.shape)
        return ops.activation_backward(dh, self.activation, self._last.kept, out)

    def kink_pattern(self):
        """Which side of the kink each unit was on in the last forward, or None."""
        kinked = ACTIVATIONS[self.activation].kinked
        return self._last.h.real > 0 if kinked else None

    def _buffer(self, name, shape):
        return self._buffers.get(name, shape, self.W.dtype)

    def _check(self, x):
        d_in, d_out = self.W.shape
        if x.ndim != 2 or x.shape[1] != d_in:
            raise ValueError(
                f"Dense({d_in} -> {d_out}) got x of shape {x.shape}; "
                f"expected (n, {d_in})"
            )

    def _check_forward(self):
        if not hasattr(self._last, "x"):
            raise RuntimeError(f"{self!r}: backward was called before forward")
