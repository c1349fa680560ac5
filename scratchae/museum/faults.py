"""The museum's exhibits: real mistakes from public code, and some of our own.

Each is a context manager that plants the mistake; see `FAULTS` for where it was seen.
"""

import contextlib

import numpy as np

from scratchae import gradcheck
from scratchae.analysis import diagnosis
from scratchae.formulas import (
    dense,
    divergences,
    importance,
    losses,
    optimizers,
    penalties,
    reparameterization,
    softmax,
)
from scratchae.models.denoising import DenoisingNetwork
from scratchae.models.vae import VariationalAutoencoder
from scratchae.models.variational_network import VariationalNetwork
from scratchae.museum.planting import method_replaced, replaced
from scratchae.nn.mlp import MLP
from scratchae.nn.optimizers import Adam
from scratchae.training import loop

FAULTS = {}


def fault(text, seen_in):
    """Register a context manager as an exhibit."""

    def register(plant):
        FAULTS[plant.__name__] = (contextlib.contextmanager(plant), text, seen_in)
        return plant

    return register


@fault("z = mu + exp(log_var) eps: std = variance", "numpy-ml, DeZero")
def std_is_variance():
    def forward(mu, log_var, eps):
        noise = np.exp(log_var) * eps
        return mu + noise, noise

    r = reparameterization
    with (
        replaced(r.reparameterize_diag_forward, forward),
        replaced(r.reparameterize_diag_backward, lambda dz, noise: (dz, noise * dz)),
    ):
        yield


@fault("noise drawn twice: for z, and again for backward", "a NumPy VAE")
def noise_drawn_twice():
    def forward(mu, log_var, eps):
        sigma = np.exp(0.5 * log_var)
        return mu + sigma * eps, sigma * eps[::-1]  # another image's noise

    with replaced(reparameterization.reparameterize_diag_forward, forward):
        yield


@fault("Gaussian decoder: half of the log-variance's gradient lost", "VRbound")
def gaussian_path_missing():
    def backward(d_loss, cache):
        residual, precision, _, shape = cache
        ones = np.ones_like(residual) * 0.5 * d_loss[:, None]
        return residual * precision * d_loss[:, None], losses._sum_to_shape(ones, shape)

    with replaced(losses.gaussian_nll_backward, backward):
        yield


@fault("biases never updated: zip over fewer names", "a university exercise")
def biases_never_move():
    def step(self, learning_rate):
        p, n = self.parameters, self.parameters.n_weights
        self.t += 1
        optimizers.adam_step(p.theta[:n], p.grad[:n], self.m[:n], self.v[:n], self.t,
                             learning_rate)  # fmt: skip

    with method_replaced(Adam, "step", step):
        yield


@fault("0/0 in the relative error, and a small absolute error forgiven", "the same")
def absolute_tolerance():
    strict = gradcheck.relative_error

    def lenient(a, b):
        error, worst = strict(a, b)
        close = np.allclose(a, b, rtol=0, atol=1e-5)
        return (0.0 if close else error), worst

    with replaced(strict, lenient):
        yield


@fault("KL weighted by 0.00025", "PyTorch-VAE's settings")
def tiny_kl_weight():
    with method_replaced(VariationalNetwork, "kl_weight_at", lambda self, e: 0.00025):
        yield


@fault("KL with the wrong sign", "PyTorch-VAE's log")
def kl_sign_flipped():
    forward = divergences.kl_diag_gaussian_forward
    backward = divergences.kl_diag_gaussian_backward

    def negative(mu, log_var):
        kl, cache = forward(mu, log_var)
        return -kl, cache

    with (
        replaced(forward, negative),
        replaced(backward, lambda d, cache: backward(-d, cache)),
    ):
        yield


@fault("KL without its 1/2, forward and backward", "our own")
def kl_without_half():
    forward = divergences.kl_diag_gaussian_forward
    backward = divergences.kl_diag_gaussian_backward

    def twice(mu, log_var):
        kl, cache = forward(mu, log_var)
        return 2 * kl, cache

    with (
        replaced(forward, twice),
        replaced(backward, lambda d, cache: backward(2 * d, cache)),
    ):
        yield


@fault("Bernoulli loss on grey pixels reported as a likelihood", "pytorch/examples")
def grey_pixels():
    def draw(self, x, rng, epoch=None):
        images, label = self._split(x)
        eps = rng.standard_normal((self.n_samples * len(x), self.k), dtype=x.dtype)
        drawn = {"x": images, "eps": eps, "kl_weight": self.kl_weight_at(epoch)}
        return drawn | ({} if label is None else {"label": label})

    with method_replaced(VariationalNetwork, "draw", draw):
        yield


@fault("the reported nll is +log p", "pythae")
def likelihood_sign_flipped():
    evaluate = VariationalAutoencoder.evaluate

    def flipped(self, X, random_state=0):
        measures = evaluate(self, X, random_state)
        return measures | {"elbo": -measures["elbo"]}

    with method_replaced(VariationalAutoencoder, "evaluate", flipped):
        yield


@fault("evaluation without noise", "several")
def evaluation_without_noise():
    evaluate = loop.evaluate

    class Silent:
        def __init__(self, rng):
            self.rng = rng

        def standard_normal(self, shape, dtype=np.float64):
            return np.zeros(shape, dtype)

        def random(self, *arguments, **options):
            return self.rng.random(*arguments, **options)

    def silent(network, x, rng=None):
        return evaluate(network, x, Silent(rng or np.random.default_rng(0)))

    with replaced(evaluate, silent):
        yield


@fault("tied weights that are copies", "several")
def tied_weights_are_copies():
    init = MLP.__init__

    def copying(self, parameters, prefix, activations, mirror=None):
        init(self, parameters, prefix, activations, mirror)
        if mirror is not None:
            for layer in self.layers:
                layer.W = layer.W.copy()

    with method_replaced(MLP, "__init__", copying):
        yield


@fault("top-k passes gradient to dropped units", "a k-sparse autoencoder")
def top_k_leaks():
    with replaced(penalties.top_k_backward, lambda dh, mask: dh):
        yield


@fault("softmax adds the maximum instead of subtracting it", "a course library")
def softmax_adds_the_maximum():
    def forward(logits, labels):
        rows = np.arange(len(logits))
        top = logits[rows, logits.real.argmax(axis=1)]
        total = np.exp(logits + top[:, None]).sum(axis=1)
        return np.log(total) - top - logits[rows, labels], (logits, labels)

    with replaced(softmax.softmax_nll_forward, forward):
        yield


@fault("finite differences 1.5 times too large", "a course library")
def differences_too_large():
    right = gradcheck.numerical_gradient
    with replaced(right, lambda *a, **options: 1.5 * right(*a, **options)):
        yield


@fault("the Bernoulli loss clips p at 0.999", "DeZero")
def probabilities_clipped():
    top = np.log(0.999 / 0.001)
    forward, backward = losses.bernoulli_nll_forward, losses.bernoulli_nll_backward

    def clipped(logits, x):
        inside = np.where(np.abs(logits.real) < top, logits, top * np.sign(logits.real))
        losses_, cache = forward(inside, x)
        return losses_, (cache, np.abs(logits.real) < top)

    def clipped_backward(d_loss, cache):
        return backward(d_loss, cache[0]) * cache[1]

    with replaced(forward, clipped), replaced(backward, clipped_backward):
        yield


def _adam(root=False, shift=0, swapped=False):
    def step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999,
             eps=1e-8):  # fmt: skip
        if swapped:
            beta1, beta2 = beta2, beta1
        m[:] = beta1 * m + (1 - beta1) * grad
        v[:] = beta2 * v + (1 - beta2) * grad * grad
        t = t + shift
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        size = np.sqrt(v_hat + eps) if root else np.sqrt(v_hat) + eps
        theta -= learning_rate * m_hat / size

    return replaced(optimizers.adam_step, step)


@fault("Adam: bias correction off by one step", "several")
def adam_correction_off_by_one():
    with _adam(shift=1):
        yield


@fault("Adam: eps inside the root", "several")
def adam_eps_inside():
    with _adam(root=True):
        yield


@fault("Adam: the two betas swapped", "several")
def adam_betas_swapped():
    with _adam(swapped=True):
        yield


@fault("denoising: the target is the noisy input", "several")
def noisy_target():
    draw = DenoisingNetwork.draw

    def noisy(self, x, rng, epoch=None):
        drawn = draw(self, x, rng, epoch)
        return drawn | {"target": drawn["x"]}

    with method_replaced(DenoisingNetwork, "draw", noisy):
        yield


@fault("denoising: noise at prediction too", "several")
def noise_at_prediction():
    from scratchae.models.denoising import DenoisingAutoencoder

    transform = DenoisingAutoencoder.transform

    def noisy(self, X):
        return transform(self, self.corrupt(X))

    with method_replaced(DenoisingAutoencoder, "transform", noisy):
        yield


@fault("rho and rho_hat swapped, forward and backward", "several")
def rho_swapped():
    def forward(h, rho):
        r = h.mean(axis=0)
        kl = r * np.log(r / rho) + (1 - r) * np.log((1 - r) / (1 - rho))
        return kl.sum(), (rho, r, h.shape)

    def backward(d_penalty, cache):
        rho, r, shape = cache
        d = np.log(r / rho) - np.log((1 - r) / (1 - rho))
        return np.broadcast_to(d_penalty * d / shape[0], shape)

    with (
        replaced(penalties.kl_sparsity_forward, forward),
        replaced(penalties.kl_sparsity_backward, backward),
    ):
        yield


@fault("rho_hat over the batch and the units", "several")
def rho_hat_over_units():
    forward = penalties.kl_sparsity_forward

    def pooled(h, rho):
        value, (rho, _, shape) = forward(h.mean(axis=1, keepdims=True), rho)
        return h.shape[1] * value, (rho, np.full(h.shape[1], h.mean()), h.shape)

    with replaced(forward, pooled):
        yield


@fault("bias gradient averaged over the batch", "our own")
def bias_gradient_averaged():
    def gradient(dy, cache):
        dx, dW, db = right(dy, cache)
        return dx, dW, db / len(dy)

    right = dense.dense_backward
    with replaced(right, gradient):
        yield


@fault("L_K: the mean of the logs, forward and backward", "our own")
def mean_of_logs():
    def forward(log_w):
        return log_w.mean(axis=0), np.full(log_w.shape, 1 / len(log_w))

    with replaced(importance.log_mean_exp_forward, forward):
        yield


@fault("active units counted by the variance of z, not of its mean", "our own")
def active_units_of_samples():
    def counted(model, X, threshold=diagnosis.ACTIVE):
        mu, sigma = model.encode_distribution(X)
        return mu.var(axis=0) + np.mean(sigma**2, axis=0) > threshold

    with replaced(diagnosis.active_units, counted):
        yield
