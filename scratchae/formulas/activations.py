"""Activation functions h = phi(a) and their derivatives (slide S09).

Forward returns h and what backward needs. Backward is da = dh * phi'(a), equation
(1.6), elementwise. Every function is stable for |a| up to 1e4: exp is only ever
taken of numbers that are not positive. Comparisons look at the real part, which
keeps the functions analytic along the complex step away from their kinks. They are
written so that NaN stays NaN: a broken model must not give a plausible number.
"""

from typing import NamedTuple

import numpy as np

LEAKY_SLOPE = 0.01  # Maas et al. 2013
ELU_ALPHA = 1.0  # Clevert et al. 2016


def _decay(a):
    """exp(-|a|) in (0, 1], with |a| written by the sign of the real part."""
    return np.exp(np.where(a.real >= 0, -a, a))


def logistic(a):
    """1 / (1 + exp(-a)), elementwise, without overflow."""
    e = _decay(a)
    return np.where(a.real >= 0, 1, e) / (1 + e)


def identity_forward(a):
    """h = a."""
    return a, None


def identity_backward(dh, cache):
    """da = dh."""
    return dh


def sigmoid_forward(a):
    """h = 1 / (1 + exp(-a))."""
    h = logistic(a)
    return h, h


def sigmoid_backward(dh, h):
    """da = dh h (1 - h)."""
    return dh * h * (1 - h)


def tanh_forward(a):
    """h = tanh(a)."""
    h = np.tanh(a)
    return h, h


def tanh_backward(dh, h):
    """da = dh (1 - h^2)."""
    return dh * (1 - h * h)


def relu_forward(a):
    """h = max(a, 0). The derivative at the kink a = 0 is taken as 0."""
    off = a.real <= 0  # false for NaN
    return np.where(off, 0, a), off


def relu_backward(dh, off):
    """da = dh where a > 0, else 0."""
    return np.where(off, 0, dh)


def leaky_relu_forward(a):
    """h = a where a > 0, else 0.01 a."""
    low = a.real <= 0
    return np.where(low, LEAKY_SLOPE * a, a), low


def leaky_relu_backward(dh, low):
    """da = dh where a > 0, else 0.01 dh."""
    return np.where(low, LEAKY_SLOPE * dh, dh)


def elu_forward(a):
    """h = a where a > 0, else alpha (exp(a) - 1), alpha = 1."""
    positive = a.real > 0
    h = np.where(positive, a, ELU_ALPHA * np.expm1(np.where(positive, 0, a)))
    return h, (h, positive)


def elu_backward(dh, cache):
    """da = dh where a > 0, else dh (h + alpha): exp(a) comes from h for free."""
    h, positive = cache
    return np.where(positive, dh, dh * (h + ELU_ALPHA))


def softplus_forward(a):
    """h = log(1 + exp(a)) = max(a, 0) + log(1 + exp(-|a|))."""
    h = np.where(a.real > 0, a, 0) + np.log1p(_decay(a))
    return h, a


def softplus_backward(dh, a):
    """da = dh / (1 + exp(-a))."""
    return dh * logistic(a)


def silu_forward(a):
    """h = a s with s = 1 / (1 + exp(-a)) (Elfwing et al. 2018); 0 at -inf."""
    s = logistic(a)
    a = np.where(s == 0, 0, a)  # -inf times 0 would be NaN
    return a * s, (a, s)


def silu_backward(dh, cache):
    """da = dh s (1 + a (1 - s))."""
    a, s = cache
    return dh * s * (1 + a * (1 - s))


class Activation(NamedTuple):
    """A forward function, its backward, and whether it has a kink at 0."""

    name: str
    forward: callable
    backward: callable
    kinked: bool = False


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("identity", identity_forward, identity_backward),
        Activation("sigmoid", sigmoid_forward, sigmoid_backward),
        Activation("tanh", tanh_forward, tanh_backward),
        Activation("relu", relu_forward, relu_backward, kinked=True),
        Activation("leaky_relu", leaky_relu_forward, leaky_relu_backward, kinked=True),
        Activation("elu", elu_forward, elu_backward, kinked=True),
        Activation("softplus", softplus_forward, softplus_backward),
        Activation("silu", silu_forward, silu_backward),
    )
}
