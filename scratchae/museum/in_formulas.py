"""Mistakes in formulas: losses, samplers, divergences, penalties, Adam."""

import contextlib

import numpy as np

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
from scratchae.museum.planting import replaced
from scratchae.museum.registry import fault


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


@contextlib.contextmanager
def _kl_times(factor):
    """The divergence and its gradient, both multiplied."""
    forward = divergences.kl_diag_gaussian_forward
    backward = divergences.kl_diag_gaussian_backward

    def scaled(mu, log_var):
        kl, cache = forward(mu, log_var)
        return factor * kl, cache

    with (
        replaced(forward, scaled),
        replaced(backward, lambda d, cache: backward(factor * d, cache)),
    ):
        yield


@fault("KL with the wrong sign", "PyTorch-VAE's log")
def kl_sign_flipped():
    with _kl_times(-1):
        yield


@fault("KL without its 1/2, forward and backward", "our own")
def kl_without_half():
    with _kl_times(2):
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
