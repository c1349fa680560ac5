"""Checks of the mathematics. Each raises if it finds something wrong.

They are small versions of the project's tests, on the NumPy backend, so that a planted
fault is what runs. `CHECKS` has them in the order of the matrix's columns.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np

from scratchae.analysis import diagnosis
from scratchae.exact import LinearGaussian
from scratchae.formulas import (
    divergences,
    importance,
    losses,
    optimizers,
    penalties,
    reparameterization,
    schedules,
    softmax,
    wiener,
)
from scratchae.gradcheck import check_gradient, check_parameters
from scratchae.gradient_checks import CHECKS as GRADIENTS
from scratchae.gradient_checks.networks import named_networks, network_check
from scratchae.gradient_checks.sizes import Sizes
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.denoising import DenoisingAutoencoder
from scratchae.models.vae import VariationalAutoencoder
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.posteriors import DiagonalPosterior
from scratchae.networks.variational import VariationalNetwork
from scratchae.training import loop

QUIET = {"random_state": 0, "verbose": False, "dtype": "float64"}
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
# As in `scratchae.gradient_checks`, but small: each runs for dozens of faults. The head
# has 2 k columns, so h is not 2 k either.
SIZES = {"different": Sizes(n=3, d=6, h=5, k=2, wide=7, wider=8, c=3),
         "equal": Sizes(*[3] * 7)}
MODELS_WITH_NOISE = ("vae_tanh", "vae_gaussian", "iwae")


class Caught(AssertionError):
    """What a check raises."""


def demand(condition, message):
    """Raise Caught with the message unless the condition holds."""
    if not condition:
        raise Caught(message)


def gradient_passes(build, sizes="different"):
    """The gradient of one entry of the catalogue agrees with the numerical one.

    Along one random direction through all tensors, where any wrong entry shows, at the
    price of one entry.
    """
    rng = np.random.default_rng(7)
    check = build(rng, SIZES[sizes])
    way, slope = {}, 0.0
    for name, value in check.point.items():
        gradient = check.gradients[name]
        demand(np.shape(gradient) == np.shape(value), f"the shape of d{name}")
        way[name] = rng.uniform(0.5, 1.5, np.shape(value))
        slope += np.sum(gradient * way[name])

    def along(t):
        return check.loss({name: x + t * way[name] for name, x in check.point.items()})

    demand(check_gradient(along, np.zeros(()), slope).passed, "a gradient fails")


def gradient_checks():
    """Every backward, the models' noise switched off, at sizes unlike and alike."""
    with_noise = ("vae", "iwae", "reparameterize", "gaussian_head")
    quiet = [c for n, c in GRADIENTS.items() if not n.startswith(with_noise)]
    return [
        partial(gradient_passes, build, sizes)
        for sizes in ("different", "equal")
        for build in [*quiet, *map(_without_noise, MODELS_WITH_NOISE)]
    ]


def _without_noise(name):
    return lambda rng, s: network_check(named_networks(s)[name], rng, s,
                                       noiseless=True)


def frozen_noise():
    """The sampler and the models that use it, with noise that is kept."""
    names = ("reparameterize_diag", "gaussian_head", *MODELS_WITH_NOISE)
    return [partial(gradient_passes, GRADIENTS[name]) for name in names]


def bound():
    """E[bound] <= log p(x) where log p is known, at and around the best q."""
    world, x = LinearGaussian(2.0, sigma=1.0), np.array([[3.0], [-1.0]])
    log_p = world.log_likelihood(x).mean()
    for scale in (0.5, 1.0, 1.5):
        network = _exact_line(VariationalNetwork, scale)
        values = []
        for node in NODES:
            drawn = network.draw(x, np.random.default_rng(0))
            drawn["eps"][...] = node
            values.append(network.loss(**drawn)["loss"])
        demand(-WEIGHTS @ values <= log_p + 1e-9, f"bound above log p, scale {scale}")
    many = [loop.evaluate(network, x, np.random.default_rng(i)) for i in range(200)]
    bounds = np.array([-(m["recon"] + m["kl"]) for m in many])
    error = bounds.std() / np.sqrt(len(bounds))
    demand(bounds.mean() - 3 * error <= log_p and error > 0, "evaluation")
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(30, 8))
    vae = VariationalAutoencoder(2, (4,), epochs=1, **QUIET).fit(images)
    demand(vae.score(images) < 0, "log-probability of binary images above 0")


def _exact_line(build, scale):
    """The line model with the exact posterior mean, its std times scale."""
    network = build((1, 1), decoder="gaussian", decoder_variance=1.0, dtype=np.float64)
    encoder, decoder = network.encoder.layers[0], network.decoder.layers[0]
    decoder.W[...], decoder.b[...] = 2.0, 0.0
    encoder.W[...] = [[0.4, 0.0]]
    encoder.b[...] = [0.0, np.log(0.2 * scale**2)]
    return network


def closed_form():
    """Values from a formula or by hand."""
    one = np.ones((1, 1))
    kl = divergences.kl_diag_gaussian_forward(one, 0 * one)[0][0]
    demand(abs(kl - 0.5) < 1e-12, "KL(N(1, 1) || N(0, 1)) is 1/2")
    h, rho = np.array([[0.2, 0.6], [0.4, 0.2]]), 0.1
    by_hand = sum(0.1 * np.log(0.1 / r) + 0.9 * np.log(0.9 / (1 - r))
                  for r in (0.3, 0.4))
    value = penalties.kl_sparsity_forward(h, rho)[0]
    demand(abs(value - by_hand) < 1e-12, "KL sparsity of a batch")
    log_w = np.log([[1.0], [3.0]])
    demand(abs(importance.log_mean_exp_forward(log_w)[0][0] - np.log(2)) < 1e-12, "L_K")
    sure = losses.bernoulli_nll_forward(np.array([[20.0]]), 0 * one)[0][0]
    demand(abs(sure - 20) < 1e-8, "a confident mistake costs its logit")
    label = softmax.softmax_nll_forward(np.array([[1.0, 0.0]]), np.array([0]))[0][0]
    demand(abs(label - np.log1p(np.exp(-1))) < 1e-12, "softmax by hand")
    _adam_trace()
    theta, velocity = np.zeros(1), np.zeros(1)
    for g in (1.0, -2.0):
        optimizers.momentum_step(theta, np.array([g]), velocity, 0.1)
    demand(abs(theta[0] - 0.01) < 1e-12, "-0.1 (1) - 0.1 (0.9 - 2), momentum by hand")
    rates = [schedules.cosine(progress) for progress in (0, 1 / 3, 1)]
    demand(np.allclose(rates, (1, 0.75, 0)), "the cosine schedule")
    _denoiser()
    _binary_images()
    _active_units()


def _adam_trace():
    """Three steps with gradients 1, -2, 0.5, as in the tests, by hand."""
    theta, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
    first = -0.1 / (1 + 1e-3)
    for t, g in enumerate((1.0, -2.0, 0.5), 1):
        optimizers.adam_step(theta, np.array([g]), m, v, t, 0.1, eps=1e-3)
        if t == 1:
            demand(abs(theta[0] - first) < 1e-12, "Adam's first step")
    m_hat = (0.081 - 0.18 + 0.05) / 0.271
    v_hat = (0.998001e-3 + 3.996e-3 + 0.25e-3) / (1 - 0.999**3)
    second = 0.1 * (0.09 - 0.2) / 0.19
    second /= np.sqrt((0.999e-3 + 4e-3) / (1 - 0.999**2)) + 1e-3
    by_hand = first - second - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-3)
    demand(abs(theta[0] - by_hand) < 1e-12, "Adam's third step")


def _denoiser():
    """The loss of the best linear denoiser is the closed form; prediction is quiet."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3)) @ rng.normal(size=(3, 3))
    A, c = wiener.wiener_denoiser(x.mean(axis=0), np.cov(x.T, bias=True), 0.5)
    network = DenoisingNetwork((3, 3), "gaussian", 0.5, dtype=np.float64)
    network.encoder.layers[0].W[...] = A.T
    network.decoder.layers[0].W[...] = np.eye(3)
    network.decoder.layers[0].b[...] = c
    loss = np.mean([network.loss(**network.draw(x, rng))["loss"] for _ in range(20)])
    exact = wiener.denoising_error(A, c, x, 0.5)
    demand(abs(loss / exact - 1) < 0.02, "loss of the best linear denoiser")
    model = DenoisingAutoencoder(2, (), epochs=1, **QUIET).fit(x[:50])
    same = np.array_equal(model.transform(x[:9]), model.encoder_.predict(x[:9]))
    demand(same, "prediction adds noise")


def _binary_images():
    network = VariationalNetwork((4, 2), dtype=np.float64)
    drawn = network.draw(np.full((50, 4), 0.5), np.random.default_rng(0))["x"]
    demand(set(np.unique(drawn)) <= {0.0, 1.0}, "a Bernoulli likelihood of grey pixels")


def _active_units():
    """A dimension that follows the prior is not active."""
    model = SimpleNamespace(
        network_=SimpleNamespace(posterior=DiagonalPosterior(2)),
        encoder_output=lambda X, random_state: np.zeros((len(X), 4)),  # mu, log_var
    )
    demand(not diagnosis.active_units(model, np.zeros((9, 3))).any(), "active units")


def every_parameter_moves():
    """After one step every tensor has changed, and tied ones are still one."""
    x = np.random.default_rng(0).uniform(size=(20, 6))
    deep = {"n_components": 3, "hidden_layer_sizes": (4,), "activation": "tanh"}
    for build in (Autoencoder, partial(Autoencoder, tied_weights=True),
                  VariationalAutoencoder):
        options = deep | QUIET | {"batch_size": 20, "schedule": "constant"}
        one = build(epochs=1, **options).fit(x).network_
        two = build(epochs=2, **options).fit(x).network_
        for name, value in one.parameters.values.items():
            demand((value != two.parameters.values[name]).any(), f"{name} stands still")
        tied = getattr(two, "tied_weights", False)
        pairs = zip(two.decoder.layers, two.encoder.layers[::-1], strict=True)
        same = all(np.array_equal(layer.W, owner.W.T) for layer, owner in pairs if tied)
        demand(same, "tied weights part")


def kl_not_negative():
    """KL >= 0 at random points, and in what a training reports."""
    rng = np.random.default_rng(0)
    mu, log_var = rng.normal(size=(2, 200, 3))
    demand(np.min(divergences.kl_diag_gaussian_forward(mu, log_var)[0]) >= 0, "KL")
    vae = VariationalAutoencoder(2, (4,), epochs=2, **QUIET)
    history = vae.fit(rng.uniform(size=(40, 6))).history_
    demand(min(history["kl"]) >= 0, "reported KL")


def sampler_moments():
    """Mean and standard deviation of z are mu and exp(log_var / 2)."""
    n = 20_000
    mu, log_var = np.full((n, 2), (0.5, -1.0)), np.full((n, 2), (0.8, -1.2))
    eps = np.random.default_rng(0).standard_normal((n, 2))
    z, _ = reparameterization.reparameterize_diag_forward(mu, log_var, eps)
    demand(np.allclose(z.mean(axis=0), mu[0], atol=0.05), "mean of z")
    demand(np.allclose(z.std(axis=0), np.exp(0.5 * log_var[0]), rtol=0.03), "std of z")


def guards():
    """Extreme input gives finite numbers of the right shape."""
    logits = np.array([[1e4, -1e4], [-1e4, 1e4]])
    nll = losses.bernoulli_nll_forward(logits, np.array([[0.0, 1.0], [0.0, 1.0]]))[0]
    demand(nll.shape == (2,) and np.allclose(nll, [2e4, 0]), "logits of 1e4")
    far = softmax.softmax_nll_forward(np.array([[1000.0, 0.0]]), np.array([1]))[0]
    demand(np.allclose(far, 1000), "softmax at 1000")
    kl = divergences.kl_diag_gaussian_forward(np.zeros((1, 2)), np.array([[50.0, -50]]))
    demand(np.isfinite(kl[0]).all(), "log-variances of 50")


def checker_checked():
    """The gradient check itself passes what is right and fails what is not."""
    x = np.array([0.3, -1.2, 2.0])
    demand(check_gradient(lambda v: 0 * v.sum(), x, 0 * x).passed, "a 0 that is right")
    for scale in (1.0, 1e-7):  # a mean-scaled loss has tiny gradients
        def f(v, scale=scale):
            return scale * np.sum(np.sin(v))

        right = scale * np.cos(x)
        demand(check_gradient(f, x, right).passed, "a right gradient fails")
        for wrong in (1.001 * right, 0 * right, -right, right[::-1]):
            demand(not check_gradient(f, x, wrong).passed, "a wrong gradient passes")


def checker():
    """What it must not be taken in by."""
    def squares(p):
        return sum(np.sum(value**2) for value in p.values())

    x = np.array([1.0, -2.0])
    row = check_gradient(lambda v: np.sum(v**2) + 0.1 * np.sum(np.abs(v)), x, 2 * x)
    demand(not row.passed, "the imaginary part is dropped")
    one, both, doubled = {"W": x}, {"W": x, "b": x[:1]}, {"W": 2 * x, "b": 2 * x[:1]}
    for point, gradients in ((one, doubled), (both, {"W": 2 * x}), (one, {})):
        report = check_parameters(squares, point, gradients)
        demand(not report.passed, "a gradient missing or too many")
    for wrong in range(3):  # one entry, at every position
        gradient = np.array([1.0, 2.0, 3.0])
        gradient[wrong] *= 1.001
        row = check_gradient(lambda v: v @ np.array([1, 2, 3]), np.ones(3), gradient)
        demand(not row.passed, f"entry {wrong} is not looked at")


# A check is a list of parts; it notices a mistake if one of them does.
CHECKS = {
    "gradient check": gradient_checks(),
    "frozen noise": frozen_noise(),
    "bound <= log p": [bound],
    "closed form": [closed_form],
    "all move": [every_parameter_moves],
    "KL >= 0": [kl_not_negative],
    "sampler": [sampler_moments],
    "guards": [guards],
    "the checker": [checker_checked, checker],
}
