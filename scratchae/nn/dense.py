"""A dense layer with its activation: parameters, gradients and the last cache."""

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.nn.backend import ops


class Dense:
    """h = phi(x W + b), equations (1.4) and (1.5).

    W, b and their gradients dW, db are views that somebody else owns. `backward`
    overwrites dW and db with the gradient of this batch: it adds nothing up and
    changes no weight, so calling it twice gives the same answer.
    """

    def __init__(self, W, b, dW, db, activation="identity"):
        self.W, self.b, self.dW, self.db = W, b, dW, db
        self.activation = activation
        self._phi = ACTIVATIONS[activation]
        self._cache = None

    def __repr__(self):
        d_in, d_out = self.W.shape
        return f"Dense({d_in} -> {d_out}, {self.activation})"

    def forward(self, x):
        """x : (n, d_in).  Returns h : (n, d_out) and remembers what backward needs."""
        h, self._cache = self._apply(x)
        return h

    def predict(self, x):
        """The same h, remembering nothing: safe in several threads at once."""
        return self._apply(x)[0]

    def _apply(self, x):
        d_in, d_out = self.W.shape
        if x.ndim != 2 or x.shape[1] != d_in:
            raise ValueError(
                f"Dense({d_in} -> {d_out}) got x of shape {x.shape}; "
                f"expected (n, {d_in})"
            )
        a, affine = ops.dense_forward(x, self.W, self.b)  # (n, d_out)
        h, phi = self._phi.forward(a)  # (n, d_out)
        return h, (affine, phi, h)

    def backward(self, dh, input_gradient=True):
        """dh : (n, d_out).  Fills dW and db; returns dx : (n, d_in).

        The first layer of a network passes input_gradient=False and gets None.
        """
        if self._cache is None:
            raise RuntimeError(f"{self!r}: backward was called before forward")
        affine, phi, _ = self._cache
        da = self._phi.backward(dh, phi)  # (n, d_out)
        self.dW[...], self.db[...] = ops.dense_weight_gradient(da, affine)
        return ops.dense_input_gradient(da, affine) if input_gradient else None

    def kink_pattern(self):
        """Which side of the kink each unit was on in the last forward, or None."""
        return self._cache[2].real > 0 if self._phi.kinked else None
