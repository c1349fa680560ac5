"""The network of lab 13: its inputs, and what it computes on the way to the logits."""

from types import SimpleNamespace

import numpy as np


def network_inputs(rng, s):
    """Binary images, noise, and the weights of x -> h -> mu, log_var -> z -> g -> a."""
    shapes = {"W1": (s.d, s.h), "b1": s.h, "Wm": (s.h, s.k), "bm": s.k,
              "Wv": (s.h, s.k), "bv": s.k, "W2": (s.k, s.h), "b2": s.h,
              "W3": (s.h, s.d), "b3": s.d}
    weights = {name: 0.5 * rng.normal(size=shape) for name, shape in shapes.items()}
    x = (rng.random((s.n, s.d)) < 0.5).astype(float)
    x[0], x[1] = rng.permutation(np.arange(s.d) % 2.0), rng.random(s.d)  # and greys
    return {"x": x, "eps": rng.normal(size=(s.n, s.k)),
            "beta": float(rng.uniform(0.5, 0.9)), **weights}


def far_inputs(rng, s):
    """Logits of some hundreds, where a probability has rounded to 0 or 1."""
    given = network_inputs(rng, s)
    return {**given, "W3": 300 * given["W3"]}


def code_inputs(rng, s):
    """The head of the encoder, the noise, and dz, which has its 1/n."""
    names = "dz", "mu", "log_var", "eps"
    given = {name: rng.normal(size=(s.n, s.k)) for name in names}
    return {**given, "dz": given["dz"] / s.n, "beta": float(rng.uniform(0.5, 0.9))}


def half_exp(log_var):
    return np.exp(log_var / 2)


def forward(v, std=None, bend=np.tanh, first=np.tanh):
    """All that the network computes on its way to the logits, as attributes.

    z is the student's own where she has returned one, or by another sigma.
    first, bend : the activations of encoder and decoder
    """
    h = first(v.x @ v.W1 + v.b1)
    mu, log_var = h @ v.Wm + v.bm, h @ v.Wv + v.bv
    z = mu + (std or half_exp)(log_var) * v.eps
    z = getattr(v, "z", z) if std is None else z
    g = bend(z @ v.W2 + v.b2)
    return SimpleNamespace(h=h, mu=mu, log_var=log_var, z=z, g=g, a=g @ v.W3 + v.b3)
