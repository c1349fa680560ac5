"""What is timed: five training steps, and the kernels they are made of."""

import math
from dataclasses import dataclass

import numpy as np

MASKED = 0.3  # fraction of pixels that the denoising autoencoder loses
# So small that a thousand steps on one batch change nothing: a batch learned by heart
# has gradients near zero, and numbers below 1e-38 are slow to compute with.
RATE = 1e-9


@dataclass(frozen=True)
class Work:
    """A training step: forward, backward and Adam on one batch, in float32.

    kind : "vae" (ReLU, Bernoulli loss), "autoencoder" (ReLU, squared error) or
        "denoising" (sigmoid code, masking noise, Bernoulli loss)
    sizes : widths from the data to the code; the decoder has them in reverse
    """

    kind: str
    sizes: tuple
    batch: int

    @property
    def name(self):
        """Such as vae 784-400-20."""
        return f"{self.kind} {'-'.join(map(str, self.sizes))}"

    @property
    def layers(self):
        """(d_in, d_out) of every dense layer, in the order of the forward pass."""
        head = 2 if self.kind == "vae" else 1
        encoder = [*self.sizes[:-1], head * self.sizes[-1]]
        decoder = self.sizes[::-1]
        return [*zip(encoder, encoder[1:], strict=False),
                *zip(decoder, decoder[1:], strict=False)]

    @property
    def parameters(self):
        """Number of weights and biases."""
        return sum(d_in * d_out + d_out for d_in, d_out in self.layers)

    @property
    def flops(self):
        """Of the products: three per layer, two for the first."""
        sizes = [math.prod(layer) for layer in self.layers]
        return 2 * self.batch * (3 * sum(sizes) - sizes[0])

    @property
    def bytes(self):
        """Of Adam, which reads four vectors and writes three."""
        return 4 * self.parameters * 7

    def least(self, rate, bandwidth):
        """Seconds it must take at so many operations and bytes per second: (13.2) for
        the products, of which operations are the limit, and for Adam after them, of
        which bytes are."""
        return self.flops / rate + self.bytes / bandwidth

    def inputs(self):
        """Batch x and the random numbers of the step, the same for everybody."""
        rng = np.random.default_rng(0)
        shape = (self.batch, self.sizes[0])
        x = (rng.random(shape, dtype=np.float32) < 0.3).astype(np.float32)
        eps = rng.standard_normal((self.batch, self.sizes[-1]), dtype=np.float32)
        return x, eps, rng.random(shape, dtype=np.float32)


WORKS = [
    Work("vae", (784, 400, 20), 128),
    Work("vae", (784, 400, 20), 512),
    Work("vae", (784, 400, 400, 50), 100),
    Work("autoencoder", (784, 1000, 500, 250, 30), 128),
    Work("denoising", (784, 500), 128),
]


def our_network(work):
    """The network that a work trains."""
    from scratchae.networks.autoencoder import AutoencoderNetwork
    from scratchae.networks.variational import VariationalNetwork

    if work.kind == "vae":
        return VariationalNetwork(work.sizes)
    if work.kind == "denoising":
        return AutoencoderNetwork(work.sizes, code_activation="sigmoid",
                                  loss="bernoulli")
    return AutoencoderNetwork(work.sizes)


def our_step(work):
    """A function that does one step with our layers, on the backend in use."""
    from scratchae.nn.backend import ops
    from scratchae.nn.optimizers import Adam

    network, (x, eps, uniform) = our_network(work), work.inputs()
    network.initialise(np.random.default_rng(1), x)
    optimizer = Adam(network.parameters)

    def step():
        if work.kind == "vae":
            losses = network.loss(x, eps)
        elif work.kind == "denoising":
            losses = network.loss(ops.mask(x, uniform, MASKED), target=x)
        else:
            losses = network.loss(x)
        network.backward()
        if not math.isfinite(losses["loss"] + optimizer.step(RATE)):
            raise FloatingPointError(f"{work.name}: the loss is not finite")

    return step


def kernel_calls(n=128, d=784, h=400, k=20):
    """name -> (function of the backend's module, flops) at the VAE's shapes."""
    rng = np.random.default_rng(0)

    def array(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    x, W, b, da = array(n, d), 0.05 * array(d, h), array(h), array(n, h)
    V, c, dlogits, x01 = 0.05 * array(h, d), array(d), array(n, d), rng.random((n, d))
    x01 = x01.astype(np.float32)
    a, dW, db, dV, dc = array(n, h), array(d, h), array(h), array(h, d), array(d)
    logits = array(n, d)
    head, eps, dz = array(n, 2 * k), array(n, k), array(n, k)
    theta, grad, m, v = (array(2 * d * h) for _ in range(4))
    v = v * v
    product = 2 * n * d * h
    return {
        "x W, ReLU": (lambda f: f.layer_forward(x, W, b, "relu"), product),
        "h V": (lambda f: f.layer_forward(a, V, c), product),
        "x^T da": (_backward(x, W, b, da, dW, db, input_gradient=False), product),
        "h^T da": (_backward(a, V, c, dlogits, dV, dc, input_gradient=False), product),
        "da V^T": (_backward(a, V, c, dlogits), product),
        "Bernoulli loss": (lambda f: f.bernoulli_nll(logits, x01, 0.1), 0),
        "Gaussian head": (lambda f: _head(f, head, eps, dz), 0),
        "Adam": (lambda f: f.adam_step(theta, grad, m, v, 9), 0),
        "gradient norm": (lambda f: f.squared_norm(grad), 0),
        "binarize": (lambda f: f.binarize(x01, dlogits), 0),
    }


def _backward(x, W, b, da, *outputs, **options):
    """A layer's `layer_backward`; its cache is made once, before the clock runs."""
    cache = {}

    def call(f):
        if f not in cache:
            cache[f] = f.layer_forward(x, W, b)[1]
        f.layer_backward(da, cache[f], *outputs, **options)

    return call


def _head(f, head, eps, dz):
    _, _, cache = f.gaussian_head_forward(head, eps)
    f.gaussian_head_backward(dz, 0.1, cache)


def matmul_calls(n=128, d=784, h=400):
    """The bare products by numpy.matmul, by the names of `kernel_calls`."""
    rng = np.random.default_rng(0)
    x, W, da, V, dlogits = (rng.standard_normal(shape, dtype=np.float32)
                            for shape in ((n, d), (d, h), (n, h), (h, d), (n, d)))
    out_h, out_d, dW, dV = (np.empty_like(a) for a in (da, x, W, V))
    return {
        "x W, ReLU": lambda: np.matmul(x, W, out=out_h),
        "h V": lambda: np.matmul(da, V, out=out_d),
        "x^T da": lambda: np.matmul(x.T, da, out=dW),
        "h^T da": lambda: np.matmul(da.T, dlogits, out=dV),
        "da V^T": lambda: np.matmul(dlogits, V.T, out=out_h),
    }
