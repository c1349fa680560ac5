"""What `scratchae gradcheck` checks: every hand-written gradient, at a random point.

A check is a loss as a function of named arrays, the point, and the analytic gradient.
Sizes are small and all different, so that a transposed or misplaced axis cannot hide
(n = 5 images, d = 7 pixels, h = 6 hidden, k = 4 codes). Formulas come before the
models built from them, so the first failing row names the culprit.
"""

import contextlib
from dataclasses import dataclass
from functools import partial

import numpy as np

from scratchae.formulas import (
    activations,
    dense,
    divergences,
    losses,
    reparameterization,
)
from scratchae.gradcheck import GradientReport, check_parameters, random_projection
from scratchae.models.autoencoder import AutoencoderNetwork
from scratchae.models.vae import VariationalNetwork
from scratchae.nn.backend import backend, ops

N, D, H, K = 5, 7, 6, 4
EXTREMES = (-1000.0, -30.0, 30.0, 1000.0)  # saturated units, where clipping would show


@dataclass
class Check:
    """loss : dict of arrays -> scalar, real or complex with its argument
    point : the arrays, in the order from the loss backwards
    gradients : the analytic gradient at the point, by the same names
    pattern : dict of arrays -> side of each kink, or None where there is none
    """

    loss: callable
    point: dict
    gradients: dict
    pattern: callable = None


def activation_check(name, rng):
    """phi(a) at random and at saturated points, away from the kink at 0."""
    a = rng.uniform(0.1, 3, size=(N, H)) * rng.choice([-1, 1], size=(N, H))
    a[0, : len(EXTREMES)] = EXTREMES
    dh = random_projection((N, H), rng)
    phi = activations.ACTIVATIONS[name]
    forward = getattr(activations, f"{name}_forward", phi.forward)
    backward = getattr(activations, f"{name}_backward", phi.backward)
    _, cache = forward(a)
    return Check(
        lambda p: np.sum(forward(p["a"])[0] * dh), {"a": a}, {"a": backward(dh, cache)}
    )


def dense_check(rng):
    """y = x W + b, all three gradients."""
    point = {"x": (N, D), "W": (D, H), "b": (H,)}
    point = {name: rng.normal(size=shape) for name, shape in point.items()}
    dy = random_projection((N, H), rng)
    _, cache = dense.dense_forward(**point)
    gradients = dict(zip(point, dense.dense_backward(dy, cache), strict=True))
    return Check(lambda p: np.sum(dense.dense_forward(**p)[0] * dy), point, gradients)


def squared_error_check(rng):
    """Squared error in the reconstruction."""
    x, x_hat = rng.normal(size=(2, N, D))
    d_loss = random_projection((N,), rng)
    _, cache = losses.squared_error_forward(x_hat, x)
    return Check(
        lambda p: np.sum(losses.squared_error_forward(p["x_hat"], x)[0] * d_loss),
        {"x_hat": x_hat},
        {"x_hat": losses.squared_error_backward(d_loss, cache)},
    )


def bernoulli_check(rng):
    """Bernoulli loss in the logits, grey targets, saturated logits included."""
    x, logits = rng.uniform(size=(N, D)), 2 * rng.normal(size=(N, D))
    logits[0, : len(EXTREMES)] = EXTREMES
    d_loss = random_projection((N,), rng)
    _, cache = losses.bernoulli_nll_forward(logits, x)
    return Check(
        lambda p: np.sum(losses.bernoulli_nll_forward(p["logits"], x)[0] * d_loss),
        {"logits": logits},
        {"logits": losses.bernoulli_nll_backward(d_loss, cache)},
    )


def gaussian_check(shape, rng):
    """Gaussian loss in the mean and in a log-variance of the given shape."""
    x, x_hat = rng.normal(size=(2, N, D))
    point = {"x_hat": x_hat, "log_var": rng.normal(size=shape)}
    d_loss = random_projection((N,), rng)
    _, cache = losses.gaussian_nll_forward(**point, x=x)
    gradients = losses.gaussian_nll_backward(d_loss, cache)
    return Check(
        lambda p: np.sum(losses.gaussian_nll_forward(**p, x=x)[0] * d_loss),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def kl_check(rng):
    """Divergence of a diagonal Gaussian from the prior."""
    point = {"mu": rng.normal(size=(N, K)), "log_var": rng.normal(size=(N, K))}
    d_kl = random_projection((N,), rng)
    _, cache = divergences.kl_diag_gaussian_forward(**point)
    gradients = divergences.kl_diag_gaussian_backward(d_kl, cache)
    return Check(
        lambda p: np.sum(divergences.kl_diag_gaussian_forward(**p)[0] * d_kl),
        point,
        dict(zip(point, gradients, strict=True)),
    )


def reparameterize_check(rng):
    """z = mu + sigma eps with the noise held fixed."""
    point = {"mu": rng.normal(size=(N, K)), "log_var": rng.normal(size=(N, K))}
    eps, dz = rng.normal(size=(2, N, K))
    forward = partial(reparameterization.reparameterize_diag_forward, eps=eps)
    _, cache = forward(**point)
    gradients = reparameterization.reparameterize_diag_backward(dz, cache)
    return Check(
        lambda p: np.sum(forward(**p)[0] * dz),
        point,
        dict(zip(point, gradients, strict=True)),
    )


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


def layer_operation_check(activation, rng):
    """Two layers: products, activation and its derivative fused as in training."""
    shapes = {"V": (H, K), "c": K, "W": (D, H), "b": H, "x": (N, D)}
    dy = random_projection((N, K), rng)

    def two_layers(V, c, W, b, x):
        h, kept = ops.dense_forward(x, W, b, activation)
        y, _ = ops.dense_forward(h, V, c)
        if np.iscomplexobj(y):
            return np.sum(y * dy), None
        da = ops.dense_input_gradient(dy, V, activation, kept)
        return np.sum(y * dy), (
            *ops.dense_weight_gradient(h, dy),
            *ops.dense_weight_gradient(x, da),
            ops.dense_input_gradient(da, W),
        )

    point = {name: _scaled_normal(rng, np.empty(s).shape) for name, s in shapes.items()}
    return operation_check(two_layers, point)


def loss_operation_check(name, rng):
    """A loss with its gradient in one pass."""
    x = rng.uniform(size=(N, D))

    def mean_loss(predicted):
        losses, gradient = getattr(ops, name)(predicted, x, 1 / N)
        return losses.mean(), (gradient,)

    return operation_check(mean_loss, {"predicted": 2 * rng.normal(size=(N, D))})


def head_operation_check(rng):
    """Sampler and divergence in one pass, with the noise held fixed."""
    eps, dz = rng.normal(size=(2, N, K))

    def head_loss(head):
        z, kl, cache = ops.gaussian_head_forward(head, eps)
        total = np.sum(z * dz) + 0.7 * np.sum(kl)
        if np.iscomplexobj(head):
            return total, None
        return total, (ops.gaussian_head_backward(dz, head, cache, 0.7),)

    return operation_check(head_loss, {"head": rng.normal(size=(N, 2 * K))})


def network_check(build, rng):
    """Every parameter of a network at a random point, biases and heads included.

    build : function of a dtype that returns the network; a complex point is evaluated
        by a complex twin on the NumPy backend, so that the complex step can pass
        through it. The gradient is always that of the backend in use.
    """
    network, complex_twin = build(dtype=np.float64), build(dtype=np.complex128)
    shapes = network.parameters.shapes
    point = {name: _scaled_normal(rng, shapes[name]) for name in reversed(shapes)}
    inputs = network.draw(rng.uniform(size=(N, D)), rng)
    network.parameters.set_values(point)
    network.loss(**inputs)
    network.backward()
    gradients = {name: network.parameters.gradients[name].copy() for name in point}

    def loss(p):
        is_complex = any(np.iscomplexobj(value) for value in p.values())
        at = complex_twin if is_complex else network
        at.parameters.set_values(p)
        with backend("numpy") if is_complex else contextlib.nullcontext():
            return at.loss(**inputs)["loss"]

    def pattern(p):
        loss(p)
        return network.kink_pattern()

    return Check(loss, point, gradients, pattern)


def _scaled_normal(rng, shape):
    """Weights that keep signals near size 1, and biases of size 1."""
    return rng.normal(size=shape) / np.sqrt(shape[0] if len(shape) == 2 else 1)


def _networks():
    """Networks that between them use every activation, loss and option."""
    ae = partial(AutoencoderNetwork, (D, H, K))
    vae = partial(VariationalNetwork, (D, H, K), kl_weight=0.7)
    networks = {
        f"autoencoder_{name}": partial(ae, activation=name)
        for name in activations.ACTIVATIONS
    }
    networks |= {
        "autoencoder_bernoulli": partial(ae, activation="tanh", loss="bernoulli"),
        "autoencoder_tied": partial(ae, activation="tanh", tied_weights=True),
        "autoencoder_deep": partial(
            AutoencoderNetwork,
            (D, 10, H, 9, K),
            activation="silu",
            code_activation="sigmoid",
            output_activation="sigmoid",
        ),
        "vae_tanh": partial(vae, activation="tanh"),
        "vae_relu": partial(vae, activation="relu"),
        "vae_deep": partial(
            VariationalNetwork, (D, 10, H, K), activation="softplus", binarize=False
        ),
    }
    return networks


CHECKS = {name: partial(activation_check, name) for name in activations.ACTIVATIONS}
CHECKS |= {
    "dense": dense_check,
    "squared_error": squared_error_check,
    "bernoulli_nll": bernoulli_check,
    "gaussian_nll": partial(gaussian_check, (N, D)),
    "gaussian_nll_one_variance": partial(gaussian_check, ()),
    "kl_diag_gaussian": kl_check,
    "reparameterize_diag": reparameterize_check,
}
CHECKS |= {
    f"layers_{name}": partial(layer_operation_check, name)
    for name in ("tanh", "sigmoid", "softplus", "silu")
}
CHECKS |= {
    "loss_bernoulli_nll": partial(loss_operation_check, "bernoulli_nll"),
    "loss_squared_error": partial(loss_operation_check, "squared_error"),
    "gaussian_head": head_operation_check,
}
CHECKS |= {name: partial(network_check, build) for name, build in _networks().items()}


def _run(name, method, seed):
    """One check, moved to the first random point where no step crosses a kink."""
    for attempt in range(100):
        check = CHECKS[name](np.random.default_rng([seed, attempt]))
        report = check_parameters(
            check.loss, check.point, check.gradients, method, model=name,
            kinks=check.pattern,
        )  # fmt: skip
        if not any(row.kinks for row in report.rows):
            break
    return report


def run_checks(names=None, method="complex", seed=0):
    """Run the named checks (default: all) and return one GradientReport."""
    unknown = sorted(set(names or ()) - set(CHECKS))
    if unknown:
        raise ValueError(f"no gradient check {unknown}; expected some of {[*CHECKS]}")
    rows = []
    for name in CHECKS if names is None else names:
        rows += _run(name, method, seed).rows
    return GradientReport(rows)
