"""Gradient checks of what a training step runs: fused operations, whole networks."""

import contextlib
from functools import partial

import numpy as np

from scratchae.analysis.probe import probe_loss
from scratchae.formulas import activations
from scratchae.gradcheck import random_projection
from scratchae.gradient_checks.check import Check, scalar_check
from scratchae.gradient_checks.sizes import DIFFERENT
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.checking import checkable, random_parameters, scaled_normal
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.sparse import SparseNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.backend import backend, ops


def operation_check(operation, point):
    """A fused function of a training step, on the backend in use.

    operation : function of the arrays of `point` that returns (scalar, gradients);
        the gradients are those of the scalar
    """

    def loss(p):
        is_complex = any(np.iscomplexobj(value) for value in p.values())
        with backend("numpy") if is_complex else contextlib.nullcontext():
            return operation(**p)[0]

    gradients = operation(**point)[1]
    return Check(loss, point, dict(zip(point, gradients, strict=True)))


def layer_operation_check(activation, rng, s):
    """Two layers: products, activation and its derivative fused as in training."""
    shapes = {"V": (s.h, s.k), "c": (s.k,), "W": (s.d, s.h), "b": (s.h,),
              "x": (s.n, s.d)}
    dy = random_projection((s.n, s.k), rng)

    def two_layers(V, c, W, b, x):
        h, below = ops.layer_forward(x, W, b, activation)
        y, above = ops.layer_forward(h, V, c)
        if np.iscomplexobj(y):
            return np.sum(y * dy), None
        dV, dc, dW, db = (np.full_like(v, np.nan) for v in (V, c, W, b))
        da = ops.layer_backward(dy, above, dV, dc, below)
        dx = ops.layer_backward(da, below, dW, db)
        return np.sum(y * dy), (dV, dc, dW, db, dx)

    point = {name: scaled_normal(rng, shape) for name, shape in shapes.items()}
    return operation_check(two_layers, point)


def loss_operation_check(name, rng, s):
    """A loss with its gradient in one pass."""
    x = rng.uniform(size=(s.n, s.d))

    def mean_loss(predicted):
        losses, gradient = getattr(ops, name)(predicted, x, 1 / s.n)
        return losses.mean(), (gradient,)

    return operation_check(mean_loss, {"predicted": 2 * rng.normal(size=(s.n, s.d))})


def head_operation_check(kind, rng, s):
    """Sampler and divergence in one pass, with the noise held fixed.

    kind : "gaussian" or "cholesky"
    """
    eps, dz = rng.normal(size=(2, s.n, s.k))
    width = 2 * s.k + (s.k * (s.k - 1) // 2 if kind == "cholesky" else 0)

    def head_loss(head):
        z, kl, cache = getattr(ops, f"{kind}_head_forward")(head, eps)
        total = np.sum(z * dz) + 0.7 * np.sum(kl)
        if np.iscomplexobj(head):
            return total, None
        return total, (getattr(ops, f"{kind}_head_backward")(dz, 0.7, cache),)

    return operation_check(head_loss, {"head": rng.normal(size=(s.n, width))})


def probe_check(rng, s):
    """The linear probe: cross-entropy and weight decay in weights and biases."""
    point = {"b": rng.normal(size=s.c), "W": rng.normal(size=(s.k, s.c))}
    codes, labels = rng.normal(size=(s.n, s.k)), rng.integers(0, s.c, s.n)

    def loss(b, W):
        value, dW, db = probe_loss(W, b, codes, labels, weight_decay=0.3)
        return value, db, dW

    return scalar_check(loss, point)


def network_check(build, rng, s, noiseless=False):
    """Every parameter of a network at a random point, biases and heads included.

    build : function of a dtype that returns the network; a complex point is evaluated
        by a complex twin on the NumPy backend, so that the complex step can pass
        through it. The gradient is always that of the backend in use.
    noiseless : set eps to 0, as careless checks do; it hides what happens to the noise
    """
    network, complex_twin = build(dtype=np.float64), build(dtype=np.complex128)
    point = random_parameters(network, rng)
    inputs = inputs_of(network, rng, s)
    if noiseless and "eps" in inputs:
        inputs["eps"] = np.zeros_like(inputs["eps"])
    loss, gradients, pattern = checkable(network, complex_twin, inputs, point)
    return Check(loss, point, gradients, pattern)


def inputs_of(network, rng, s=DIFFERENT):
    """What `draw` gives of a random batch, with labels where the network has them."""
    labels = np.eye(s.c)[rng.integers(0, s.c, s.n)]
    labels = labels[:, : getattr(network, "n_classes", 0)]
    images = rng.uniform(size=(s.n, s.d))
    if getattr(network, "missing", False):
        images[::2, ::2] = np.nan
    return network.draw(np.concatenate([images, labels], axis=1), rng, epoch=99)


class Bell:
    """An activation of one's own, h = exp(-a^2), da = -2 a h dh."""

    def forward(self, a):
        """a : (n, d_out).  Returns h and the cache."""
        h = np.exp(-a * a)
        return h, (a, h)

    def backward(self, dh, cache):
        """dh : (n, d_out).  Returns da."""
        a, h = cache
        return -2 * a * h * dh


class Waves:
    """A hidden layer of one's own, y = sin(x V) * scale."""

    def shapes(self, d_in, d_out):
        """Names and shapes of its parameters."""
        return {"V": (d_in, d_out), "scale": (d_out,)}

    def forward(self, x, p):
        """x : (n, d_in).  Returns y : (n, d_out) and the cache."""
        a = x @ p["V"]                                        # (n, d_out)
        return np.sin(a) * p["scale"], (x, a)

    def backward(self, dy, p, cache):
        """dy : (n, d_out).  Returns dx : (n, d_in) and the gradients by name."""
        x, a = cache
        d_scale = np.sum(dy * np.sin(a), axis=0)              # (d_out,)
        da = dy * p["scale"] * np.cos(a)                      # (n, d_out)
        return da @ p["V"].T, {"V": x.T @ da, "scale": d_scale}


def named_network_check(name, rng, s):
    """One of `named_networks`."""
    return network_check(named_networks(s)[name], rng, s)


def named_networks(s=DIFFERENT):
    """Networks that between them use every activation, loss and option, by name."""
    return autoencoders(s) | regularised(s) | variational(s)


def autoencoders(s):
    """The plain ones and a classifier."""
    ae = partial(AutoencoderNetwork, (s.d, s.h, s.k))
    deep = partial(AutoencoderNetwork, (s.d, s.wider, s.h, s.wide, s.k), "silu",
                   code_activation="sigmoid", output_activation="sigmoid")
    names = activations.ACTIVATIONS
    return {f"autoencoder_{name}": partial(ae, name) for name in names} | {
        "autoencoder_bernoulli": partial(ae, "tanh", loss="bernoulli"),
        "autoencoder_tied": partial(ae, "tanh", tied_weights=True),
        "autoencoder_deep": deep,
        "autoencoder_back": partial(ae, "tanh", back=(s.k, s.wide, s.wider, s.d)),
        "own_activation": partial(ae, activation=Bell(), code_activation=Bell()),
        "own_layer": partial(AutoencoderNetwork, (s.d, s.wide, s.h, s.k),
                             code_activation="tanh", layer=Waves()),
        "classifier": partial(ClassifierNetwork, (s.d, s.h, s.c), "tanh", level=0.3),
    }


def regularised(s):
    """Those with a penalty on the code, or noise on the input."""
    sparse = partial(SparseNetwork, (s.d, s.h, s.wide), penalty_weight=0.7,
                     activation="tanh")
    kl = partial(sparse, penalty="kl", rho=0.3, code_activation="sigmoid")
    contractive = partial(SparseNetwork, (s.d, s.h), "contractive", 0.7,
                          code_activation="sigmoid")
    noisy = partial(DenoisingNetwork, (s.d, s.h), level=0.5, code_activation="tanh")
    return {
        "sparse_kl": kl,
        "sparse_l1": partial(sparse, penalty="l1", code_activation="tanh"),
        "sparse_top_k": partial(sparse, penalty="top_k", n_active=(s.wide + 2) // 3,
                                code_activation="tanh"),
        "sparse_tied": partial(kl, tied_weights=True),
        "contractive": contractive,
        "contractive_tied": partial(contractive, tied_weights=True),
        "denoising_gaussian": partial(noisy, corruption="gaussian"),
        "denoising_weighted": partial(noisy, corruption="masking",
                                      corrupted_weight=3.0),
        "denoising_bernoulli": partial(noisy, corruption="salt_and_pepper",
                                       loss="bernoulli"),
        "denoising_missing": partial(noisy, corruption="masking", corrupted_weight=3.0,
                                     missing=True),
    }


def variational(s):
    """Every posterior, decoder and bound."""
    vae = partial(VariationalNetwork, (s.d, s.h, s.k), kl_weight=0.7)
    smooth = partial(vae, activation="tanh")
    iwae = partial(VariationalNetwork, (s.d, s.h, s.k), "tanh", objective="iwae",
                   n_samples=3)
    return {
        "vae_tanh": smooth,
        "vae_relu": partial(vae, activation="relu"),
        "vae_deep": partial(VariationalNetwork, (s.d, s.wider, s.h, s.k), "softplus",
                            binarize=False),
        "vae_samples": partial(smooth, n_samples=3),
        "vae_free_bits": partial(smooth, free_bits=1.1),
        "vae_gaussian": partial(smooth, decoder="gaussian"),
        "vae_gaussian_fixed": partial(smooth, decoder="gaussian", decoder_variance=0.3),
        "vae_full": partial(smooth, posterior="full"),
        "vae_full_samples": partial(smooth, posterior="full", n_samples=3),
        "vae_own_layer": partial(vae, layer=Waves(), back=(s.k, s.wide, s.d)),
        "vae_conditional": partial(smooth, n_classes=s.c),
        "iwae": iwae,
        "iwae_full": partial(iwae, posterior="full"),
        "iwae_gaussian": partial(iwae, decoder="gaussian"),
        "iwae_conditional": partial(iwae, n_classes=s.c),
    }
