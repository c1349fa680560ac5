"""Questions to lectures 13 and 14: how it is made fast, and pieces of one's own."""

import numpy as np

from scratchae.exam.kinds import numeric
from scratchae.exam.numbers import decimal, pick
from scratchae.formulas.activations import logistic, softplus_forward
from scratchae.formulas.dense import dense_forward
from scratchae.formulas.divergences import kl_diag_gaussian_forward


def bytes_of_product(n, d, h):
    """What is moved for x W in float32, each array read or written once."""
    x, W, b = np.zeros((n, d), "f4"), np.zeros((d, h), "f4"), np.zeros(h, "f4")
    y, _ = dense_forward(x, W, b)
    return x.nbytes + W.nbytes + y.nbytes


@numeric("13", "(13.2)", "formulas.dense.dense_forward", "operations per byte")
def intensity(rng):
    """The intensity of a product."""
    n, d, h = pick(rng, 8, 16, 32), pick(rng, 64, 100, 128), pick(rng, 32, 50, 64)
    text = (f"x of shape ({n}, {d}) times W of shape ({d}, {h}), in float32, each "
            "array read or written once. What is the intensity? A multiplication and "
            "an addition are two operations.")
    return text, 2 * n * d * h / bytes_of_product(n, d, h)


@numeric("13", "(13.2)", "formulas.dense.dense_forward", "ms")
def least_time(rng):
    """What the roofline allows for a product."""
    n, d, h = pick(rng, 64, 128, 256), pick(rng, 400, 784), pick(rng, 100, 200)
    best, bandwidth = pick(rng, 20, 50, 100), pick(rng, 5, 10, 20)
    text = (f"A machine does at most {best} GFLOP/s and moves {bandwidth} GB/s. What "
            f"is the least time of x W with x of shape ({n}, {d}) and W of shape "
            f"({d}, {h}) in float32, in milliseconds?")
    computing = 2 * n * d * h / (best * 1e9)
    moving = bytes_of_product(n, d, h) / (bandwidth * 1e9)
    return text, 1e3 * max(computing, moving)


@numeric("13", "(13.2)", "formulas.optimizers.adam_step", "ms")
def adam_time(rng):
    """What the bandwidth allows for a step of Adam."""
    millions, bandwidth = pick(rng, 1, 5, 20), pick(rng, 5, 10, 20)
    moved = 4 * 7 * millions * 1e6  # theta, grad, m, v are read, theta, m, v written
    text = (f"A step of Adam on {millions} million parameters in float32 passes once "
            f"over memory, which moves {bandwidth} GB/s. What is the least time in "
            "milliseconds?")
    return text, moved / (bandwidth * 1e9) * 1e3


@numeric("14", "(14.7)", "formulas.activations.softplus_forward", "nats")
def logistic_pixel(rng):
    """The loss of a logistic pixel: log cosh by two softplus."""
    x, m, s = decimal(rng, 0, 1), decimal(rng, 0, 1), pick(rng, 0.1, 0.2, 0.5)
    t = np.array([(x - m) / s])
    text = ("A decoder has the logistic distribution, p(x|z) = exp(-t) / (s (1 + "
            f"exp(-t))^2) with t = (x - m) / s. It gives m = {m:g}, s = {s:g} for a "
            f"pixel x = {x:g}. What is -log p(x|z)?")
    return text, (softplus_forward(t)[0] + softplus_forward(-t)[0])[0] + np.log(s)


@numeric("14", "(14.3)", "formulas.activations.logistic")
def gate(rng):
    """The output of a gated unit."""
    a, v = decimal(rng, 0.5, 3), decimal(rng, -2, 2)
    text = f"A gated unit has a = {a:g} and x V + c = {v:g}. What is its output?"
    return text, a * logistic(np.array([v]))[0]


@numeric("14", "(14.8)", "formulas.divergences.kl_diag_gaussian_forward", "nats")
def softplus_code(rng):
    """The divergence of a posterior whose sigma is softplus."""
    mu, a = decimal(rng, 0.3, 2), decimal(rng, -2, 2)
    sigma = softplus_forward(np.array([[a]]))[0]
    text = (f"A posterior has mu = {mu:g} and sigma = softplus({a:g}), in one "
            "dimension. What is its KL from N(0, 1)?")
    return text, kl_diag_gaussian_forward(np.array([[mu]]), 2 * np.log(sigma))[0][0]
